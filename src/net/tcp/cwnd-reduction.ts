import { ACK_FLAG } from './ack-state.js'
import { CA_EVENT, tcpCaEvent, tcpSetCaState } from './congestion-ops.js'
import { tcpEcnQueueCwr } from './ecn.js'
import { TCP_CA, type TcpSock } from './tcp-sock.js'
import { tcpPacketsInFlight } from './units.js'

/** A threshold that was never set. Linux: TCP_INFINITE_SSTHRESH. */
export const TCP_INFINITE_SSTHRESH = 0x7fffffff

/** The window is being reduced. Linux: tcp_in_cwnd_reduction. */
export const tcpInCwndReduction = (sk: TcpSock): boolean => sk.tcb.caState === TCP_CA.CWR || sk.tcb.caState === TCP_CA.RECOVERY

/** Begins a reduction to the threshold that the algorithm gives. Linux: tcp_init_cwnd_reduction. */
export function tcpInitCwndReduction(sk: TcpSock): void {
  const { tcb } = sk
  const recovery = sk.ownRecovery()
  recovery.highSeq = tcb.sndNxt
  recovery.tlpHighSeq = 0
  tcb.sndCwndCnt = 0
  recovery.priorCwnd = tcb.sndCwnd
  recovery.prrDelivered = 0
  recovery.prrOut = 0
  tcb.sndSsthresh = sk.ca.ssthresh(sk)
  tcpEcnQueueCwr(sk)
}

/**
 * Proportional rate reduction: above the threshold as many segments leave as keep the ratio of threshold and old window
 * to what was delivered; below it what was delivered, and one more when recovery goes well (RFC 6937bis section 5).
 * Linux: tcp_cwnd_reduction.
 *
 * @param delivered segments that this ACK delivered
 * @param lost segments that it showed to be lost
 */
export function tcpCwndReduction(sk: TcpSock, delivered: number, lost: number, flag: number): void {
  const { tcb } = sk
  const inFlight = tcpPacketsInFlight(sk)
  const delta = tcb.sndSsthresh - inFlight
  if (delivered <= 0 || sk.recovery.priorCwnd === 0) return
  sk.ownRecovery().prrDelivered += delivered
  let count
  if (delta < 0) count = Math.floor((tcb.sndSsthresh * sk.recovery.prrDelivered + sk.recovery.priorCwnd - 1) / sk.recovery.priorCwnd) - sk.recovery.prrOut
  else {
    count = Math.max(sk.recovery.prrDelivered - sk.recovery.prrOut, delivered)
    if (flag & ACK_FLAG.SND_UNA_ADVANCED && lost === 0) count++
    count = Math.min(delta, count)
  }
  tcb.sndCwnd = inFlight + Math.max(count, sk.recovery.prrOut === 0 ? 1 : 0)
}

/** Ends it: the window is the threshold, unless the reduction was undone. Linux: tcp_end_cwnd_reduction. */
export function tcpEndCwndReduction(sk: TcpSock): void {
  const { tcb } = sk
  if (tcb.sndSsthresh < TCP_INFINITE_SSTHRESH && (tcb.caState === TCP_CA.CWR || sk.recovery.undoMarker !== 0)) {
    tcb.sndCwnd = tcb.sndSsthresh
    tcb.sndCwndStamp = sk.net.now
  }
  tcpCaEvent(sk, CA_EVENT.COMPLETE_CWR)
}

/** Congestion is certain (ECE, a full queue of our own): reduces without a way back. Linux: tcp_enter_cwr. */
export function tcpEnterCwr(sk: TcpSock): void {
  const recovery = sk.ownRecovery()
  recovery.priorSsthresh = 0
  if (sk.tcb.caState >= TCP_CA.CWR) return
  recovery.undoMarker = 0
  tcpInitCwndReduction(sk)
  tcpSetCaState(sk, TCP_CA.CWR)
}
