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
  return route === 0 ? TCP_INIT_CWND : Math.min(route, sk.sndCwndClamp)
}

/** After idleness of more than a timeout the window is halved for each (RFC 2861). Linux: tcp_cwnd_restart. @param idleMs since data was sent */
export function tcpCwndRestart(sk: TcpSock, idleMs: number): void {
  let cwnd = sk.sndCwnd, left = idleMs - sk.rtoMs
  tcpCaEvent(sk, CA_EVENT.CWND_RESTART)
  sk.sndSsthresh = tcpCurrentSsthresh(sk)
  const restart = Math.min(tcpInitCwnd(sk), cwnd)
  for (; left > 0 && cwnd > restart; left -= sk.rtoMs) cwnd >>>= 1
  sk.sndCwnd = Math.max(cwnd, restart)
  sk.sndCwndStamp = sk.net.now
  sk.sndCwndUsed = 0
}

/** New data after idleness starts slowly. Linux: tcp_slow_start_after_idle_check. */
export function tcpSlowStartAfterIdleCheck(sk: TcpSock): void {
  if (sk.net.sysctl.tcp_slow_start_after_idle === 0 || sk.packetsOut !== 0) return
  const idle = jiffies(sk.net.now) - jiffies(sk.lsndTime)
  if (idle > sk.rtoMs) tcpCwndRestart(sk, idle)
}

/** A window that was not used for a timeout comes halfway down to what was (RFC 2861). Linux: tcp_cwnd_application_limited. */
function tcpCwndApplicationLimited(sk: TcpSock): void {
  if (sk.caState === TCP_CA.OPEN && sk.attached && !sk.noSpace) {
    const used = Math.max(sk.sndCwndUsed, tcpInitCwnd(sk))
    if (used < sk.sndCwnd) {
      sk.sndSsthresh = tcpCurrentSsthresh(sk)
      sk.sndCwnd = (sk.sndCwnd + used) >>> 1
    }
    sk.sndCwndUsed = 0
  }
  sk.sndCwndStamp = sk.net.now
}

/** Notes whether the window or the application limited what was sent. Linux: tcp_cwnd_validate. */
export function tcpCwndValidate(sk: TcpSock, isCwndLimited: boolean): void {
  if (!before(sk.sndUna, sk.cwndUsageSeq) || isCwndLimited || (!sk.isCwndLimited && sk.packetsOut > sk.maxPacketsOut)) {
    sk.isCwndLimited = isCwndLimited
    sk.maxPacketsOut = sk.packetsOut
    sk.cwndUsageSeq = sk.sndNxt
  }
  if (tcpIsCwndLimited(sk)) {
    sk.sndCwndUsed = 0
    sk.sndCwndStamp = sk.net.now
    return
  }
  if (sk.packetsOut > sk.sndCwndUsed) sk.sndCwndUsed = sk.packetsOut
  if (sk.net.sysctl.tcp_slow_start_after_idle !== 0 && jiffies(sk.net.now) - jiffies(sk.sndCwndStamp) >= sk.rtoMs) tcpCwndApplicationLimited(sk)
  const established = sk.state === TCP.ESTABLISHED || sk.state === TCP.CLOSE_WAIT
  if (sk.writeQueue.length === 0 && sk.attached && sk.noSpace && established) tcpChronoStart(sk, TCP_CHRONO.SNDBUF_LIMITED)
}

/** A handshake ends: cached metrics, initial window and congestion control. Linux: tcp_init_transfer. */
export function tcpInitTransfer(sk: TcpSock): void {
  tcpMtupInit(sk)
  tcpInitMetrics(sk)
  sk.sndCwnd = sk.totalRetrans > 1 && sk.undoMarker !== 0 ? 1 : tcpInitCwnd(sk)
  sk.sndCwndStamp = sk.net.now
  if (!sk.caInitialized) tcpInitCongestionControl(sk)
  tcpInitBufferSpace(sk)
}
