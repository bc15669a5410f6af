import { MIB } from '../mib.js'
import { before } from '../seq.js'
import { SkBuff, TCP_FLAG } from '../skb.js'
import { SEND_OVERHEAD } from '../truesize.js'
import { tcpAdjustPcount, tcpHasTxTstamp, tcpSetSkbTsoSegs } from './send-queue.js'
import type { TcpSock } from './tcp-sock.js'

/** Cuts a packet behind `length` payload bytes; the second part has the rest, PSH, FIN, end of record and its sampling state. */
function split(sk: TcpSock, skb: SkBuff, length: number): SkBuff {
  const rest = new SkBuff()
  rest.family = skb.family
  rest.buffer = skb.buffer
  rest.page = skb.page
  if (skb.page !== null) skb.page.holders++
  rest.start = skb.start + length
  rest.end = skb.end
  rest.ownsTail = skb.ownsTail
  skb.ownsTail = false
  skb.end = rest.start
  rest.seq = (skb.seq + length) | 0
  rest.endSeq = skb.endSeq
  skb.endSeq = rest.seq
  rest.tcpFlags = skb.tcpFlags
  skb.tcpFlags &= ~(TCP_FLAG.FIN | TCP_FLAG.PSH)
  rest.sacked = skb.sacked
  rest.eor = skb.eor
  skb.eor = false
  rest.sentAt = skb.sentAt
  rest.zerocopy = skb.zerocopy
  if (rest.zerocopy !== null) rest.zerocopy.holders++
  if (tcpHasTxTstamp(skb) && !before(skb.txTimestampKey, rest.seq)) {
    rest.txTimestampFlags = skb.txTimestampFlags
    rest.txTimestampKey = skb.txTimestampKey
    skb.txTimestampFlags = 0
  }
  sk.wmemQueued += SEND_OVERHEAD
  return rest
}

/**
 * Cuts a packet of either queue in two behind `length` bytes. Linux: tcp_fragment.
 *
 * @returns 0, or -1 where so many small packets are queued that more must not come (CVE-2019-11478)
 */
export function tcpFragment(sk: TcpSock, rtx: boolean, skb: SkBuff, length: number, mss: number): number {
  const { tcb } = sk
  const limit = sk.sndbuf + 2 * (65_536 + SEND_OVERHEAD)
  if (sk.wmemQueued / 2 > limit && rtx && skb !== tcb.rtxQueue.head && skb !== tcb.rtxQueue.tail) {
    sk.net.mib[MIB.TCPWqueueTooBig]!++
    return -1
  }
  const old = skb.gsoSegs
  const rest = split(sk, skb, length)
  tcpSetSkbTsoSegs(skb, mss)
  tcpSetSkbTsoSegs(rest, mss)
  rest.delivered = skb.delivered
  rest.deliveredCe = skb.deliveredCe
  rest.firstSentAt = skb.firstSentAt
  rest.deliveredAt = skb.deliveredAt
  rest.appLimited = skb.appLimited
  rest.inFlight = skb.inFlight
  if (!before(tcb.sndNxt, rest.endSeq)) {
    const decrease = old - skb.gsoSegs - rest.gsoSegs
    if (decrease !== 0) tcpAdjustPcount(sk, skb, decrease)
  }
  if (rtx) {
    tcb.rtxQueue.insertAfter(skb, rest)
    rest.inRtxQueue = true
  } else tcb.writeQueue.insertAfter(skb, rest)
  return 0
}

/** Cuts a packet that was never sent. Linux: tso_fragment. */
export function tsoFragment(sk: TcpSock, skb: SkBuff, length: number, mss: number): void {
  const rest = split(sk, skb, length)
  rest.sacked = 0
  tcpSetSkbTsoSegs(skb, mss)
  tcpSetSkbTsoSegs(rest, mss)
  sk.tcb.writeQueue.insertAfter(skb, rest)
}

/** Takes acknowledged bytes off the front of a packet. Linux: tcp_trim_head. */
export function tcpTrimHead(sk: TcpSock, skb: SkBuff, length: number): void {
  skb.start += length
  skb.seq = (skb.seq + length) | 0
  sk.wmemQueued -= length
  if (skb.gsoSegs > 1) tcpSetSkbTsoSegs(skb, skb.gsoSize)
}
