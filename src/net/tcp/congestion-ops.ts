import type { TcpSock } from './tcp-sock.js'
import { usecsToJiffies } from './units.js'

/** Events that an algorithm may hear. Linux: enum tcp_ca_event. */
export const CA_EVENT = { TX_START: 0, CWND_RESTART: 1, COMPLETE_CWR: 2, LOSS: 3, ECN_NO_CE: 4, ECN_IS_CE: 5 } as const

/** What an ACK told a congestion control: segments, RTT in µs (-1: none) and segments in flight before. Linux: struct ack_sample. */
export interface AckSample {
  pktsAcked: number
  rttUs: number
  inFlight: number
}

/** A congestion control algorithm; its state of a connection is `sk.caPrivate`. Linux: struct tcp_congestion_ops. */
export interface CongestionOps {
  readonly name: string
  /** It wants ECN negotiated and ECT kept on all packets. */
  readonly needsEcn: boolean
  init?: (sk: TcpSock) => void
  release?: (sk: TcpSock) => void
  /** Slow start threshold after a loss, segments. */
  ssthresh: (sk: TcpSock) => number
  congAvoid: (sk: TcpSock, ack: number, acked: number) => void
  undoCwnd: (sk: TcpSock) => number
  setState?: (sk: TcpSock, state: number) => void
  cwndEvent?: (sk: TcpSock, event: number) => void
  pktsAcked?: (sk: TcpSock, sample: AckSample) => void
  /** Segments that a large packet has at least. */
  minTsoSegs?: (sk: TcpSock) => number
  /** struct tcp_cc_info for TCP_CC_INFO; without it the option is empty. */
  info?: (sk: TcpSock) => Uint8Array
}

/** The connection is in slow start. Linux: tcp_in_slow_start. */
export const tcpInSlowStart = (sk: TcpSock): boolean => sk.tcb.sndCwnd < sk.tcb.sndSsthresh

/** The window was what limited sending; in slow start half of it in use is enough. Linux: tcp_is_cwnd_limited (RFC 7661). */
export function tcpIsCwndLimited(sk: TcpSock): boolean {
  const { tcb } = sk
  if (tcb.isCwndLimited) return true
  return tcpInSlowStart(sk) && tcb.sndCwnd < 2 * tcb.maxPacketsOut
}

/** Slow start (RFC 5681 section 3.1 with RFC 3465's counting). @returns segments left over at the threshold. Linux: tcp_slow_start */
export function tcpSlowStart(sk: TcpSock, acked: number): number {
  const { tcb } = sk
  const cwnd = Math.min(tcb.sndCwnd + acked, tcb.sndSsthresh)
  const left = acked - (cwnd - tcb.sndCwnd)
  tcb.sndCwnd = Math.min(cwnd, tcb.sndCwndClamp)
  return left
}

/** Additive increase: one segment for each `w` acknowledged. Linux: tcp_cong_avoid_ai. */
export function tcpCongAvoidAi(sk: TcpSock, w: number, acked: number): void {
  const { tcb } = sk
  if (tcb.sndCwndCnt >= w) {
    tcb.sndCwndCnt = 0
    tcb.sndCwnd++
  }
  tcb.sndCwndCnt += acked
  if (tcb.sndCwndCnt >= w) {
    const delta = Math.floor(tcb.sndCwndCnt / w)
    tcb.sndCwndCnt -= delta * w
    tcb.sndCwnd += delta
  }
  tcb.sndCwnd = Math.min(tcb.sndCwnd, tcb.sndCwndClamp)
}

/** NewReno: halves on loss, one segment a round trip otherwise (RFC 5681). Linux: tcp_reno. */
export const reno: CongestionOps = {
  name: 'reno',
  needsEcn: false,
  ssthresh: (sk) => Math.max(sk.tcb.sndCwnd >>> 1, 2),
  congAvoid: (sk, _ack, acked) => {
    if (!tcpIsCwndLimited(sk)) return
    let left = acked
    if (tcpInSlowStart(sk)) {
      left = tcpSlowStart(sk, acked)
      if (left === 0) return
    }
    tcpCongAvoidAi(sk, sk.tcb.sndCwnd, left)
  },
  undoCwnd: (sk) => Math.max(sk.tcb.sndCwnd, sk.recovery.priorCwnd),
}

/** Changes the congestion state and tells the algorithm. Linux: tcp_set_ca_state. */
export function tcpSetCaState(sk: TcpSock, state: number): void {
  sk.ca.setState?.(sk, state)
  sk.tcb.caState = state
}

/** Tells the algorithm of an event. Linux: tcp_ca_event. */
export function tcpCaEvent(sk: TcpSock, event: number): void {
  sk.ca.cwndEvent?.(sk, event)
}

/** The threshold as it counts now: outside of a reduction at least three quarters of the window. Linux: tcp_current_ssthresh. */
export function tcpCurrentSsthresh(sk: TcpSock): number {
  const { tcb } = sk
  const reducing = tcb.caState === 2 || tcb.caState === 3
  return reducing ? tcb.sndSsthresh : Math.max(tcb.sndSsthresh, (tcb.sndCwnd >>> 1) + (tcb.sndCwnd >>> 2))
}

/** The smoothed round-trip time gives the retransmission timeout (RFC 6298 section 2), ms. Linux: __tcp_set_rto. */
export const tcpSetRtoValue = (sk: TcpSock): number => usecsToJiffies((sk.tcb.srtt8 >>> 3) + sk.tcb.rttvar4)
