import type { IpAddress } from '../address.js'
import type { SkBuff } from '../skb.js'
import { get16, put16, put32 } from './bytes.js'
import { checksumAdd, checksumFinish } from './checksum.js'
import { pseudoHeaderSum } from './pseudo-header.js'

/** An ICMP or ICMPv6 message of `payload`: type, code, the four bytes behind the checksum, data; the checksum is left 0. */
export function emitIcmp(type: number, code: number, rest: number, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(8 + data.length)
  out[0] = type
  out[1] = code
  put32(out, 4, rest)
  out.set(data, 8)
  return out
}

/** Fills in the checksum of a message: ICMPv6's covers a pseudo header, ICMP's does not. RFC 792, RFC 4443 section 2.3. */
export function sumIcmp(message: Uint8Array, family: 4 | 6, src: IpAddress, dst: IpAddress): void {
  put16(message, 2, 0)
  const initial = family === 6 ? pseudoHeaderSum(6, src, dst, 58, message.length) : 0
  put16(message, 2, checksumFinish(checksumAdd(message, 0, message.length, initial)))
}

/** Is the packet's ICMP or ICMPv6 message whole and its checksum right? */
export function icmpIsValid(skb: SkBuff): boolean {
  const length = skb.end - skb.start
  if (length < 8) return false
  const initial = skb.family === 6 ? pseudoHeaderSum(6, skb.src, skb.dst, 58, length) : 0
  return checksumFinish(checksumAdd(skb.buffer, skb.start, skb.end, initial)) === 0
}

/** Offset of the transport header in a quoted packet at `at`, and its protocol and family; null when it is cut off. */
export function quotedTransport(bytes: Uint8Array, at: number, end: number): { family: 4 | 6; protocol: number; at: number } | null {
  if (end - at < 20) return null
  if (bytes[at]! >> 4 === 4) {
    const headerLength = (bytes[at]! & 15) * 4
    if (headerLength < 20 || at + headerLength + 8 > end || (get16(bytes, at + 6) & 0x1fff) !== 0) return null
    return { family: 4, protocol: bytes[at + 9]!, at: at + headerLength }
  }
  if (bytes[at]! >> 4 !== 6 || at + 48 > end) return null
  let next = bytes[at + 6]!, p = at + 40
  while (next === 0 || next === 43 || next === 44 || next === 60 || next === 51) {
    if (p + 8 > end) return null
    if (next === 44 && (get16(bytes, p + 2) & 0xfff8) !== 0) return null
    const length = next === 44 ? 8 : next === 51 ? (bytes[p + 1]! + 2) * 4 : (bytes[p + 1]! + 1) * 8
    next = bytes[p]!
    p += length
  }
  return p + 8 > end ? null : { family: 6, protocol: next, at: p }
}
