/**
 * 128-bit arithmetic for the transcendental functions. R holds numbers of 128 significant bits; fractions are pairs of
 * words whose scale is said where they are used.
 */
import { mulHigh, normalizeR, R } from './softfloat'

/** A 128-bit fraction: the result of the functions below. */
export class W {
  static hi: u64 = 0
  static lo: u64 = 0
}

/** W = the upper 128 bits of a * b, at most 3 units too low. */
export function mulWide(ah: u64, al: u64, bh: u64, bl: u64): void {
  const low = mulHigh(ah, bl)
  const mid = low + mulHigh(al, bh)
  const main = ah * bh
  const sum = main + mid
  W.hi = mulHigh(ah, bh) + <u64>(mid < low) + <u64>(sum < main)
  W.lo = sum
}

/** W = n / d as a fraction of 2^128; n < d. */
export function divFraction(nh: u64, nl: u64, dh: u64, dl: u64): void {
  let qh: u64 = 0, ql: u64 = 0
  for (let i = 0; i < 128; i++) {
    const carry = nh >> 63
    nh = nh << 1 | nl >> 63
    nl <<= 1
    qh = qh << 1 | ql >> 63
    ql <<= 1
    if (carry || nh > dh || (nh == dh && nl >= dl)) {
      nh -= dh + <u64>(nl < dl)
      nl -= dl
      ql |= 1
    }
  }
  W.hi = qh
  W.lo = ql
}

/** R *= b * 2^exp, where b is a normalized fraction of 2^127 (its top bit counts 1). R's sign and kind stay. */
export function mulR(bh: u64, bl: u64, exp: i32): void {
  mulWide(R.sig, R.low, bh, bl)
  R.exp += exp + 1
  normalizeR(W.hi, W.lo)
}

/** R /= d * 2^exp, where d is a normalized fraction of 2^127. */
export function divR(dh: u64, dl: u64, exp: i32): void {
  let nh = R.sig, nl = R.low
  R.exp -= exp
  if (nh > dh || (nh == dh && nl >= dl)) {
    nl = nl >> 1 | nh << 63
    nh >>= 1
    R.exp++
  }
  divFraction(nh, nl, dh, dl)
  R.exp--
  normalizeR(W.hi, W.lo)
}

/** W = R as a fraction of 2^(128-shift): R's value must be less than 2^shift and shift-R.exp at least 1. */
export function toFraction(shift: i32): void {
  const n = <u32>(shift - 1 - R.exp)
  if (n >= 128) {
    W.hi = 0
    W.lo = 0
  } else if (n >= 64) {
    W.hi = 0
    W.lo = R.sig >> <u64>(n - 64)
  } else if (n) {
    W.hi = R.sig >> <u64>n
    W.lo = R.low >> <u64>n | R.sig << <u64>(64 - n)
  } else {
    W.hi = R.sig
    W.lo = R.low
  }
}

/** R = hi:lo as a fraction of 2^(128-shift), nonnegative. */
export function fromFraction(hi: u64, lo: u64, shift: i32): void {
  R.exp = shift - 1
  normalizeR(hi, lo)
}

/**
 * W = c0 - z*(c1 - z*(c2 - ...)), or with plus signs, by Horner's rule; z is a fraction of 2^128, `table` holds `count`
 * coefficients as fractions of 2^127, low word first.
 */
export function polynomial(zh: u64, zl: u64, table: usize, count: i32, alternate: bool): void {
  let at = table + (<usize>(count - 1) << 4)
  let h = load<u64>(at, 8), l = load<u64>(at)
  while (at > table) {
    at -= 16
    mulWide(zh, zl, h, l)
    const ch = load<u64>(at, 8), cl = load<u64>(at)
    if (alternate) {
      h = ch - W.hi - <u64>(cl < W.lo)
      l = cl - W.lo
    } else {
      l = cl + W.lo
      h = ch + W.hi + <u64>(l < cl)
    }
  }
  W.hi = h
  W.lo = l
}

/** W = R * R as a fraction of 2^128; R is less than 1. */
export function squareFraction(): void {
  toFraction(0)
  mulWide(W.hi, W.lo, W.hi, W.lo)
}
