/**
 * Software floating point shared by x87 and SSE: numbers are unpacked into operands A and B, an operation leaves its
 * exact result in R (64 bits of significand, 64 below with the last one sticky), and rounding packs R for a format.
 * One core serves all formats, because every result is exact before its only rounding.
 *
 * Static fields are wasm globals: nothing is allocated.
 */

/** Kinds of an unpacked number. `INVALID` is an x87 encoding that no operation yields (unnormal, pseudo-NaN, pseudo-infinity). */
export const ZERO: i32 = 0
export const FINITE: i32 = 1
export const INF: i32 = 2
export const QNAN: i32 = 3
export const SNAN: i32 = 4
export const INVALID: i32 = 5

/** Exception flags, at their positions in FSW and MXCSR; SF is x87's stack fault. */
export const IE: u32 = 1
export const DE: u32 = 2
export const ZE: u32 = 4
export const OE: u32 = 8
export const UE: u32 = 16
export const PE: u32 = 32
export const SF: u32 = 64

/** Rounding controls, as in FCW.RC and MXCSR.RC. */
export const NEAREST: u32 = 0
export const DOWN: u32 = 1
export const UP: u32 = 2
export const CHOP: u32 = 3

/** Top bit of a significand. */
export const MSB: u64 = 0x8000000000000000
/** Quiet bit of a NaN in 64-bit significand form. */
export const QUIET: u64 = 0x4000000000000000
/** Significand of the default ("real indefinite") NaN. */
export const INDEFINITE: u64 = 0xc000000000000000

/** First operand: (-1)^sign * sig * 2^(exp-63); `sig` has its top bit set when FINITE and is the payload of a NaN. */
export class A {
  static kind: i32 = 0
  static sign: u32 = 0
  static exp: i32 = 0
  static sig: u64 = 0
  /** Whether it was encoded as a denormal. */
  static tiny: bool = false
}

/** Second operand; see {@link A}. */
export class B {
  static kind: i32 = 0
  static sign: u32 = 0
  static exp: i32 = 0
  static sig: u64 = 0
  static tiny: bool = false
}

/** Result: (-1)^sign * (sig + low/2^64) * 2^(exp-63). After {@link roundR} `low` is 0, and a denormal's `sig` has its top bit clear. */
export class R {
  static kind: i32 = 0
  static sign: u32 = 0
  static exp: i32 = 0
  static sig: u64 = 0
  static low: u64 = 0
}

/** Environment of the operation that runs. */
export class Env {
  /** Rounding control. */
  static rc: u32 = 0
  /** Exceptions that are masked, as flags. */
  static masks: u32 = 0
  /** Flags raised before computing (IE, DE, ZE). */
  static pre: u32 = 0
  /** Flags raised by rounding (OE, UE, PE). */
  static post: u32 = 0
  /** Whether the last rounding went away from zero: x87's C1. */
  static up: bool = false
  /** MXCSR.DAZ and FTZ; false for x87. */
  static daz: bool = false
  static ftz: bool = false
}

/** Moves A to B. */
export function aToB(): void {
  B.kind = A.kind
  B.sign = A.sign
  B.exp = A.exp
  B.sig = A.sig
  B.tiny = A.tiny
}

/** Exchanges A and B. */
export function swapAB(): void {
  const kind = A.kind, sign = A.sign, exp = A.exp, sig = A.sig, tiny = A.tiny
  A.kind = B.kind
  A.sign = B.sign
  A.exp = B.exp
  A.sig = B.sig
  A.tiny = B.tiny
  B.kind = kind
  B.sign = sign
  B.exp = exp
  B.sig = sig
  B.tiny = tiny
}

/** Moves A to R, unrounded. */
export function aToR(): void {
  R.kind = A.kind
  R.sign = A.sign
  R.exp = A.exp
  R.sig = A.sig
  R.low = 0
}

/** Unpacks a double extended from its significand and its sign-and-exponent word into A. */
export function unpackX80(sig: u64, se: u32): void {
  const e = se & 0x7fff
  A.sign = se >> 15
  A.sig = sig
  A.tiny = false
  if (e == 0) {
    if (sig == 0) {
      A.kind = ZERO
      return
    }
    const z = clz(sig) // 0 for a pseudo-denormal, which has the value of exponent 1
    A.kind = FINITE
    A.tiny = true
    A.sig = sig << z
    A.exp = -16382 - <i32>z
    return
  }
  if (!(sig >> 63)) {
    A.kind = INVALID
    return
  }
  A.exp = <i32>e - 16383
  if (e != 0x7fff) A.kind = FINITE
  else if (sig == MSB) A.kind = INF
  else A.kind = sig & QUIET ? QNAN : SNAN
}

/** Unpacks a double into A. */
export function unpackF64(bits: u64): void {
  const e = <u32>(bits >> 52) & 0x7ff
  const frac = bits << 12 >> 1
  A.sign = <u32>(bits >> 63)
  A.tiny = false
  if (e == 0) unpackSubnormal(frac, -1022)
  else unpackNormal(frac, <i32>e - 1023, e == 0x7ff)
}

/** Unpacks a single into A. */
export function unpackF32(bits: u32): void {
  const e = bits >> 23 & 0xff
  const frac = <u64>(bits & 0x7fffff) << 40
  A.sign = bits >> 31
  A.tiny = false
  if (e == 0) unpackSubnormal(frac, -126)
  else unpackNormal(frac, <i32>e - 127, e == 0xff)
}

function unpackSubnormal(frac: u64, emin: i32): void {
  if (frac == 0 || Env.daz) {
    A.kind = ZERO
    return
  }
  const z = clz(frac)
  A.kind = FINITE
  A.tiny = true
  A.sig = frac << z
  A.exp = emin - <i32>z
}

function unpackNormal(frac: u64, exp: i32, special: bool): void {
  A.sig = frac | MSB
  A.exp = exp
  if (!special) A.kind = FINITE
  else if (frac == 0) A.kind = INF
  else A.kind = frac & QUIET ? QNAN : SNAN
}

/** Sets R to the default NaN and raises IE. */
export function invalid(): void {
  Env.pre |= IE
  R.kind = QNAN
  R.sign = 1
  R.sig = INDEFINITE
  R.low = 0
}

/** R = A + B, or A - B; neither is a NaN. */
export function addAB(subtract: bool): void {
  const bSign = B.sign ^ <u32>subtract
  R.low = 0
  if (A.kind == INF) {
    if (B.kind == INF && A.sign != bSign) {
      invalid()
      return
    }
    aToR()
    return
  }
  if (B.kind == ZERO && A.kind == ZERO) {
    R.kind = ZERO
    R.sign = A.sign == bSign ? bSign : <u32>(Env.rc == DOWN)
    return
  }
  if (B.kind == ZERO) {
    aToR()
    return
  }
  if (B.kind == INF || A.kind == ZERO) {
    R.kind = B.kind
    R.sign = bSign
    R.exp = B.exp
    R.sig = B.sig
    return
  }
  R.kind = FINITE
  // x is the operand with the larger magnitude
  const swap = B.exp > A.exp || (B.exp == A.exp && B.sig > A.sig)
  const xSig = swap ? B.sig : A.sig
  const ySig = swap ? A.sig : B.sig
  const exp = swap ? B.exp : A.exp
  const d = <u32>(swap ? B.exp - A.exp : A.exp - B.exp)
  let hi = ySig
  let lo: u64 = 0
  if (d >= 128) {
    hi = 0
    lo = 1
  } else if (d >= 64) {
    lo = hi >> (d - 64) | <u64>(d > 64 && hi << (128 - d) != 0)
    hi = 0
  } else if (d > 0) {
    lo = hi << (64 - d)
    hi >>= d
  }
  R.sign = swap ? bSign : A.sign
  R.exp = exp
  if (A.sign == bSign) {
    const s = xSig + hi
    if (s < xSig) {
      R.low = lo >> 1 | lo & 1 | s << 63
      R.sig = s >> 1 | MSB
      R.exp = exp + 1
    } else {
      R.sig = s
      R.low = lo
    }
    return
  }
  const low: u64 = 0 - lo
  const sig = xSig - hi - <u64>(lo != 0)
  normalizeR(sig, low)
  if (R.kind == ZERO) R.sign = <u32>(Env.rc == DOWN)
}

/** Sets R's significand to sig:low shifted so that the top bit is set, adjusting R.exp; R is ZERO when all bits are. */
export function normalizeR(sig: u64, low: u64): void {
  if (sig == 0) {
    if (low == 0) {
      R.kind = ZERO
      R.sig = 0
      R.low = 0
      return
    }
    const z = clz(low)
    R.sig = low << z
    R.low = 0
    R.exp -= 64 + <i32>z
    return
  }
  const z = clz(sig)
  R.exp -= <i32>z
  if (z) {
    R.sig = sig << z | low >> (64 - z)
    R.low = low << z
  } else {
    R.sig = sig
    R.low = low
  }
}

/** High 64 bits of a 64 by 64 bit product. */
export function mulHigh(a: u64, b: u64): u64 {
  const al = a & 0xffffffff
  const ah = a >> 32
  const bl = b & 0xffffffff
  const bh = b >> 32
  const ll = al * bl
  const m1 = ah * bl + (ll >> 32)
  const m2 = al * bh + (m1 & 0xffffffff)
  return ah * bh + (m1 >> 32) + (m2 >> 32)
}

/** R = A * B; neither is a NaN. */
export function mulAB(): void {
  R.sign = A.sign ^ B.sign
  R.low = 0
  if (A.kind == INF || B.kind == INF) {
    if (A.kind == ZERO || B.kind == ZERO) {
      invalid()
      return
    }
    R.kind = INF
    return
  }
  if (A.kind == ZERO || B.kind == ZERO) {
    R.kind = ZERO
    return
  }
  R.kind = FINITE
  const hi = mulHigh(A.sig, B.sig)
  const lo = A.sig * B.sig
  if (hi >> 63) {
    R.sig = hi
    R.low = lo
    R.exp = A.exp + B.exp + 1
  } else {
    R.sig = hi << 1 | lo >> 63
    R.low = lo << 1
    R.exp = A.exp + B.exp
  }
}

/** Remainder of the last {@link divWide}. */
export class Div {
  static rem: u64 = 0
}

/** Quotient of the 128-bit hi:lo by d, where d has its top bit set and hi < d (Knuth, algorithm D, base 2^32). */
export function divWide(hi: u64, lo: u64, d: u64): u64 {
  const dh = d >> 32
  const dl = d & 0xffffffff
  let q1 = hi / dh
  let r = hi - q1 * dh
  while (q1 >> 32 || q1 * dl > (r << 32 | lo >> 32)) {
    q1--
    r += dh
    if (r >> 32) break
  }
  const mid = (hi << 32 | lo >> 32) - q1 * d
  let q0 = mid / dh
  r = mid - q0 * dh
  while (q0 >> 32 || q0 * dl > (r << 32 | lo & 0xffffffff)) {
    q0--
    r += dh
    if (r >> 32) break
  }
  Div.rem = (mid << 32 | lo & 0xffffffff) - q0 * d
  return q1 << 32 | q0
}

/** R = A / B; neither is a NaN. Raises ZE for a finite number over zero. */
export function divAB(): void {
  R.sign = A.sign ^ B.sign
  R.low = 0
  if (A.kind == INF) {
    if (B.kind == INF) invalid()
    else R.kind = INF
    return
  }
  if (B.kind == INF) {
    R.kind = ZERO
    return
  }
  if (B.kind == ZERO) {
    if (A.kind == ZERO) invalid()
    else {
      Env.pre |= ZE
      R.kind = INF
    }
    return
  }
  if (A.kind == ZERO) {
    R.kind = ZERO
    return
  }
  R.kind = FINITE
  const d = B.sig
  if (A.sig < d) {
    R.sig = divWide(A.sig, 0, d)
    R.exp = A.exp - B.exp - 1
  } else {
    R.sig = divWide(A.sig >> 1, A.sig << 63, d)
    R.exp = A.exp - B.exp
  }
  const rem = Div.rem
  if (rem) R.low = rem > d - rem ? MSB | 1 : rem == d - rem ? MSB : 1
}

/** R = square root of A, which is no NaN. */
export function sqrtA(): void {
  R.sign = A.sign
  R.low = 0
  if (A.kind == ZERO) {
    R.kind = ZERO
    return
  }
  if (A.sign) {
    invalid()
    return
  }
  if (A.kind == INF) {
    R.kind = INF
    return
  }
  R.kind = FINITE
  R.exp = A.exp >> 1
  // radicand of 128 bits in [2^126, 2^128), two bits at a time into a remainder that needs 66 bits at most
  let hi = A.exp & 1 ? A.sig : A.sig >> 1
  let lo = A.exp & 1 ? 0 : A.sig << 63
  let q: u64 = 0
  let rem: u64 = 0
  let top: u64 = 0
  for (let i = 0; i < 64; i++) {
    top = rem >> 62
    rem = rem << 2 | hi >> 62
    hi = hi << 2 | lo >> 62
    lo <<= 2
    const t = q << 2 | 1
    const tTop = q >> 62
    q <<= 1
    if (top > tTop || (top == tTop && rem >= t)) {
      top -= tTop + <u64>(rem < t)
      rem -= t
      q |= 1
    }
  }
  R.sig = q
  // the remainder is at most 2q: compare with q to place the result around the half
  if (top | rem) R.low = top || rem > q ? MSB | 1 : 1
}
