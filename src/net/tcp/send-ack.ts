import { NetTimer } from '../timers.js'
import { TCP_FLAG } from '../skb.js'
import { TCP } from '../sock.js'
import { ACK_PENDING, TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { tcpNondataSkb, tcpTransmitSkb } from './transmit.js'
import { TCP_MS, tcpWndEnd, usecsToJiffies } from './units.js'

/**
 * Sequence number of a segment without data: sndNxt, or the window's edge when the peer took its window back by more than
 * rounding. Linux: tcp_acceptable_seq.
 */
export function tcpAcceptableSeq(sk: TcpSock): number {
  const { tcb } = sk
  const end = tcpWndEnd(sk), beyond = (tcb.sndNxt - end) | 0
  return beyond <= 0 || (tcb.wscaleOk && beyond < 2 ** tcb.rcvWscale) ? tcb.sndNxt : end
}

/** Sends an ACK of `rcvNxt` at once. Linux: __tcp_send_ack. */
export function __tcpSendAck(sk: TcpSock, rcvNxt: number): void {
  if (sk.state === TCP.CLOSE) return
  tcpTransmitSkb(sk, tcpNondataSkb(tcpAcceptableSeq(sk), TCP_FLAG.ACK), false, rcvNxt)
}

/** Sends an ACK at once. Linux: tcp_send_ack. */
export function tcpSendAck(sk: TcpSock): void {
  __tcpSendAck(sk, sk.tcb.rcvNxt)
}

/**
 * Sends an ACK a little later: within the adapted timeout, a round trip, at most 200 ms (RFC 1122 section 4.2.3.2).
 * Linux: tcp_send_delayed_ack.
 */
export function tcpSendDelayedAck(sk: TcpSock): void {
  const { tcb } = sk
  let ato = tcb.ackAtoMs
  if (ato > TCP_MS.DELACK_MIN) {
    const interactive = tcb.pingpong >= sk.net.sysctl.tcp_pingpong_thresh || (tcb.ackPending & ACK_PENDING.PUSHED) !== 0
    let max: number = interactive ? TCP_MS.DELACK_MAX : 500
    if (tcb.srtt8 !== 0) max = Math.min(max, Math.max(usecsToJiffies(tcb.srtt8 >>> 3), TCP_MS.DELACK_MIN))
    ato = Math.min(ato, max)
  }
  ato = Math.min(ato, TCP_MS.DELACK_MAX)
  let at = sk.net.now + Math.max(ato, 1) * 1000 // a timer of no time waits for the next tick
  const timer = tcb.delackTimer
  if (tcb.ackPending & ACK_PENDING.TIMER && timer !== null) {
    if (timer.at <= sk.net.now + (ato >> 2) * 1000) {
      tcpSendAck(sk)
      return
    }
    if (at >= timer.at) at = timer.at
  }
  tcb.ackPending |= ACK_PENDING.SCHED | ACK_PENDING.TIMER
  tcb.delackTimer ??= new NetTimer(sk, TCP_TIMER.DACK)
  sk.net.timers.arm(tcb.delackTimer, at)
}
