import type { IpAddress } from '../address.js'

const wordSum = (word: number): number => (word >>> 16) + (word & 0xffff)

/** The sum of the pseudo header that transport checksums cover: RFC 9293 section 3.1 for IPv4, RFC 8200 section 8.1 for IPv6. */
export function pseudoHeaderSum(family: 4 | 6, src: IpAddress, dst: IpAddress, protocol: number, length: number): number {
  let sum = wordSum(src.d) + wordSum(dst.d) + protocol + wordSum(length)
  if (family === 6) sum += wordSum(src.a) + wordSum(src.b) + wordSum(src.c) + wordSum(dst.a) + wordSum(dst.b) + wordSum(dst.c)
  return sum
}
