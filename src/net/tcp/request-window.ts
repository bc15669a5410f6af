import type { Route } from '../ip/route.js'
import { tcpDstAdvmssOf } from './route-mss.js'
import type { RequestSock } from './request-sock.js'
import type { TcpSock } from './tcp-sock.js'
import { tcpFullSpace, tcpSelectInitialWindow } from './window.js'

/** SOCK_RCVBUF_LOCK of {@link SocketOptions.bufferLock}. */
const RCVBUF_LOCK = 2

/** Window, clamp and scale that a SYN-ACK offers. Linux: tcp_openreq_init_rwin. */
export function requestWindow(req: RequestSock, listener: TcpSock, route: Route): void {
  const advertised = tcpDstAdvmssOf(listener.net, route, req.remote.isV4)
  const mss = listener.settings.userMss !== 0 && listener.settings.userMss < advertised ? listener.settings.userMss : advertised
  selectWindow(req, listener, route, mss - (req.tstampOk ? 12 : 0))
}

/** The window of a connection that a cookie brings back: in segments of the cookie's size, not of the SYN-ACK's. Linux: cookie_v4_check. */
export function cookieWindow(req: RequestSock, listener: TcpSock, route: Route): void {
  selectWindow(req, listener, route, req.mss)
}

function selectWindow(req: RequestSock, listener: TcpSock, route: Route, mss: number): void {
  const { net } = listener
  const space = tcpFullSpace(listener)
  req.windowClamp = listener.tcb.windowClamp !== 0 ? listener.tcb.windowClamp : route.metrics.window
  if ((listener.options.bufferLock & RCVBUF_LOCK) !== 0 && (req.windowClamp > space || req.windowClamp === 0)) req.windowClamp = space
  const initial = tcpSelectInitialWindow(net, space, mss, req.windowClamp, req.wscaleOk, route.metrics.initRwnd)
  req.rcvWnd = initial.rcvWnd
  req.windowClamp = initial.windowClamp
  req.rcvWscale = initial.rcvWscale
}
