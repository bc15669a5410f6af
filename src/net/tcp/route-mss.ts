import type { Route } from '../ip/route.js'
import type { NetStack } from '../stack.js'

/** MSS that a route lets us announce: its metric, or its MTU less the headers. Linux: dst_metric_advmss, ipv4_default_advmss, ip6_default_advmss. */
export function tcpDstAdvmssOf(net: NetStack, route: Route, v4: boolean): number {
  const { advMss } = route.metrics
  if (advMss !== 0) return advMss
  const mtu = net.dstMtu(route)
  if (v4) return Math.min(Math.max(mtu - 40, 256), 65495)
  const mss = Math.max(mtu - 60, 1220)
  return mss > 65535 - 20 ? 65535 : mss
}
