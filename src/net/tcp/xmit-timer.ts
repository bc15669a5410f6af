import { NetTimer } from '../timers.js'
import { NO_TCB } from './tcb.js'
import { TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { TCP_MS, usecsToJiffies } from './units.js'

/**
 * Arms one of the timers RETRANS, PROBE0, LOSS_PROBE, REO_TIMEOUT (they share one) or DACK. Linux: inet_csk_reset_xmit_timer.
 *
 * @param what of {@link TCP_TIMER}
 * @param whenMs from now; at most the socket's largest timeout
 */
export function inetCskResetXmitTimer(sk: TcpSock, what: number, whenMs: number, maxMs: number = sk.settings.rtoMaxMs): void {
  const { tcb } = sk
  const at = sk.net.now + Math.max(Math.min(whenMs, maxMs), 0) * 1000
  if (what === TCP_TIMER.DACK) {
    tcb.ackPending |= 2
    tcb.delackTimer ??= new NetTimer(sk, TCP_TIMER.DACK)
    sk.net.timers.arm(tcb.delackTimer, at)
    return
  }
  tcb.pending = what
  tcb.retransTimer ??= new NetTimer(sk, TCP_TIMER.RETRANS)
  sk.net.timers.arm(tcb.retransTimer, at)
}

/** The same, later by what pacing holds the next packet back. Linux: tcp_reset_xmit_timer. */
export function tcpResetXmitTimer(sk: TcpSock, what: number, whenMs: number, paceDelay = false): void {
  const held = paceDelay ? Math.max(0, Math.ceil((sk.tcb.wstampNs - sk.net.now * 1000) / 1e6)) : 0
  inetCskResetXmitTimer(sk, what, whenMs + held)
}

/** Disarms a timer, which an idle connection need not keep. Linux: inet_csk_clear_xmit_timer. */
export function inetCskClearXmitTimer(sk: TcpSock, what: number): void {
  const { tcb } = sk
  if (what === TCP_TIMER.DACK) {
    tcb.ackPending = 0
    tcb.ackRetry = 0
    if (tcb.delackTimer !== null) sk.net.timers.cancel(tcb.delackTimer)
    tcb.delackTimer = null
    return
  }
  tcb.pending = 0
  if (tcb.retransTimer !== null) sk.net.timers.cancel(tcb.retransTimer)
  tcb.retransTimer = null
}

/** Disarms all timers of a connection. Linux: inet_csk_clear_xmit_timers, tcp_clear_xmit_timers. */
export function tcpClearXmitTimers(sk: TcpSock): void {
  const { tcb } = sk
  const wheel = sk.net.timers
  if (tcb === NO_TCB) return
  tcb.pending = 0
  tcb.ackPending = 0
  if (tcb.retransTimer !== null) wheel.cancel(tcb.retransTimer)
  if (tcb.delackTimer !== null) wheel.cancel(tcb.delackTimer)
  if (tcb.keepTimer !== null) wheel.cancel(tcb.keepTimer)
  if (tcb.pacingTimer !== null) wheel.cancel(tcb.pacingTimer)
  if (sk.outOfOrder.compressedAckTimer !== null) wheel.cancel(sk.outOfOrder.compressedAckTimer)
}

/** Arms the keepalive timer, which also ends FIN_WAIT2. Linux: inet_csk_reset_keepalive_timer. */
export function inetCskResetKeepaliveTimer(sk: TcpSock, whenMs: number): void {
  sk.tcb.keepTimer ??= new NetTimer(sk, TCP_TIMER.KEEP)
  sk.net.timers.arm(sk.tcb.keepTimer, sk.net.now + whenMs * 1000)
}

/** Disarms it. Linux: inet_csk_delete_keepalive_timer. */
export function inetCskDeleteKeepaliveTimer(sk: TcpSock): void {
  if (sk.tcb.keepTimer !== null) sk.net.timers.cancel(sk.tcb.keepTimer)
}

/** Microseconds until the first packet's retransmission is due; negative when overdue. Linux: tcp_rto_delta_us. */
export function tcpRtoDeltaUs(sk: TcpSock): number {
  const { tcb } = sk
  const first = tcb.rtxQueue.head
  return first === null ? tcb.rtoMs * 1000 : first.sentAt + tcb.rtoMs * 1000 - sk.net.now
}

/**
 * Restarts the retransmission timer: a full timeout from now, or what is left where another timer stood in for it (RFC 6298
 * section 5). Linux: tcp_rearm_rto.
 */
export function tcpRearmRto(sk: TcpSock): void {
  const { tcb } = sk
  if (sk.fastOpen.fastopenReq !== null) return
  if (tcb.packetsOut === 0) {
    inetCskClearXmitTimer(sk, TCP_TIMER.RETRANS)
    return
  }
  let rto = tcb.rtoMs
  if (tcb.pending === TCP_TIMER.REO_TIMEOUT || tcb.pending === TCP_TIMER.LOSS_PROBE) rto = usecsToJiffies(Math.max(tcpRtoDeltaUs(sk), 1))
  tcpResetXmitTimer(sk, TCP_TIMER.RETRANS, rto, true)
}

/** The first window probe comes after a timeout, at least 200 ms. Linux: tcp_probe0_base. */
export const tcpProbe0Base = (sk: TcpSock): number => Math.max(sk.tcb.rtoMs, TCP_MS.RTO_MIN)

/** When the next window probe is due, doubling each time, ms. Linux: tcp_probe0_when. */
export function tcpProbe0When(sk: TcpSock, maxMs: number): number {
  return Math.min(tcpProbe0Base(sk) * 2 ** Math.min(sk.tcb.backoff, 10), maxMs)
}

/** Arms the window probe when something is to be sent, nothing is in flight and no timer runs. Linux: tcp_check_probe_timer. */
export function tcpCheckProbeTimer(sk: TcpSock): void {
  if (sk.tcb.packetsOut === 0 && sk.tcb.pending === 0) tcpResetXmitTimer(sk, TCP_TIMER.PROBE0, tcpProbe0Base(sk), true)
}
