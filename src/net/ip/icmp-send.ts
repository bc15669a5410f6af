import { ANY4, ANY6, type IpAddress, asFamily, ipv4 } from '../address.js'
import { MIB } from '../mib.js'
import { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { emitIcmp, quotedTransport, sumIcmp } from '../wire/icmp.js'
import { isLocalAddress, selectSource } from './addresses.js'
import { ICMP, ICMPV6, ICMP_UNREACH } from './icmp-types.js'
import { destinationKind, packetBytes } from './kinds.js'
import { ipSend } from './output.js'
import type { Route } from './route.js'

/** Default of net.ipv6.icmp.ratelimit, ms. */
const ICMPV6_TIME = 1000
/** The source of errors of a host without an address. Linux: INADDR_DUMMY. */
const DUMMY = 0xc0000008

const OUT_COUNTERS: Readonly<Record<number, number>> = {
  0: MIB.IcmpOutEchoReps, 3: MIB.IcmpOutDestUnreachs, 5: MIB.IcmpOutRedirects, 8: MIB.IcmpOutEchos, 11: MIB.IcmpOutTimeExcds, 12: MIB.IcmpOutParmProbs,
  13: MIB.IcmpOutTimestamps, 14: MIB.IcmpOutTimestampReps,
}
const OUT_COUNTERS6: Readonly<Record<number, number>> = {
  1: MIB.Icmp6OutDestUnreachs, 2: MIB.Icmp6OutPktTooBigs, 3: MIB.Icmp6OutTimeExcds, 4: MIB.Icmp6OutParmProblems, 128: MIB.Icmp6OutEchos, 129: MIB.Icmp6OutEchoReplies,
}

/** Counts a message that leaves. */
export function countIcmpOut(net: NetStack, family: 4 | 6, type: number): void {
  net.ip.icmpTypes[(family === 4 ? 256 : 768) + type]!++
  net.mib[family === 4 ? MIB.IcmpOutMsgs : MIB.Icmp6OutMsgs]!++
  const counter = (family === 4 ? OUT_COUNTERS : OUT_COUNTERS6)[type]
  if (counter !== undefined) net.mib[counter]!++
}

/** Sends a message of which only the checksum is missing. `source` null: the route's. */
export function sendIcmp(net: NetStack, message: Uint8Array, source: IpAddress | null, to: IpAddress, tos: number, route: Route): void {
  const skb = new SkBuff()
  const family = to.isV4 ? 4 : 6
  skb.family = family
  skb.src = source ?? route.source
  if (family === 4 && skb.src.isAny) skb.src = ipv4(DUMMY)
  skb.dst = to
  skb.protocol = family === 4 ? 1 : 58
  skb.tos = tos
  skb.buffer = message
  skb.end = message.length
  if (family === 4) skb.id = net.ip.nextId(1) & 0xffff
  sumIcmp(message, family, skb.src, skb.dst)
  countIcmpOut(net, family, message[0]!)
  ipSend(net, skb, route)
}

/**
 * Answers a packet with an ICMP error, unless RFC 1122 section 3.2.2 forbids it (broadcasts, later fragments, errors
 * about errors) or the limits do.
 *
 * @param info what follows the checksum: next-hop MTU, pointer << 24, 0
 */
export function icmpSend(net: NetStack, skb: SkBuff, type: number, code: number, info: number): void {
  const kind = destinationKind(net, skb)
  if (kind === 'broadcast' || kind === 'multicast' || (skb.fragment & 0x1fff) !== 0) return
  const original = packetBytes(skb)
  if (skb.protocol === 1) {
    const at = (original[0]! & 15) * 4
    const inner = original[at]
    if (inner === undefined || (inner !== ICMP.ECHO && inner !== ICMP.ECHO_REPLY && inner !== ICMP.TIMESTAMP && inner !== ICMP.TIMESTAMP_REPLY)) return
  }
  const limited = !(type === ICMP.DEST_UNREACH && code === ICMP_UNREACH.FRAG_NEEDED) && ((1 << type) & net.sysctl.icmp_ratemask) !== 0
  const fromLoopback = skb.ifindex === net.loopback.index || skb.ifindex === 0
  if (limited && !fromLoopback && !net.ip.limits.allowGlobal(net)) return
  let source: IpAddress | null = kind === 'local' ? asFamily(skb.dst, 4) : null
  const device = net.device(skb.ifindex)
  if (source === null && device !== null && net.sysctl.icmp_errors_use_inbound_ifaddr !== 0) source = selectSource(net, device, skb.src)
  const to = asFamily(skb.src, 4)
  const route = net.routeLookup(to, source, 0)
  if (route === null) return
  if (limited && !fromLoopback && !route.device.isLoopback && !net.ip.limits.allowPeer(net, to, net.sysctl.icmp_ratelimit, MIB.IcmpOutRateLimitHost)) return
  const room = Math.min(net.dstMtu(route), 576) - 28
  if (room <= 20) return
  sendIcmp(net, emitIcmp(type, code, info, original.subarray(0, room)), source, to, (skb.tos & 0x1e) | 0xc0, route)
}

/** Answers a packet with an ICMPv6 error within RFC 4443 section 2.4. @param info MTU, pointer or 0 */
export function icmp6Send(net: NetStack, skb: SkBuff, type: number, code: number, info: number): void {
  if (skb.src.isAny || skb.src.isMulticast) return
  const original = packetBytes(skb)
  if (skb.dst.isMulticast && type !== ICMPV6.PKT_TOO_BIG && !(type === ICMPV6.PARAMETER_PROBLEM && code === 2 && ((original[info] ?? 0x80) & 0xc0) === 0x80)) return
  const transport = quotedTransport(original, 0, original.length)
  if (transport !== null && transport.protocol === 58 && (original[transport.at]! & 0x80) === 0) return
  const fromLoopback = skb.ifindex === net.loopback.index || skb.ifindex === 0
  // net.ipv6.icmp.ratemask: all but "packet too big"
  const limited = type !== ICMPV6.PKT_TOO_BIG && !fromLoopback
  if (limited && !net.ip.limits.allowGlobal(net)) return
  let source: IpAddress | null = isLocalAddress(net, skb.dst) ? skb.dst : null
  const scope = skb.src.isLinkLocal ? skb.ifindex : 0
  const device = net.device(skb.ifindex)
  if (source === null && device !== null) source = selectSource(net, device, skb.src)
  const route = net.routeLookup(skb.src, source, scope)
  if (route === null) {
    net.mib[MIB.Ip6OutNoRoutes]!++
    return
  }
  if (limited && !route.device.isLoopback) {
    const prefix = route.entry.prefix
    const timeout = prefix < 128 ? ICMPV6_TIME >> ((128 - prefix) >> 5) : ICMPV6_TIME
    if (!net.ip.limits.allowPeer(net, skb.src, timeout, MIB.Icmp6OutRateLimitHost)) return
  }
  sendIcmp(net, emitIcmp(type, code, info, original.subarray(0, 1280 - 48)), source, skb.src, 0, route)
}

/** Answers with whatever the packet's family calls "nobody listens at this port". */
export function sendPortUnreachable(net: NetStack, skb: SkBuff): void {
  if (skb.family === 4) icmpSend(net, skb, ICMP.DEST_UNREACH, ICMP_UNREACH.PORT, 0)
  else icmp6Send(net, skb, ICMPV6.DEST_UNREACH, 4, 0)
}

/** The unspecified address of a family. */
export const anyAddress = (family: 4 | 6): IpAddress => (family === 4 ? ANY4 : ANY6)
