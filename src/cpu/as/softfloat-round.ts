/** Rounding and packing of R, and conversions between integers and unpacked numbers. */
import { A, CHOP, DOWN, Env, FINITE, IE, INDEFINITE, INF, MSB, NEAREST, OE, PE, QNAN, QUIET, R, SNAN, UE, UP, ZERO } from './softfloat'

/** What x87 adds to or takes from the exponent of an unmasked underflow or overflow (Intel SDM volume 1, 8.5.4 and 8.5.5). */
const WRAP: i32 = 24576

/** Shifts R right by n > 0, the bits lost staying visible in the last bit of `low`. */
export function shiftRightR(n: u32): void {
  if (n >= 128) {
    R.low = <u64>((R.sig | R.low) != 0)
    R.sig = 0
  } else if (n >= 64) {
    const m = n - 64
    const lost = R.low != 0 || (m != 0 && R.sig << (64 - m) != 0)
    R.low = R.sig >> m | <u64>lost
    R.sig = 0
  } else {
    const lost = R.low << (64 - n) != 0
    R.low = R.low >> n | R.sig << (64 - n) | <u64>lost
    R.sig >>= n
  }
}

/**
 * Rounds R.sig:R.low to the upper `prec` bits of the 64, as Env.rc says; a carry out moves to the next exponent.
 * Sets Env.up. Returns whether the result is inexact.
 */
export function roundBits(prec: i32): bool {
  const unit: u64 = 1 << <u64>(64 - prec)
  const rem = R.sig & (unit - 1)
  const low = R.low
  Env.up = false
  R.low = 0
  if ((rem | low) == 0) return false
  const rc = Env.rc
  let up: bool
  if (rc == NEAREST) {
    const half = unit >> 1
    const odd = (R.sig & unit) != 0
    if (half == 0) up = low > MSB || (low == MSB && odd)
    else up = rem > half || (rem == half && (low != 0 || odd))
  } else {
    up = rc != CHOP && (rc == DOWN) == (R.sign != 0)
  }
  R.sig -= rem
  if (up) {
    R.sig += unit
    Env.up = true
    if (R.sig == 0) {
      R.sig = MSB
      R.exp++
    }
  }
  return true
}

/** Whether R, whose exponent is one below the smallest normal one, reaches that one when rounded with unlimited range. */
function roundsToNormal(prec: i32): bool {
  const sig = R.sig, low = R.low, exp = R.exp
  roundBits(prec)
  const reached = R.exp > exp
  R.sig = sig
  R.low = low
  R.exp = exp
  return reached
}

/**
 * Rounds R to a format: `prec` bits, exponents emin..emax. Raises OE, UE and PE in Env.post.
 * Tininess is detected after rounding, as x86 does. `wrap`: an unmasked overflow or underflow delivers the number
 * with its exponent wrapped, which x87 does for results in registers; elsewhere nothing is delivered.
 */
export function roundR(prec: i32, emin: i32, emax: i32, wrap: bool): void {
  Env.up = false
  if (R.kind != FINITE) return
  if (R.exp < emin) {
    const tiny = R.exp < emin - 1 || !roundsToNormal(prec)
    if (tiny && !(Env.masks & UE)) {
      Env.post |= UE
      if (wrap && R.exp < emin - WRAP) { // FSCALE alone gets here (Zen 3: zero, whatever the rounding)
        Env.post |= PE
        R.kind = ZERO
        return
      }
      if (wrap) R.exp += WRAP
      if (roundBits(prec)) Env.post |= PE
      return
    }
    if (tiny && Env.ftz) { // applies only while underflow is masked
      Env.post |= UE | PE
      R.kind = ZERO
      return
    }
    shiftRightR(<u32>(emin - R.exp))
    R.exp = emin
    if (roundBits(prec)) Env.post |= tiny ? UE | PE : PE
    if (R.sig == 0) R.kind = ZERO
    return
  }
  const inexact = roundBits(prec)
  if (R.exp <= emax) {
    if (inexact) Env.post |= PE
    return
  }
  if (!(Env.masks & OE)) {
    Env.post |= inexact ? OE | PE : OE
    if (wrap && R.exp > emax + WRAP) {
      Env.post |= PE
      R.kind = INF
      Env.up = true
    } else if (wrap) R.exp -= WRAP
    return
  }
  Env.post |= OE | PE
  const rc = Env.rc
  if (rc == NEAREST || (rc != CHOP && (rc == DOWN) == (R.sign != 0))) {
    R.kind = INF
    Env.up = true
  } else {
    R.exp = emax
    R.sig = ~((<u64>1 << <u64>(64 - prec)) - 1)
    Env.up = false
  }
}

/** The sign-and-exponent word of R as a double extended; its significand is {@link sigX80}. R is rounded. */
export function seX80(): u32 {
  const sign = R.sign << 15
  if (R.kind == ZERO) return sign
  if (R.kind != FINITE) return sign | 0x7fff
  return R.sig >> 63 ? sign | <u32>(R.exp + 16383) : sign
}

/** The significand of R as a double extended. */
export function sigX80(): u64 {
  if (R.kind == ZERO) return 0
  return R.kind == INF ? MSB : R.sig
}

/** R as a double, rounded before by roundR(53, -1022, 1023). */
export function packF64(): u64 {
  const sign = <u64>R.sign << 63
  if (R.kind == ZERO) return sign
  if (R.kind == INF) return sign | 0x7ff0000000000000
  const frac = R.sig << 1 >> 12
  if (R.kind != FINITE) return sign | 0x7ff0000000000000 | frac
  return R.sig >> 63 ? sign | <u64>(R.exp + 1023) << 52 | frac : sign | frac
}

/** R as a single, rounded before by roundR(24, -126, 127). */
export function packF32(): u32 {
  const sign = R.sign << 31
  if (R.kind == ZERO) return sign
  if (R.kind == INF) return sign | 0x7f800000
  const frac = <u32>(R.sig << 1 >> 41)
  if (R.kind != FINITE) return sign | 0x7f800000 | frac
  return R.sig >> 63 ? sign | <u32>(R.exp + 127) << 23 | frac : sign | frac
}

/** Sets R to the NaN in A, quieted; a signaling one raises IE. */
export function quietA(): void {
  if (A.kind == SNAN) Env.pre |= IE
  R.kind = QNAN
  R.sign = A.sign
  R.sig = A.sig | QUIET
  R.low = 0
}

/** Sets R to (-1)^sign * magnitude. */
export function fromInt(sign: u32, magnitude: u64): void {
  R.sign = sign
  R.low = 0
  if (magnitude == 0) {
    R.kind = ZERO
    R.sig = 0
    return
  }
  const z = clz(magnitude)
  R.kind = FINITE
  R.sig = magnitude << z
  R.exp = 63 - <i32>z
}

/** Sets A to a signed integer. */
export function intToA(value: i64): void {
  const sign = <u32>(<u64>value >> 63)
  fromInt(sign, sign ? 0 - <u64>value : <u64>value)
  A.kind = R.kind
  A.sign = sign
  A.sig = R.sig
  A.exp = R.exp
  A.tiny = false
}

/**
 * Rounds A, finite or zero, to an integer by Env.rc and returns its two's complement. Outside `bits` bits, for an
 * infinity and for a NaN: raises IE and returns the smallest integer ("integer indefinite"). Raises PE, sets Env.up.
 */
export function toInt(bits: i32): i64 {
  const indefinite: i64 = -1 << <i64>(bits - 1)
  Env.up = false
  if (A.kind == ZERO) return 0
  if (A.kind != FINITE || A.exp > 63) {
    Env.pre |= IE
    return indefinite
  }
  R.sign = A.sign
  R.sig = A.sig
  R.low = 0
  R.exp = 0
  if (A.exp < 63) shiftRightR(<u32>(63 - A.exp))
  const inexact = roundBits(64)
  const limit: u64 = 1 << <u64>(bits - 1)
  if (R.exp != 0 || R.sig > limit || (R.sig == limit && !A.sign)) {
    Env.pre |= IE
    Env.up = false
    return indefinite
  }
  if (inexact) Env.post |= PE
  return A.sign ? 0 - <i64>R.sig : <i64>R.sig
}

/** R = A, finite or zero, rounded to an integral value by Env.rc. Raises PE, sets Env.up. */
export function roundToIntegral(): void {
  Env.up = false
  R.kind = A.kind
  R.sign = A.sign
  R.sig = A.sig
  R.exp = A.exp
  R.low = 0
  if (A.kind != FINITE || A.exp >= 63) return
  shiftRightR(<u32>(63 - A.exp))
  R.exp = 63
  if (roundBits(64)) Env.post |= PE
  if (R.sig == 0) {
    R.kind = ZERO
    return
  }
  const z = clz(R.sig)
  R.sig <<= z
  R.exp -= <i32>z
}
