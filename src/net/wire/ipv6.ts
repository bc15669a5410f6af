import { readIpv6, writeAddress } from '../address.js'
import type { SkBuff } from '../skb.js'
import { get16, put16, put32 } from './bytes.js'

/** Offsets of the fields of an IPv6 header. RFC 8200 section 3. */
export const IPV6 = { VERSION_CLASS_FLOW: 0, PAYLOAD_LENGTH: 4, NEXT_HEADER: 6, HOP_LIMIT: 7, SOURCE: 8, DESTINATION: 24, PAYLOAD: 40 } as const
/** Next headers that are extension headers. RFC 8200 section 4. */
export const IPV6_EXTENSION = { HOP_BY_HOP: 0, ROUTING: 43, FRAGMENT: 44, AUTHENTICATION: 51, NONE: 59, DESTINATION: 60 } as const

/**
 * Reads the header at `at` into `skb`; the payload begins behind the fixed header, extension headers are input's work.
 * Checks what ip6_rcv_core checks of the fixed header.
 *
 * @returns '' or Linux's drop reason
 */
export function parseIpv6(bytes: Uint8Array, at: number, end: number, skb: SkBuff): '' | 'IP_INHDR' | 'PKT_TOO_SMALL' {
  if (end - at < 40) return 'PKT_TOO_SMALL'
  if (bytes[at]! >> 4 !== 6) return 'IP_INHDR'
  const length = get16(bytes, at + IPV6.PAYLOAD_LENGTH)
  if (at + 40 + length > end) return 'PKT_TOO_SMALL'
  skb.family = 6
  skb.tos = ((bytes[at]! & 15) << 4) | (bytes[at + 1]! >> 4)
  skb.flowLabel = ((bytes[at + 1]! & 15) << 16) | get16(bytes, at + 2)
  skb.protocol = bytes[at + IPV6.NEXT_HEADER]!
  skb.ttl = bytes[at + IPV6.HOP_LIMIT]!
  skb.src = readIpv6(bytes, at + IPV6.SOURCE)
  skb.dst = readIpv6(bytes, at + IPV6.DESTINATION)
  skb.buffer = bytes
  skb.networkOffset = at
  skb.start = at + 40
  skb.end = at + 40 + length
  return ''
}

/** Writes the fixed header of `skb` with `payload` bytes and next header `next` to follow; returns 40. */
export function emitIpv6(skb: SkBuff, out: Uint8Array, at: number, payload: number, next: number): number {
  put32(out, at, (6 << 28) | (skb.tos << 20) | skb.flowLabel)
  put16(out, at + IPV6.PAYLOAD_LENGTH, payload)
  out[at + IPV6.NEXT_HEADER] = next
  out[at + IPV6.HOP_LIMIT] = skb.ttl
  writeAddress(skb.src, out, at + IPV6.SOURCE)
  writeAddress(skb.dst, out, at + IPV6.DESTINATION)
  return 40
}
