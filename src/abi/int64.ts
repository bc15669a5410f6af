/** 64-bit integers as numbers, from 32-bit halves. Exact to 2^53; beyond that they are rounded so that kernels' checks still fail as they should. */

/** A signed number of halves; beyond 2^53 rounded away from zero. Either sign of the halves is taken. */
export function signed64(low: number, high: number): number {
  const h = high | 0
  if (h >= 0x200000) return h * 0x100000000 + Math.ceil((low >>> 0) / 1024) * 1024
  return h * 0x100000000 + (low >>> 0)
}

/** An unsigned number of halves; beyond 2^53 rounded up to a multiple of 2048, so that rounding it up to pages is still right. */
export function unsigned64(low: number, high: number): number {
  const h = high >>> 0
  if (h >= 0x200000) return h * 0x100000000 + Math.ceil((low >>> 0) / 2048) * 2048
  return h * 0x100000000 + (low >>> 0)
}

/**
 * The number that stands for a non-canonical address: 2^48 plus the low 32 bits. It is above every canonical address,
 * keeps its alignment, stays non-canonical when a length is added, and every access to it fails with EFAULT.
 */
export function nonCanonical(low: number): number {
  return 0x1000000000000 + (low >>> 0)
}

/** The canonical number of an address given as halves (bits 47 to 63 equal), or {@link nonCanonical}. */
export function addressFrom(low: number, high: number): number {
  const h = high | 0
  return h >= -0x8000 && h <= 0x7fff ? h * 0x100000000 + (low >>> 0) : nonCanonical(low)
}

/** Low half of a whole number, as `>>> 0` would cut it; right also beyond 2^32 and below 0. */
export function lowHalf(value: number): number {
  return (value % 0x100000000) >>> 0
}

/** High half of a whole number from -2^63 to 2^64, unsigned. */
export function highHalf(value: number): number {
  return Math.floor(value / 0x100000000) >>> 0
}
