import { EACCES, EHOSTUNREACH, EINVAL, EMSGSIZE, ENETUNREACH } from '../../abi/errno.js'
import type { IpAddress } from '../address.js'
import type { NetDevice } from '../devices/device.js'
import { MIB } from '../mib.js'
import { releasePayload, type SkBuff } from '../skb.js'
import type { Sock } from '../sock.js'
import type { NetStack } from '../stack.js'
import { packetLength, segmentSkb } from '../wire/packet.js'
import type { Route } from './route.js'

/** IP_PMTUDISC_* */
export const PMTUDISC = { DONT: 0, WANT: 1, DO: 2, PROBE: 3, INTERFACE: 4, OMIT: 5 } as const

/** The route of a connected socket, looked up anew when the tables have changed. Linux: __sk_dst_check. */
export function sockRoute(net: NetStack, sk: Sock): Route | null {
  const known = sk.route
  if (known !== null && known.generation === net.routes.generation) return known
  const route = net.routeLookup(sk.remote, sk.local, sk.boundDevice)
  sk.route = route
  return route
}

/** Why there is no route: the errno of a negative entry, -ENETUNREACH without one. */
export function routeError(net: NetStack, dst: IpAddress): number {
  const kind = net.routes.find(dst, 0)?.kind
  return kind === 'unreachable' ? -EHOSTUNREACH : kind === 'prohibit' ? -EACCES : kind === 'blackhole' ? -EINVAL : -ENETUNREACH
}

/**
 * Sends a packet whose addresses, protocol and payload are set. With a connected socket the rest of the IP header comes
 * of its options (Linux: ip_queue_xmit, inet6_csk_xmit); the ECN bits of `tos` are the caller's. Without one `tos`, `id`
 * and `dontFragment` are as they are. The packet belongs to the stack from here on.
 *
 * @returns 0, -ENETUNREACH (or that of an unreachable route), -EMSGSIZE
 */
export function ipOutput(net: NetStack, skb: SkBuff, sk: Sock | null): number {
  const route = sk !== null && sk.remotePort !== 0 ? sockRoute(net, sk) : net.routeLookup(skb.dst, skb.src, sk === null ? 0 : sk.boundDevice)
  if (route === null) {
    net.mib[skb.family === 4 ? MIB.IpOutNoRoutes : MIB.Ip6OutNoRoutes]!++
    return routeError(net, skb.dst)
  }
  if (sk !== null) applySocketOptions(net, skb, sk, route)
  return ipSend(net, skb, route)
}

function applySocketOptions(net: NetStack, skb: SkBuff, sk: Sock, route: Route): void {
  const options = sk.options
  if (skb.family === 4) {
    if (options.ipOptions !== null) skb.ipOptions = options.ipOptions
    skb.tos = (skb.tos & 3) | (options.tos & 0xfc)
    if (skb.ttl === 0 && options.ttl > 0) skb.ttl = options.ttl
    const discover = options.mtuDiscover
    skb.dontFragment = !skb.ignoreDf && (discover === PMTUDISC.DO || (discover === PMTUDISC.WANT && !net.routeCache.isMtuLocked(net, route)))
    skb.id = sk.ipId & 0xffff
    sk.ipId = (sk.ipId + Math.max(1, skb.gsoSegs)) & 0xffff
  } else {
    skb.tos = (skb.tos & 3) | (Math.max(0, options.trafficClass) & 0xfc)
    if (skb.ttl === 0 && options.hopLimit > 0) skb.ttl = options.hopLimit
  }
}

/** Sends a packet by a route: hop limit, counters, segments, fragments. Linux: ip_local_out, ip6_local_out. @returns 0 or -EMSGSIZE */
export function ipSend(net: NetStack, skb: SkBuff, route: Route): number {
  if (skb.ttl === 0) skb.ttl = route.entry.metrics.hopLimit !== 0 ? route.entry.metrics.hopLimit : skb.family === 4 ? net.sysctl.ip_default_ttl : 64
  net.mib[skb.family === 4 ? MIB.IpOutRequests : MIB.Ip6OutRequests]!++
  return ipFinish(net, skb, route.device, net.dstMtu(route))
}

/** What sending returns where the device's queue is full. Linux: NET_XMIT_DROP. */
const NET_XMIT_DROP = 1

/** Linux: ip_finish_output, ip6_finish_output. @returns 0, 1 where the device's queue is full, or -EMSGSIZE */
export function ipFinish(net: NetStack, skb: SkBuff, device: NetDevice, mtu: number): number {
  if (device.congested) {
    device.statistics.txDropped++
    return NET_XMIT_DROP
  }
  const length = packetLength(skb)
  const several = skb.gsoSize !== 0 && skb.end - skb.start > skb.gsoSize
  if (length <= mtu && !several) {
    transmit(net, skb, device, length)
    return 0
  }
  if (several && length - (skb.end - skb.start) + skb.gsoSize <= mtu) {
    if (length <= device.largeSegments) transmit(net, skb, device, length)
    else {
      for (const part of segmentSkb(skb)) transmit(net, part, device, packetLength(part))
      releasePayload(skb)
    }
    return 0
  }
  const v4 = skb.family === 4
  if (v4 ? skb.dontFragment && !skb.ignoreDf : skb.protocol === 6 && !skb.ignoreDf) {
    net.mib[v4 ? MIB.IpFragFails : MIB.Ip6FragFails]!++
    return -EMSGSIZE
  }
  const fragments = net.fragments?.split(skb, mtu) ?? []
  if (fragments.length === 0) {
    net.mib[v4 ? MIB.IpFragFails : MIB.Ip6FragFails]!++
    return -EMSGSIZE
  }
  for (const part of fragments) {
    net.mib[v4 ? MIB.IpFragCreates : MIB.Ip6FragCreates]!++
    transmit(net, part, device, packetLength(part))
  }
  net.mib[v4 ? MIB.IpFragOKs : MIB.Ip6FragOKs]!++
  return 0
}

function transmit(net: NetStack, skb: SkBuff, device: NetDevice, length: number): void {
  const v4 = skb.family === 4
  net.mib[v4 ? MIB.IpOutTransmits : MIB.Ip6OutTransmits]!++
  net.mib[v4 ? MIB.IpExtOutOctets : MIB.Ip6OutOctets]! += length
  if (skb.dst.isMulticast) net.mib[v4 ? MIB.IpExtOutMcastPkts : MIB.Ip6OutMcastPkts]!++
  device.statistics.txPackets++
  device.statistics.txBytes += length
  if (net.events.has('packet:out')) net.events.emit('packet:out', skb)
  if (device.tap !== null) device.tap(skb, false)
  device.transmit(skb)
}
