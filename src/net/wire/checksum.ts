/** The checksum of the Internet (RFC 1071): ones' complement sums of 16-bit words in network order, kept unfolded in a number. */

/** Adds bytes `from` to `to` to `sum`; an odd last byte counts as the upper half of a word. Follow-up pieces must begin at even places. */
export function checksumAdd(bytes: Uint8Array, from: number, to: number, sum: number): number {
  let a = 0, b = 0, i = from
  const quads = from + ((to - from) & ~7)
  // four independent loads at once; a and b stay below 2^31 for packets of up to 64 KiB
  for (; i < quads; i += 8) {
    a += (bytes[i]! << 8) + bytes[i + 1]! + (bytes[i + 2]! << 8) + bytes[i + 3]!
    b += (bytes[i + 4]! << 8) + bytes[i + 5]! + (bytes[i + 6]! << 8) + bytes[i + 7]!
  }
  for (; i + 1 < to; i += 2) a += (bytes[i]! << 8) + bytes[i + 1]!
  if (i < to) a += bytes[i]! << 8
  return sum + a + b
}

/** The checksum field of an unfolded sum: folded to 16 bits and complemented. */
export function checksumFinish(sum: number): number {
  let folded = (sum % 0x10000) + Math.floor(sum / 0x10000)
  folded = (folded & 0xffff) + (folded >>> 16)
  folded = (folded & 0xffff) + (folded >>> 16)
  return ~folded & 0xffff
}

/** The checksum of bytes `from` to `to`. Over a packet that holds its checksum it is 0. */
export function checksum(bytes: Uint8Array, from: number, to: number): number {
  return checksumFinish(checksumAdd(bytes, from, to, 0))
}
