import { before } from '../seq.js'
import { TCP } from '../sock.js'
import { TCP_CHRONO, tcpChronoStart } from './chrono.js'
import { CA_EVENT, tcpCaEvent, tcpCurrentSsthresh, tcpIsCwndLimited } from './congestion-ops.js'
import { tcpInitCongestionControl } from './congestion.js'
import { tcpInitMetrics } from './metrics.js'
import { tcpInitBufferSpace } from './receive-window.js'
import { tcpMtupInit } from './mss.js'
import { TCP_CA, type TcpSock } from './tcp-sock.js'
import { jiffies, TCP_INIT_CWND } from './units.js'

/** Segments of a window to start with. Linux: tcp_init_cwnd. */
export function tcpInitCwnd(sk: TcpSock): number {
  const route = (sk.net.sockRoute(sk)?.metrics.initCwnd ?? 0)
  return route === 0 ? TCP_INIT_CWND : Math.min(route, sk.tcb.sndCwndClamp)
}

/** After idleness of more than a timeout the window is halved for each (RFC 2861). Linux: tcp_cwnd_restart. @param idleMs since data was sent */
export function tcpCwndRestart(sk: TcpSock, idleMs: number): void {
  const { tcb } = sk
  let cwnd = tcb.sndCwnd, left = idleMs - tcb.rtoMs
  tcpCaEvent(sk, CA_EVENT.CWND_RESTART)
  tcb.sndSsthresh = tcpCurrentSsthresh(sk)
  const restart = Math.min(tcpInitCwnd(sk), cwnd)
  for (; left > 0 && cwnd > restart; left -= tcb.rtoMs) cwnd >>>= 1
  tcb.sndCwnd = Math.max(cwnd, restart)
  tcb.sndCwndStamp = sk.net.now
  tcb.sndCwndUsed = 0
}

/** New data after idleness starts slowly. Linux: tcp_slow_start_after_idle_check. */
export function tcpSlowStartAfterIdleCheck(sk: TcpSock): void {
  const { tcb } = sk
  if (sk.net.sysctl.tcp_slow_start_after_idle === 0 || tcb.packetsOut !== 0) return
  const idle = jiffies(sk.net.now) - jiffies(tcb.lsndTime)
  if (idle > tcb.rtoMs) tcpCwndRestart(sk, idle)
}

/** A window that was not used for a timeout comes halfway down to what was (RFC 2861). Linux: tcp_cwnd_application_limited. */
function tcpCwndApplicationLimited(sk: TcpSock): void {
  const { tcb } = sk
  if (tcb.caState === TCP_CA.OPEN && sk.attached && !tcb.noSpace) {
    const used = Math.max(tcb.sndCwndUsed, tcpInitCwnd(sk))
    if (used < tcb.sndCwnd) {
      tcb.sndSsthresh = tcpCurrentSsthresh(sk)
      tcb.sndCwnd = (tcb.sndCwnd + used) >>> 1
    }
    tcb.sndCwndUsed = 0
  }
  tcb.sndCwndStamp = sk.net.now
}

/** Notes whether the window or the application limited what was sent. Linux: tcp_cwnd_validate. */
export function tcpCwndValidate(sk: TcpSock, isCwndLimited: boolean): void {
  const { tcb } = sk
  if (!before(tcb.sndUna, tcb.cwndUsageSeq) || isCwndLimited || (!tcb.isCwndLimited && tcb.packetsOut > tcb.maxPacketsOut)) {
    tcb.isCwndLimited = isCwndLimited
    tcb.maxPacketsOut = tcb.packetsOut
    tcb.cwndUsageSeq = tcb.sndNxt
  }
  if (tcpIsCwndLimited(sk)) {
    tcb.sndCwndUsed = 0
    tcb.sndCwndStamp = sk.net.now
    return
  }
  if (tcb.packetsOut > tcb.sndCwndUsed) tcb.sndCwndUsed = tcb.packetsOut
  if (sk.net.sysctl.tcp_slow_start_after_idle !== 0 && jiffies(sk.net.now) - jiffies(tcb.sndCwndStamp) >= tcb.rtoMs) tcpCwndApplicationLimited(sk)
  const established = sk.state === TCP.ESTABLISHED || sk.state === TCP.CLOSE_WAIT
  if (tcb.writeQueue.length === 0 && sk.attached && tcb.noSpace && established) tcpChronoStart(sk, TCP_CHRONO.SNDBUF_LIMITED)
}

/** A handshake ends: cached metrics, initial window and congestion control. Linux: tcp_init_transfer. */
export function tcpInitTransfer(sk: TcpSock): void {
  const { tcb } = sk
  tcpMtupInit(sk)
  tcpInitMetrics(sk)
  tcb.sndCwnd = sk.recovery.totalRetrans > 1 && sk.recovery.undoMarker !== 0 ? 1 : tcpInitCwnd(sk)
  tcb.sndCwndStamp = sk.net.now
  if (!tcb.caInitialized) tcpInitCongestionControl(sk)
  tcpInitBufferSpace(sk)
}
