import { after } from '../seq.js'
import { SACKED, type SkBuff } from '../skb.js'
import type { AckState } from './ack-state.js'
import { tcpMinRtt } from './rtt.js'
import type { TcpSock } from './tcp-sock.js'
import { tcpPacketsInFlight } from './units.js'

/** The one packet was sent after the other: by time, then by sequence. Linux: tcp_skb_sent_after. */
export const tcpSkbSentAfter = (t1: number, t2: number, seq1: number, seq2: number): boolean => t1 > t2 || (t1 === t2 && after(seq1, seq2))

/** Notes in a packet what was delivered when it left. draft-cheng-iccrg-delivery-rate-estimation. Linux: tcp_rate_skb_sent. */
export function tcpRateSkbSent(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  if (tcb.packetsOut === 0) tcb.firstTxMstamp = tcb.deliveredMstamp = skb.sentAt
  skb.firstSentAt = tcb.firstTxMstamp
  skb.deliveredAt = tcb.deliveredMstamp
  skb.delivered = tcb.delivered
  skb.deliveredCe = sk.recovery.deliveredCe
  skb.appLimited = tcb.appLimited !== 0
}

/** A packet was acknowledged or SACKed: the sample is of the one sent last. Linux: tcp_rate_skb_delivered. */
export function tcpRateSkbDelivered(sk: TcpSock, skb: SkBuff, state: AckState): void {
  if (skb.deliveredAt === 0) return
  if (state.priorDelivered === 0 || tcpSkbSentAfter(skb.sentAt, sk.tcb.firstTxMstamp, skb.endSeq, state.lastEndSeq)) {
    state.priorDeliveredCe = skb.deliveredCe
    state.priorDelivered = skb.delivered
    state.priorMstamp = skb.deliveredAt
    state.isAppLimited = skb.appLimited
    state.isRetrans = (skb.sacked & SACKED.RETRANS_ALL) !== 0
    state.lastEndSeq = skb.endSeq
    sk.tcb.firstTxMstamp = skb.sentAt
    state.intervalUs = Math.max(0, skb.sentAt - skb.firstSentAt)
  }
  if (skb.sacked & SACKED.ACKED) skb.deliveredAt = 0
}

/**
 * The delivery rate of this ACK: segments over the longer of the sending and the acknowledging time. Linux: tcp_rate_gen.
 *
 * @param delivered segments newly (S)ACKed
 * @param lost newly marked
 */
export function tcpRateGen(sk: TcpSock, delivered: number, lost: number, reneging: boolean, state: AckState): void {
  const { tcb } = sk
  if (tcb.appLimited !== 0 && tcb.delivered > tcb.appLimited) tcb.appLimited = 0
  if (delivered !== 0) tcb.deliveredMstamp = sk.net.now
  state.ackedSacked = delivered
  state.losses = lost
  if (state.priorMstamp === 0 || reneging) {
    state.delivered = state.intervalUs = -1
    return
  }
  state.delivered = tcb.delivered - state.priorDelivered
  state.deliveredCe = sk.recovery.deliveredCe - state.priorDeliveredCe
  state.sndIntervalUs = state.intervalUs
  state.rcvIntervalUs = Math.max(0, sk.net.now - state.priorMstamp)
  state.intervalUs = Math.max(state.sndIntervalUs, state.rcvIntervalUs)
  if (state.intervalUs < tcpMinRtt(sk)) {
    state.intervalUs = -1
    return
  }
  if (!state.isAppLimited || state.delivered * tcb.rateIntervalUs >= tcb.rateDelivered * state.intervalUs) {
    tcb.rateDelivered = state.delivered
    tcb.rateIntervalUs = state.intervalUs
    tcb.rateAppLimited = state.isAppLimited
  }
}

/** Marks the connection limited by its user when there is nothing to send and room to send it. Linux: tcp_rate_check_app_limited. */
export function tcpRateCheckAppLimited(sk: TcpSock): void {
  const { tcb } = sk
  const inFlight = tcpPacketsInFlight(sk)
  if (((tcb.writeSeq - tcb.sndNxt) >>> 0) < tcb.mssCache && inFlight < tcb.sndCwnd && sk.recovery.lostOut <= sk.recovery.retransOut) {
    sk.ownTcb().appLimited = tcb.delivered + inFlight || 1
  }
}
