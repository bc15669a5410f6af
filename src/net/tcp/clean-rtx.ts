import { after, before, between } from '../seq.js'
import { SACKED, type SkBuff, TCP_FLAG } from '../skb.js'
import { ACK_FLAG, type AckState } from './ack-state.js'
import { TCP_CHRONO, tcpChronoStop } from './chrono.js'
import { tcpTrimHead } from './fragment.js'
import { tcpCheckSackReordering, tcpCountDelivered, tcpSkbPcount } from './loss.js'
import { tcpMtupProbeSuccess } from './mtu-probe-result.js'
import { tcpRackAdvance } from './rack.js'
import { tcpRateSkbDelivered } from './rate.js'
import { tcpRemoveRenoSacks } from './reno-sack.js'
import { tcpAckUpdateRtt } from './rtt.js'
import { tcpRtxQueueUnlinkAndFree } from './send-queue.js'
import type { TcpSock } from './tcp-sock.js'
import { tcpAckTstamp } from './tx-timestamp.js'
import { tcpSkbSpuriousRetrans } from './undo.js'

/** What one ACK acknowledged so far: scratch of tcpCleanRtxQueue, which does not nest. */
const acked = { flag: 0, segments: 0, firstAt: -1, lastAt: -1, reord: 0, fully: true }

/** Segments of a large packet that are acknowledged; they are cut off it. Linux: tcp_tso_acked. */
function tsoAcked(sk: TcpSock, skb: SkBuff): number {
  const segments = tcpSkbPcount(skb)
  tcpTrimHead(sk, skb, (sk.tcb.sndUna - skb.seq) | 0)
  return segments - tcpSkbPcount(skb)
}

/** Tells of a timestamped byte once it is acknowledged. Linux: tcp_ack_tstamp. */
function ackTstamp(sk: TcpSock, skb: SkBuff, priorSndUna: number): void {
  if (skb.txTimestampFlags === 0 || before(skb.txTimestampKey, priorSndUna) || !before(skb.txTimestampKey, sk.tcb.sndUna)) return
  tcpAckTstamp(sk, skb)
}

/** Counts `segments` of a packet as acknowledged. */
function countAcked(sk: TcpSock, skb: SkBuff, startSeq: number, segments: number, state: AckState, ece: boolean): void {
  const { tcb } = sk
  const { sacked } = skb
  if (sacked & SACKED.RETRANS_ALL) {
    if (sacked & SACKED.RETRANS) sk.ownRecovery().retransOut -= segments
    acked.flag |= ACK_FLAG.RETRANS_DATA_ACKED
  } else if (!(sacked & SACKED.ACKED)) {
    acked.lastAt = skb.sentAt
    if (acked.firstAt < 0) acked.firstAt = skb.sentAt
    if (before(startSeq, acked.reord)) acked.reord = startSeq
    if (!after(skb.endSeq, sk.recovery.highSeq)) acked.flag |= ACK_FLAG.ORIG_SACK_ACKED
  }
  if (sacked & SACKED.ACKED) sk.ownRecovery().sackedOut -= segments
  else if (tcb.sackOk) {
    tcpCountDelivered(sk, segments, ece)
    if (!tcpSkbSpuriousRetrans(sk, skb)) tcpRackAdvance(sk, sacked, skb.endSeq, skb.sentAt)
  }
  if (sacked & SACKED.LOST) sk.ownRecovery().lostOut -= segments
  tcb.packetsOut -= segments
  acked.segments += segments
  tcpRateSkbDelivered(sk, skb, state)
  if (skb.tcpFlags & TCP_FLAG.SYN) {
    acked.flag |= ACK_FLAG.SYN_ACKED
    tcb.retransStamp = 0
  } else acked.flag |= ACK_FLAG.DATA_ACKED
}

/** Takes what is acknowledged out of the queue. @returns the first packet that is not, or not whole */
function dropAcked(sk: TcpSock, priorSndUna: number, state: AckState, ece: boolean): SkBuff | null {
  const { tcb } = sk
  let skb = tcb.rtxQueue.head
  while (skb !== null) {
    const startSeq = skb.seq
    let segments = tcpSkbPcount(skb)
    if (after(skb.endSeq, tcb.sndUna)) {
      if (segments === 1 || !after(tcb.sndUna, skb.seq)) break
      segments = tsoAcked(sk, skb)
      if (segments === 0) break
      acked.fully = false
    }
    countAcked(sk, skb, startSeq, segments, state, ece)
    if (!acked.fully) break
    ackTstamp(sk, skb, priorSndUna)
    const next: SkBuff | null = skb.next
    if (skb === sk.recovery.retransmitSkbHint) sk.ownRecovery().retransmitSkbHint = null
    if (skb === sk.recovery.lostSkbHint) sk.ownRecovery().lostSkbHint = null
    if (skb === tcb.highestSack) tcb.highestSack = next
    tcpRtxQueueUnlinkAndFree(sk, skb)
    skb = next
  }
  return skb
}

/** Probably a delayed ACK: of one lone runt, with nothing out of order. */
function maybeDelayed(sk: TcpSock, priorSacked: number, priorSndUna: number, state: AckState): boolean {
  const { tcb } = sk
  return acked.segments === 1 && acked.fully && priorSacked === 0 && ((tcb.sndUna - priorSndUna) | 0) < tcb.mssCache &&
    state.priorDelivered + 1 === tcb.delivered && !(acked.flag & (ACK_FLAG.CA_ALERT | ACK_FLAG.SYN_ACKED))
}

/**
 * Takes acknowledged packets out of the retransmission queue: counts, round trip (RFC 6298 with Karn's rule), reordering,
 * timestamps, delivery sample. Linux: tcp_clean_rtx_queue.
 *
 * @param priorFack end of the highest SACK before this ACK
 * @param state its flag gets what was found
 */
export function tcpCleanRtxQueue(sk: TcpSock, priorFack: number, priorSndUna: number, state: AckState, ece: boolean): void {
  const { tcb } = sk
  const priorSacked = sk.recovery.sackedOut, { now } = sk.net
  acked.flag = 0
  acked.segments = 0
  acked.firstAt = acked.lastAt = -1
  acked.reord = tcb.sndNxt
  acked.fully = true
  const skb = dropAcked(sk, priorSndUna, state, ece)
  if (skb === null) tcpChronoStop(sk, TCP_CHRONO.BUSY)
  if (between(tcb.sndUp, priorSndUna, tcb.sndUna)) tcb.sndUp = tcb.sndUna
  if (skb !== null) {
    ackTstamp(sk, skb, priorSndUna)
    if (skb.sacked & SACKED.ACKED) acked.flag |= ACK_FLAG.SACK_RENEGING
  }
  let seqRtt = -1, sackRtt = -1, caRtt = -1
  if (acked.firstAt >= 0 && !(acked.flag & ACK_FLAG.RETRANS_DATA_ACKED)) {
    seqRtt = now - acked.firstAt
    caRtt = now - acked.lastAt
    if (maybeDelayed(sk, priorSacked, priorSndUna, state)) acked.flag |= ACK_FLAG.MAYBE_DELAYED
  }
  if (state.firstSackt >= 0) {
    sackRtt = now - state.firstSackt
    caRtt = now - state.lastSackt
  }
  const updated = tcpAckUpdateRtt(sk, acked.flag, seqRtt, sackRtt, caRtt, state)
  if (acked.flag & ACK_FLAG.ACKED) progress(sk, priorFack, ece)
  else if (skb !== null && updated && sackRtt >= 0 && sackRtt > now - skb.sentAt) acked.flag |= ACK_FLAG.SET_XMIT_TIMER
  state.pktsAcked = acked.segments
  state.inFlight = tcb.mssCache * (tcb.delivered - state.priorDelivered)
  sk.ca.pktsAcked?.(sk, state)
  state.flag |= acked.flag
}

/** New data was acknowledged. */
function progress(sk: TcpSock, priorFack: number, ece: boolean): void {
  acked.flag |= ACK_FLAG.SET_XMIT_TIMER
  if (sk.mtuProbe.size !== 0 && !after(sk.mtuProbe.seqEnd, sk.tcb.sndUna)) tcpMtupProbeSuccess(sk)
  if (!sk.tcb.sackOk) {
    tcpRemoveRenoSacks(sk, acked.segments, ece)
    if (acked.flag & ACK_FLAG.RETRANS_DATA_ACKED) acked.flag &= ~ACK_FLAG.ORIG_SACK_ACKED
  } else if (before(acked.reord, priorFack)) tcpCheckSackReordering(sk, acked.reord, false)
}
