import type { SkBuff } from '../skb.js'
import { MIB } from '../mib.js'
import type { NetStack } from '../stack.js'
import { get16, get32 } from '../wire/bytes.js'
import { IPV6_EXTENSION as NEXT } from '../wire/ipv6.js'
import { icmp6Send } from './icmp-send.js'
import { ICMPV6 } from './icmp-types.js'
import type { Reassembly } from './reassembly.js'

/** Extension headers read before a packet is given up; Linux has no such bound, packets are shorter. */
const LIMIT = 64

function problem(net: NetStack, skb: SkBuff, code: number, at: number): null {
  net.mib[MIB.Ip6InHdrErrors]!++
  icmp6Send(net, skb, ICMPV6.PARAMETER_PROBLEM, code, at - skb.networkOffset)
  return null
}

/** RFC 8200 section 4.2: options by type, length, value; the two upper bits of an unknown type say what to do. Linux: ip6_parse_tlv. */
function optionsAreFine(net: NetStack, skb: SkBuff, from: number, to: number): boolean {
  const { buffer } = skb
  for (let at = from; at < to;) {
    const type = buffer[at]!
    if (type === 0) {
      at++
      continue
    }
    const length = at + 1 < to ? buffer[at + 1]! + 2 : Infinity
    if (at + length > to) {
      net.mib[MIB.Ip6InHdrErrors]!++
      return false
    }
    if (type !== 1 && type !== 5) {
      const action = type >> 6
      if (action === 2 || (action === 3 && !skb.dst.isMulticast)) problem(net, skb, 2, at)
      else if (action !== 0) net.mib[MIB.Ip6InHdrErrors]!++
      if (action !== 0) return false
    }
    at += length
  }
  return true
}

/**
 * Walks the extension headers of a packet for this host; fragments go through reassembly. The packet then has its upper
 * protocol and starts at it. Null: dropped, or waiting for its other fragments. Linux: ip6_protocol_deliver_rcu with
 * ipv6_parse_hopopts, ipv6_rthdr_rcv, ipv6_frag_rcv, ipv6_destopt_rcv.
 */
export function walkExtensionHeaders(net: NetStack, reassembly: Reassembly, packet: SkBuff): SkBuff | null {
  let skb = packet
  const first = skb.protocol
  let at = skb.start, nextAt = skb.networkOffset + 6
  for (let count = 0; count < LIMIT; count++) {
    const next = skb.protocol
    if (next !== NEXT.HOP_BY_HOP && next !== NEXT.ROUTING && next !== NEXT.FRAGMENT && next !== NEXT.DESTINATION) break
    if (next === NEXT.HOP_BY_HOP && count > 0) return problem(net, skb, 1, nextAt)
    if (at + 8 > skb.end) return dropped(net)
    const length = next === NEXT.FRAGMENT ? 8 : (skb.buffer[at + 1]! + 1) * 8
    if (at + length > skb.end) return dropped(net)
    if (next === NEXT.ROUTING) {
      if (skb.buffer[at + 3]! !== 0) return problem(net, skb, 0, at + 2)
    } else if (next !== NEXT.FRAGMENT) {
      if (!optionsAreFine(net, skb, at + 2, at + length)) return null
    }
    skb.protocol = skb.buffer[at]!
    if (next === NEXT.FRAGMENT) {
      const whole = defragment(net, reassembly, skb, at, nextAt)
      if (whole === null) return null
      if (whole !== skb) {
        // the fragment header is gone: the payload follows the headers before it
        skb = whole
        at = skb.start
        continue
      }
    }
    nextAt = at
    at += length
  }
  if (at > skb.networkOffset + 40) {
    skb.ipOptions = skb.buffer.subarray(skb.networkOffset + 40, at)
    skb.firstHeader = first === NEXT.FRAGMENT ? skb.buffer[skb.networkOffset + 6]! : first
  }
  skb.start = at
  return skb
}

function dropped(net: NetStack): null {
  net.mib[MIB.Ip6InHdrErrors]!++
  return null
}

/** Linux: ipv6_frag_rcv. */
function defragment(net: NetStack, reassembly: Reassembly, skb: SkBuff, at: number, nextAt: number): SkBuff | null {
  const field = get16(skb.buffer, at + 2)
  const offset = field & 0xfff8, more = (field & 1) !== 0
  if (offset === 0 && !more) {
    net.mib[MIB.Ip6ReasmReqds]!++
    net.mib[MIB.Ip6ReasmOKs]!++
    return skb
  }
  const payload = skb.end - at - 8
  if (more && (payload & 7) !== 0) return problem(net, skb, 0, skb.networkOffset + 4)
  if (offset + payload > 65535) return problem(net, skb, 0, at + 2)
  const { protocol } = skb
  skb.start = at + 8
  const whole = reassembly.add(skb, offset, more, get32(skb.buffer, at + 4), at - skb.networkOffset - 40)
  if (whole === null) return null
  whole.protocol = protocol
  whole.buffer[nextAt - skb.networkOffset] = protocol
  return whole
}
