import type { Route } from '../ip/route.js'
import type { NetStack } from '../stack.js'
import type { TcpSock } from './tcp-sock.js'

/**
 * MSS that a route lets us announce: its metric, or its MTU less the headers; as for 1500 bytes without one. Linux:
 * dst_metric_advmss, ipv4_default_advmss, ip6_default_advmss.
 */
export function tcpDstAdvmssOf(net: NetStack, route: Route | null, v4: boolean): number {
  if (route !== null && route.metrics.advMss !== 0) return route.metrics.advMss
  const mtu = route === null ? 1500 : net.dstMtu(route)
  if (v4) return Math.min(Math.max(mtu - 40, 256), 65495)
  const mss = Math.max(mtu - 60, 1220)
  return mss > 65535 - 20 ? 65535 : mss
}

/** MSS that a socket's route lets it announce. */
export const tcpDstAdvmss = (sk: TcpSock): number => tcpDstAdvmssOf(sk.net, sk.net.sockRoute(sk), sk.remote.isV4)
