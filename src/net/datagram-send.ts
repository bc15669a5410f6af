import { EACCES, EAGAIN, EINVAL, ENETUNREACH, ENODEV } from '../abi/errno.js'
import { SOCK } from '../abi/flags/sockets.js'
import type { IpAddress } from './address.js'
import type { DatagramSock } from './datagram.js'
import { tooLong } from './error-queue.js'
import { isLocalAddress } from './ip/addresses.js'
import { recordRoute } from './ip-options.js'
import { PMTUDISC } from './ip/output.js'
import type { Route } from './ip/route.js'
import { MIB } from './mib.js'
import { type Ancillary, readAncillary } from './send-control.js'
import { SkBuff } from './skb.js'
import { type SendMessage, TCP } from './sock.js'
import { isWildcard } from './tcp/wildcard.js'
import { datagramTruesize } from './truesize.js'

/** Where a datagram goes, and how. */
export interface DatagramPath {
  readonly to: IpAddress
  readonly port: number
  readonly route: Route
  readonly ancillary: Ancillary
}

/**
 * The way of a message: its control messages, a port for a socket without one, the route.
 *
 * @param scope interface of a link-local destination
 * @returns -EAGAIN where no port is left, -EACCES to a broadcast address without SO_BROADCAST, or what the parts refuse with
 */
export function datagramPath(sk: DatagramSock, message: SendMessage, to: IpAddress, port: number, scope: number): DatagramPath | number {
  const ancillary = readAncillary(sk, message.control)
  if (typeof ancillary === 'number') return ancillary
  if (sk.localPort === 0 && sk.getPort(0) !== 0) return -EAGAIN
  const { net, route: known } = sk
  const refused = checkAncillary(sk, ancillary, to)
  if (refused !== 0) return refused
  const connected = message.to === null && ancillary.source === null && ancillary.ifindex === 0
  if (connected && known !== null && known.generation === net.routes.generation) return { to, port, route: known, ancillary }
  const route = sk.routeTo(to, ancillary.source ?? sk.local, ancillary.ifindex !== 0 ? ancillary.ifindex : scope)
  if (typeof route === 'number') {
    if (route === -ENETUNREACH) net.mib[to.isV4 ? MIB.IpOutNoRoutes : MIB.Ip6OutNoRoutes]!++
    return route
  }
  if (route.kind === 'broadcast' && !sk.options.broadcast) return -EACCES
  if (connected) sk.route = route
  return { to: to.isAny ? route.destination : to, port, route, ancillary }
}

/** A control message names a device that there is, and a source that is this host's. Linux: ip_route_output_key_hash_rcu, ip6_datagram_send_ctl. */
function checkAncillary({ net, options }: DatagramSock, { source, ifindex }: Ancillary, to: IpAddress): number {
  if (ifindex !== 0 && net.device(ifindex) === null) return -ENODEV
  if (source === null || options.freeBind || options.transparent || isLocalAddress(net, source)) return 0
  return to.isV4 && !source.isMulticast ? -ENETUNREACH : -EINVAL
}

/**
 * What is larger than the path's MTU may only go where it may be fragmented. Linux: __ip_append_data, __ip6_append_data.
 *
 * @param length of what follows the IP header
 * @param segment bytes of it in each packet of a large send; 0: it is one packet
 * @returns 0, -EMSGSIZE or -EINVAL
 */
export function checkDatagramSize(sk: DatagramSock, { to, port, route, ancillary }: DatagramPath, length: number, segment: number): number {
  const { options } = sk
  const v4 = to.isV4
  const header = v4 ? 20 : 40
  if (length + (v4 ? 20 : 0) > 0xffff) return tooLong(sk, to, port, 0xffff)
  const discover = v4 ? options.mtuDiscover : options.mtuDiscover6
  // Linux: ip_sk_use_pmtu
  const mtu = discover >= PMTUDISC.PROBE ? route.device.mtu : sk.net.dstMtu(route)
  if ((segment === 0 ? length : Math.min(length, segment)) + header <= mtu) return 0
  if (segment !== 0) return -EINVAL
  const whole = (discover >= PMTUDISC.DO && discover !== PMTUDISC.OMIT) || (!v4 && ancillary.dontFragment)
  return whole ? tooLong(sk, to, port, mtu) : 0
}

/** A packet of `bytes` behind an IP header as the socket's options and the message's control ask for. Linux: __ip_make_skb, __ip6_make_skb. */
export function datagramPacket(sk: DatagramSock, { route, ancillary, to }: DatagramPath, bytes: Uint8Array): SkBuff {
  const { net, options } = sk
  const skb = new SkBuff()
  const v4 = to.isV4
  skb.family = v4 ? 4 : 6
  skb.src = ancillary.source ?? (isWildcard(sk.local) ? route.source : sk.local)
  skb.dst = route.destination
  skb.protocol = sk.protocol
  skb.raw = true
  skb.buffer = bytes
  skb.end = bytes.length
  skb.truesize = datagramTruesize(skb.family, bytes.length, sk.type === SOCK.SOCK_RAW ? 0 : 8)
  skb.mark = ancillary.mark ?? options.mark
  skb.priority = ancillary.priority ?? options.priority
  if (!v4) {
    skb.tos = ancillary.tos >= 0 ? ancillary.tos : Math.max(0, options.trafficClass)
    skb.ttl = ancillary.ttl > 0 ? ancillary.ttl : skb.dst.isMulticast ? options.multicastHops : Math.max(0, options.hopLimit)
    return skb
  }
  skb.tos = ancillary.tos >= 0 ? ancillary.tos : options.tos
  const given = ancillary.ipOptions ?? options.ipOptions
  skb.ipOptions = given === null ? null : recordRoute(given, skb.src)
  skb.ttl = ancillary.ttl > 0 ? ancillary.ttl : skb.dst.isMulticast ? options.multicastTtl : Math.max(0, options.ttl)
  const discover = options.mtuDiscover
  skb.dontFragment = discover === PMTUDISC.DO || discover === PMTUDISC.PROBE || (discover === PMTUDISC.WANT && bytes.length + 20 <= net.dstMtu(route) && !net.routeCache.isMtuLocked(net, route))
  // where the socket does not insist on the path's MTU, a packet may still be cut up, in spite of its DF bit. Linux: ip_sk_ignore_df, ip_select_ident
  const whole = discover === PMTUDISC.DO || discover === PMTUDISC.PROBE
  skb.id = sk.state === TCP.ESTABLISHED ? sk.ipId++ & 0xffff : whole ? 0 : net.ip.nextId(1) & 0xffff
  return skb
}
