/**
 * Sequence numbers are signed 32-bit integers (`x | 0`), which V8 keeps without allocation; only their differences mean
 * something. RFC 9293 section 3.4; Linux: before, after, between.
 */
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0
/** a > b */
export const after = (a: number, b: number): boolean => ((a - b) | 0) > 0
/** low <= x <= high */
export const between = (x: number, low: number, high: number): boolean => (high - low) >>> 0 >= (x - low) >>> 0
/** The later of two. */
export const seqMax = (a: number, b: number): number => (((a - b) | 0) > 0 ? a : b)
