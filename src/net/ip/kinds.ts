import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { emitPacket } from '../wire/packet.js'

/** What the destination of a packet that came in is to this host. Linux: the type of the input route. */
export type Destination = 'local' | 'broadcast' | 'multicast' | 'other'

/** Linux: ip_route_input_noref and ip6_route_input, as far as the destination goes. */
export function destinationKind(net: NetStack, skb: SkBuff): Destination {
  const { dst } = skb
  if (dst.isMulticast) return 'multicast'
  if (dst.isBroadcast) return 'broadcast'
  const route = net.routeLookup(dst, null, 0)
  if (route === null) return 'other'
  return route.kind === 'local' || route.kind === 'broadcast' ? route.kind : 'other'
}

/**
 * Is it an address that no packet may come from: multicast, broadcast, or 0/8 in IPv4? Linux: ip_mc_validate_source and the
 * martians of ip_route_input_slow.
 */
export function isMartianSource(net: NetStack, skb: SkBuff): boolean {
  const { src } = skb
  if (src.isMulticast || src.isBroadcast) return true
  const onLoopback = skb.ifindex === net.loopback.index
  if (skb.family === 6) return src.isLoopback && !onLoopback
  if (src.d >>> 24 === 0 && !(src.d === 0 && skb.dst.isBroadcast)) return true
  return (src.d >>> 24 === 127 || skb.dst.d >>> 24 === 127) && !onLoopback
}

/** The packet as bytes from its IP header on, as it came in or as it would leave. */
export function packetBytes(skb: SkBuff): Uint8Array {
  return skb.networkOffset >= 0 ? skb.buffer.subarray(skb.networkOffset, skb.end) : emitPacket(skb)
}
