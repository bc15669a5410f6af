import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import { SkBuff, TCP_FLAG } from '../skb.js'
import { CA_EVENT, tcpCaEvent } from './congestion-ops.js'
import { tcpEcnSend, tcpEcnBits } from './ecn-out.js'
import { tcpEstablishedOptions, tcpSynOptions } from './header-options.js'
import { tcpMd5DoLookup } from './md5.js'
import { tcpRateSkbSent } from './rate.js'
import { ACK_PENDING, TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { inetCskClearXmitTimer } from './xmit-timer.js'
import { tcpTxTimestamps } from './tx-timestamp.js'
import { jiffies, tcpPacketsInFlight, tcpUrgMode } from './units.js'
import { tcpSelectWindow } from './window.js'

/** A segment without payload; SYN and FIN take a sequence number. Linux: tcp_init_nondata_skb. */
export function tcpNondataSkb(seq: number, flags: number): SkBuff {
  const skb = new SkBuff()
  skb.tcpFlags = flags
  skb.gsoSegs = 1
  skb.seq = seq | 0
  skb.endSeq = flags & (TCP_FLAG.SYN | TCP_FLAG.FIN) ? (seq + 1) | 0 : seq | 0
  return skb
}

/** What goes to the wire of a queued packet, over the same payload. Linux: skb_clone in __tcp_transmit_skb. */
function wireCopy(skb: SkBuff): SkBuff {
  const copy = new SkBuff()
  copy.buffer = skb.buffer
  copy.page = skb.page
  if (skb.page !== null) skb.page.holders++
  copy.start = skb.start
  copy.end = skb.end
  copy.seq = skb.seq
  copy.endSeq = skb.endSeq
  copy.tcpFlags = skb.tcpFlags
  copy.gsoSegs = skb.gsoSegs
  copy.gsoSize = skb.gsoSize
  copy.sentAt = skb.sentAt
  return copy
}

/** An ACK leaves: whatever waited to be acknowledged is. Linux: tcp_event_ack_sent, tcp_dec_quickack_mode. */
function tcpEventAckSent(sk: TcpSock, rcvNxt: number): void {
  const { tcb } = sk
  if (sk.outOfOrder.compressedAck !== 0) {
    sk.net.mib[MIB.TCPAckCompressed]! += sk.outOfOrder.compressedAck
    sk.ownOutOfOrder().compressedAck = 0
    if (sk.outOfOrder.compressedAckTimer !== null) sk.net.timers.cancel(sk.outOfOrder.compressedAckTimer)
  }
  if (rcvNxt !== tcb.rcvNxt) return
  if (tcb.quickAcks !== 0) {
    const packets = tcb.ackPending & ACK_PENDING.SCHED ? 1 : 0
    if (packets >= tcb.quickAcks) {
      tcb.quickAcks = 0
      tcb.ackAtoMs = 40
    } else tcb.quickAcks -= packets
  }
  inetCskClearXmitTimer(sk, TCP_TIMER.DACK)
}

/** Data leaves: a reply soon after data came makes the connection interactive. Linux: tcp_event_data_sent. */
function tcpEventDataSent(sk: TcpSock): void {
  const { tcb } = sk
  const now = sk.net.now
  if (tcpPacketsInFlight(sk) === 0) tcpCaEvent(sk, CA_EVENT.TX_START)
  tcb.lsndTime = now
  if (jiffies(now) - jiffies(tcb.lrcvTime) < tcb.ackAtoMs && tcb.pingpong < 255) tcb.pingpong++
}

/** Departure time of the next packet moves on by what this one takes at the pacing rate. Linux: tcp_update_skb_after_send. */
function updateAfterSend(sk: TcpSock, length: number, priorNs: number): void {
  const { tcb } = sk
  const rate = tcb.pacingRate
  if (tcb.pacingStatus === 0 || rate === 0 || rate === Infinity || tcb.dataSegsOut < 10) return
  let ns = Math.floor((length * 1e9) / rate)
  const credit = tcb.wstampNs - priorNs
  ns -= Math.min(Math.floor(ns / 2), credit)
  tcb.wstampNs += ns
}

/**
 * Gives a segment its header, window and options and passes it to IP. Linux: __tcp_transmit_skb.
 *
 * @param skb a packet of a queue, which stays there, or one made for this
 * @param clone it stays in a queue: a copy is sent
 * @param rcvNxt what is acknowledged
 * @returns 0, a negative errno of the network layer, or positive where the device's queue is full
 */
export function tcpTransmitSkb(sk: TcpSock, skb: SkBuff, clone: boolean, rcvNxt: number = sk.tcb.rcvNxt): number {
  const { tcb } = sk
  const net = sk.net, mib = net.mib
  const priorNs = tcb.wstampNs
  tcb.wstampNs = Math.max(tcb.wstampNs, net.now * 1000)
  skb.sentAt = Math.floor(tcb.wstampNs / 1000)
  const length = skb.end - skb.start
  const syn = (skb.tcpFlags & TCP_FLAG.SYN) !== 0
  const out = clone ? wireCopy(skb) : skb
  if (!syn && skb.gsoSegs > 1) out.tcpFlags |= TCP_FLAG.PSH
  const md5 = sk.md5 === null ? null : tcpMd5DoLookup(sk.md5, sk.remote, sk.boundDevice)
  out.options = syn ? tcpSynOptions(sk, skb).bytes : tcpEstablishedOptions(sk, skb)
  out.family = sk.remote.isV4 ? 4 : 6
  out.src = sk.local
  out.dst = sk.remote
  out.protocol = 6
  out.sport = sk.localPort
  out.dport = sk.remotePort
  out.ackSeq = skb.tcpFlags & TCP_FLAG.ACK ? rcvNxt : 0
  if (tcpUrgMode(sk) && before(skb.seq, tcb.sndUp)) putUrgent(sk, skb, out)
  if (syn) out.window = Math.min(tcb.rcvWnd, 65_535)
  else {
    out.window = tcpSelectWindow(sk)
    tcpEcnSend(sk, out)
  }
  out.tos = tcpEcnBits(sk)
  if (md5 !== null) md5.sign(out, out.options, 4)
  if (skb.tcpFlags & TCP_FLAG.ACK) tcpEventAckSent(sk, rcvNxt)
  if (length !== 0) {
    tcpEventDataSent(sk)
    tcb.dataSegsOut += skb.gsoSegs
    tcb.bytesSent += length
  }
  if (after(skb.endSeq, tcb.sndNxt) || skb.seq === skb.endSeq) mib[MIB.TcpOutSegs]! += skb.gsoSegs
  tcb.segsOut += skb.gsoSegs
  const prior = skb.txTimestampFlags === 0 ? 0 : net.now
  const error = net.ipOutput(out, sk)
  if (error !== 0) return error
  if (clone) {
    updateAfterSend(sk, length, priorNs)
    tcpRateSkbSent(sk, skb)
    if (skb.txTimestampFlags !== 0) tcpTxTimestamps(sk, skb, prior)
  }
  return 0
}

function putUrgent(sk: TcpSock, skb: SkBuff, out: SkBuff): void {
  const { tcb } = sk
  if (before(tcb.sndUp, (skb.seq + 0x10000) | 0)) out.urgent = (tcb.sndUp - skb.seq) & 0xffff
  else if (after((skb.seq + 0xffff) | 0, tcb.sndNxt)) out.urgent = 0xffff
  else return
  out.tcpFlags |= TCP_FLAG.URG
}
