import { MIB } from '../mib.js'
import { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { packetLength } from '../wire/packet.js'
import { icmp6Send, icmpSend } from './icmp-send.js'
import { ICMP, ICMPV6, ICMPV6_UNREACH, ICMP_UNREACH } from './icmp-types.js'
import { isMartianSource } from './kinds.js'
import { ipFinish } from './output.js'

/**
 * A packet for somebody else: sent on when `ip_forward` says so, otherwise dropped and counted. Routers answer what
 * cannot go on: no route, hop limit, too big. Linux: ip_forward, ip_error, ip6_forward.
 */
export function forward(net: NetStack, skb: SkBuff): void {
  const v4 = skb.family === 4
  const route = net.routeLookup(skb.dst, null, 0)
  if ((v4 ? net.sysctl.ip_forward : net.sysctl.ip6_forward) === 0) {
    if (v4) net.mib[route === null ? MIB.IpExtInNoRoutes : MIB.IpInAddrErrors]!++
    else net.mib[MIB.Ip6InDiscards]!++
    return
  }
  const entry = net.routes.find(skb.dst, 0)
  if (route === null) {
    noRoute(net, skb, entry?.kind ?? '')
    return
  }
  if (isMartianSource(net, skb) || skb.dst.isLoopback || (!v4 && (skb.src.isLinkLocal || skb.dst.isLinkLocal || skb.src.isAny))) {
    net.mib[v4 ? MIB.IpInAddrErrors : MIB.Ip6InAddrErrors]!++
    return
  }
  if (skb.ttl <= 1) {
    net.mib[v4 ? MIB.IpInHdrErrors : MIB.Ip6InHdrErrors]!++
    if (v4) icmpSend(net, skb, ICMP.TIME_EXCEEDED, 0, 0)
    else icmp6Send(net, skb, ICMPV6.TIME_EXCEEDED, 0, 0)
    return
  }
  const mtu = route.entry.metrics.mtu !== 0 ? route.entry.metrics.mtu : route.device.mtu
  const length = packetLength(skb)
  const large = length > mtu && !(skb.gsoSize !== 0 && length - (skb.end - skb.start) + skb.gsoSize <= mtu)
  if (large && (!v4 || skb.dontFragment)) {
    net.mib[v4 ? MIB.IpFragFails : MIB.Ip6InTooBigErrors]!++
    if (v4) icmpSend(net, skb, ICMP.DEST_UNREACH, ICMP_UNREACH.FRAG_NEEDED, mtu & 0xffff)
    else {
      net.mib[MIB.Ip6FragFails]!++
      icmp6Send(net, skb, ICMPV6.PKT_TOO_BIG, 0, mtu)
    }
    return
  }
  const out = Object.assign(new SkBuff(), skb)
  out.networkOffset = -1
  out.ttl--
  net.mib[v4 ? MIB.IpForwDatagrams : MIB.Ip6OutForwDatagrams]!++
  ipFinish(net, out, route.device, route.device.mtu)
}

function noRoute(net: NetStack, skb: SkBuff, kind: string): void {
  if (skb.family === 4) {
    if (kind === 'prohibit') icmpSend(net, skb, ICMP.DEST_UNREACH, ICMP_UNREACH.PKT_FILTERED, 0)
    else if (kind === 'unreachable') icmpSend(net, skb, ICMP.DEST_UNREACH, ICMP_UNREACH.HOST, 0)
    else if (kind !== 'blackhole') {
      net.mib[MIB.IpExtInNoRoutes]!++
      icmpSend(net, skb, ICMP.DEST_UNREACH, ICMP_UNREACH.NET, 0)
    }
    return
  }
  net.mib[MIB.Ip6InNoRoutes]!++
  if (kind === 'prohibit') icmp6Send(net, skb, ICMPV6.DEST_UNREACH, ICMPV6_UNREACH.ADM_PROHIBITED, 0)
  else if (kind !== 'blackhole') icmp6Send(net, skb, ICMPV6.DEST_UNREACH, ICMPV6_UNREACH.NOROUTE, 0)
}
