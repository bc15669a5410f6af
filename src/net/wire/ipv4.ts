import { readIpv4 } from '../address.js'
import type { SkBuff } from '../skb.js'
import { get16, put16, put32 } from './bytes.js'
import { checksum } from './checksum.js'

/** Offsets of the fields of an IPv4 header. RFC 791 section 3.1. */
export const IPV4 = {
  VERSION_IHL: 0, TOS: 1, TOTAL_LENGTH: 2, ID: 4, FRAGMENT: 6, TTL: 8, PROTOCOL: 9, CHECKSUM: 10, SOURCE: 12, DESTINATION: 16, OPTIONS: 20,
} as const
/** Flags and mask of the fragment field. */
export const IPV4_FRAGMENT = { DF: 0x4000, MF: 0x2000, OFFSET: 0x1fff } as const

/**
 * Reads the header at `at` into `skb`: addresses, protocol, and where the payload lies. Checks what ip_rcv_core checks:
 * version, header and total length, checksum.
 *
 * @returns '' or Linux's drop reason
 */
export function parseIpv4(bytes: Uint8Array, at: number, end: number, skb: SkBuff): '' | 'IP_INHDR' | 'PKT_TOO_SMALL' | 'IP_CSUM' {
  if (end - at < 20) return 'PKT_TOO_SMALL'
  const headerLength = (bytes[at]! & 15) * 4
  if (bytes[at]! >> 4 !== 4 || headerLength < 20) return 'IP_INHDR'
  if (at + headerLength > end) return 'PKT_TOO_SMALL'
  if (checksum(bytes, at, at + headerLength) !== 0) return 'IP_CSUM'
  const total = get16(bytes, at + IPV4.TOTAL_LENGTH)
  if (at + total > end) return 'PKT_TOO_SMALL'
  if (total < headerLength) return 'IP_INHDR'
  const fragment = get16(bytes, at + IPV4.FRAGMENT)
  skb.family = 4
  skb.tos = bytes[at + IPV4.TOS]!
  skb.id = get16(bytes, at + IPV4.ID)
  skb.dontFragment = (fragment & IPV4_FRAGMENT.DF) !== 0
  skb.fragment = fragment & (IPV4_FRAGMENT.MF | IPV4_FRAGMENT.OFFSET)
  skb.ttl = bytes[at + IPV4.TTL]!
  skb.protocol = bytes[at + IPV4.PROTOCOL]!
  skb.src = readIpv4(bytes, at + IPV4.SOURCE)
  skb.dst = readIpv4(bytes, at + IPV4.DESTINATION)
  skb.ipOptions = headerLength > 20 ? bytes.subarray(at + 20, at + headerLength) : null
  skb.buffer = bytes
  skb.networkOffset = at
  skb.start = at + headerLength
  skb.end = at + total
  return ''
}

/** Writes the header of `skb` with `payload` bytes to follow; returns its length. */
export function emitIpv4(skb: SkBuff, out: Uint8Array, at: number, payload: number): number {
  const options = skb.ipOptions
  const headerLength = options === null ? 20 : 20 + options.length
  out[at] = 0x40 | (headerLength >> 2)
  out[at + IPV4.TOS] = skb.tos
  put16(out, at + IPV4.TOTAL_LENGTH, headerLength + payload)
  put16(out, at + IPV4.ID, skb.id)
  put16(out, at + IPV4.FRAGMENT, (skb.dontFragment ? IPV4_FRAGMENT.DF : 0) | skb.fragment)
  out[at + IPV4.TTL] = skb.ttl
  out[at + IPV4.PROTOCOL] = skb.protocol
  put16(out, at + IPV4.CHECKSUM, 0)
  put32(out, at + IPV4.SOURCE, skb.src.d)
  put32(out, at + IPV4.DESTINATION, skb.dst.d)
  if (options !== null) out.set(options, at + 20)
  put16(out, at + IPV4.CHECKSUM, checksum(out, at, at + headerLength))
  return headerLength
}
