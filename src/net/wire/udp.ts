import type { IpAddress } from '../address.js'
import type { SkBuff } from '../skb.js'
import { get16, put16 } from './bytes.js'
import { checksumAdd, checksumFinish } from './checksum.js'
import { pseudoHeaderSum } from './pseudo-header.js'

/** Offsets of the fields of a UDP header. RFC 768. */
export const UDP_HEADER = { SOURCE: 0, DESTINATION: 2, LENGTH: 4, CHECKSUM: 6, DATA: 8 } as const

/**
 * Parses the UDP header at the start of the payload into ports, and cuts the payload to UDP's length; `start` stays at
 * the header.
 *
 * @returns '' or Linux's drop reason
 */
export function parseUdp(skb: SkBuff): '' | 'PKT_TOO_SMALL' | 'UDP_CSUM' {
  const { buffer, start, end } = skb
  if (end - start < 8) return 'PKT_TOO_SMALL'
  let length = get16(buffer, start + UDP_HEADER.LENGTH)
  if (length === 0 && skb.family === 6) length = end - start
  if (length < 8 || length > end - start) return 'PKT_TOO_SMALL'
  skb.end = start + length
  skb.sport = get16(buffer, start)
  skb.dport = get16(buffer, start + UDP_HEADER.DESTINATION)
  if (get16(buffer, start + UDP_HEADER.CHECKSUM) === 0) return skb.family === 6 ? 'UDP_CSUM' : ''
  const sum = pseudoHeaderSum(skb.family, skb.src, skb.dst, skb.protocol, length)
  return checksumFinish(checksumAdd(buffer, start, skb.end, sum)) === 0 ? '' : 'UDP_CSUM'
}

/** Writes the header of a datagram at `at`, `length` bytes with the header, whose data is already behind it. */
export function emitUdp(
  out: Uint8Array, at: number, length: number, family: 4 | 6, src: IpAddress, dst: IpAddress, sport: number, dport: number, withChecksum: boolean,
): void {
  put16(out, at, sport)
  put16(out, at + UDP_HEADER.DESTINATION, dport)
  put16(out, at + UDP_HEADER.LENGTH, length)
  put16(out, at + UDP_HEADER.CHECKSUM, 0)
  if (!withChecksum) return
  const sum = checksumFinish(checksumAdd(out, at, at + length, pseudoHeaderSum(family, src, dst, 17, length)))
  put16(out, at + UDP_HEADER.CHECKSUM, sum === 0 ? 0xffff : sum)
}
