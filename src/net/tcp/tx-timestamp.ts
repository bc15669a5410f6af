import type { SkBuff } from '../skb.js'
import type { TcpSock } from './tcp-sock.js'

/** SOF_TIMESTAMPING_TX_* bits that ask for a software timestamp, and others that shape the report. Linux: net_tstamp.h. */
export const SOF_TIMESTAMPING = {
  TX_HARDWARE: 1, TX_SOFTWARE: 2, RX_HARDWARE: 4, RX_SOFTWARE: 8, SOFTWARE: 0x10, RAW_HARDWARE: 0x40, OPT_ID: 0x80, TX_SCHED: 0x100, TX_ACK: 0x200,
  OPT_CMSG: 0x400, OPT_TSONLY: 0x800, OPT_STATS: 0x1000, OPT_ID_TCP: 0x10000,
} as const

/** What a timestamp in the error queue says: SCM_TSTAMP_*. */
export const SCM_TSTAMP = { SND: 0, SCHED: 1, ACK: 2 } as const

/** Origin of error queue entries that carry a timestamp (SO_EE_ORIGIN_TIMESTAMPING), and of zero-copy notifications. */
export const SO_EE_ORIGIN = { LOCAL: 1, ICMP: 2, ICMP6: 3, TIMESTAMPING: 4, ZEROCOPY: 5 } as const

const ENOMSG = 42
const NOTHING = /* @__PURE__ */ new Uint8Array(0)

/** Puts a timestamp of sent data into the error queue and says so. Linux: __skb_tstamp_tx, __skb_complete_tx_timestamp. */
export function tcpQueueTxTimestamp(sk: TcpSock, skb: SkBuff, kind: number, atUs: number): void {
  const flags = sk.options.timestamping
  sk.errors.push({
    errno: ENOMSG, origin: SO_EE_ORIGIN.TIMESTAMPING, type: 0, code: 0, info: kind, data: flags & SOF_TIMESTAMPING.OPT_ID ? txKey(sk, skb) : 0,
    payload: flags & SOF_TIMESTAMPING.OPT_TSONLY ? NOTHING : skb.buffer.slice(skb.start, skb.end), to: null, offender: null,
    timestamp: flags & SOF_TIMESTAMPING.SOFTWARE ? atUs : null,
  })
  sk.net.onReady(sk, 8)
}

/** The key of a stream's timestamp counts from where OPT_ID was set. */
function txKey(sk: TcpSock, skb: SkBuff): number {
  return (skb.txTimestampKey - sk.tcb.tsKey) >>> 0
}

/** A packet left: those who asked hear when it was queued and when it left. Linux: SKBTX_SCHED_TSTAMP in __dev_queue_xmit, skb_tx_timestamp. */
export function tcpTxTimestamps(sk: TcpSock, skb: SkBuff, atUs: number): void {
  if (skb.txTimestampFlags & SOF_TIMESTAMPING.TX_SCHED) tcpQueueTxTimestamp(sk, skb, SCM_TSTAMP.SCHED, atUs)
  if (skb.txTimestampFlags & SOF_TIMESTAMPING.TX_SOFTWARE) tcpQueueTxTimestamp(sk, skb, SCM_TSTAMP.SND, atUs)
}

/** Data that asked for it was acknowledged by the peer. Linux: tcp_ack_tstamp. */
export function tcpAckTstamp(sk: TcpSock, skb: SkBuff): void {
  if (skb.txTimestampFlags & SOF_TIMESTAMPING.TX_ACK) tcpQueueTxTimestamp(sk, skb, SCM_TSTAMP.ACK, sk.net.now)
}
