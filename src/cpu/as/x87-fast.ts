/**
 * Short ways for what programs do most: normal numbers, 64 bits of precision, rounding to nearest, PE masked (FCW as
 * Linux starts it, 37f) and a result that is normal, too. They give the same results as the general code, which takes
 * whatever they decline.
 */
import { Div, divWide, MSB, mulHigh } from './softfloat'
import { C1, X } from './x87-state'

/** FCW's RC, PC and PM, and what they must be. */
const CONTROL: u32 = 0xf20
const USUAL: u32 = 0x320
const PE: u32 = 0x20

// @ts-ignore: decorator
@inline
function isNormal(sig: u64, se: u32): bool {
  return (se & 0x7fff) - 1 < 0x7ffe && sig >> 63 != 0
}

/** The other operand of {@link fastArith}. */
export class Other {
  static sig: u64 = 0
  static se: u32 = 0
}

/** Whether the rounding and precision of FCW allow the short ways. */
// @ts-ignore: decorator
@inline
export function usual(): bool {
  return (<u32>load<u16>(X.fpu) & CONTROL) == USUAL
}

/** Sets Other to a normal number in memory, form as in loadMemory; false when it is none. */
export function fastOperand(form: u32, ptr: usize): bool {
  if (form == 2) {
    const bits = load<u64>(ptr)
    const e = <u32>(bits >> 52) & 0x7ff
    Other.sig = bits << 11 | MSB
    Other.se = <u32>(bits >> 63) << 15 | e + 15360
    return e - 1 < 0x7fe
  }
  if (form == 0) {
    const bits = load<u32>(ptr)
    const e = bits >> 23 & 0xff
    Other.sig = <u64>bits << 40 | MSB
    Other.se = bits >> 31 << 15 | e + 16256
    return e - 1 < 0xfe
  }
  const value = form == 1 ? <i64>load<i32>(ptr) : <i64>load<i16>(ptr)
  const magnitude = value < 0 ? 0 - <u64>value : <u64>value
  const z = clz(magnitude)
  Other.sig = magnitude << z
  Other.se = <u32>(<u64>value >> 63) << 15 | 16446 - <u32>z
  return value != 0
}

/** The register at `dst` = itself op Other (op as in arithMemory). False: nothing was done. */
export function fastArith(op: u32, dst: usize): bool {
  let aSig = load<u64>(dst), aSe = <u32>load<u16>(dst, 8)
  let bSig = Other.sig, bSe = Other.se
  if (!isNormal(aSig, aSe) || !isNormal(bSig, bSe)) return false
  if (op == 5 || op == 7) {
    const sig = aSig, se = aSe
    aSig = bSig
    aSe = bSe
    bSig = sig
    bSe = se
  }
  let exp = <i32>(aSe & 0x7fff)
  const bExp = <i32>(bSe & 0x7fff)
  let sign = (aSe ^ bSe) >> 15
  let hi: u64, lo: u64
  if (op == 1) {
    hi = mulHigh(aSig, bSig)
    lo = aSig * bSig
    exp += bExp - 16382
    if (!(hi >> 63)) {
      hi = hi << 1 | lo >> 63
      lo <<= 1
      exp--
    }
  } else if (op >= 6) {
    const less = aSig < bSig
    hi = divWide(less ? aSig : aSig >> 1, less ? 0 : aSig << 63, bSig)
    exp += 16383 - bExp - <i32>less
    const rem = Div.rem
    lo = rem == 0 ? 0 : rem > bSig - rem ? MSB | 1 : rem == bSig - rem ? MSB : 1
  } else {
    const same = sign == <u32>(op >= 4)
    sign = aSe >> 15
    let d = exp - bExp
    if (d < 0 || (d == 0 && aSig < bSig)) {
      const sig = aSig
      aSig = bSig
      bSig = sig
      d = -d
      exp = bExp
      sign = bSe >> 15 ^ <u32>(op >= 4)
    }
    if (d >= 64) {
      if (d >= 128) lo = 1
      else lo = d == 64 ? bSig : bSig >> <u64>(d - 64) | <u64>(bSig << <u64>(128 - d) != 0)
      bSig = 0
    } else if (d) {
      lo = bSig << <u64>(64 - d)
      bSig >>= <u64>d
    } else lo = 0
    if (same) {
      hi = aSig + bSig
      if (hi < aSig) {
        lo = lo >> 1 | lo & 1 | hi << 63
        hi = hi >> 1 | MSB
        exp++
      }
    } else {
      hi = aSig - bSig - <u64>(lo != 0)
      lo = 0 - lo
      if (hi == 0) return false
      const z = clz(hi)
      if (z) {
        hi = hi << z | lo >> (64 - z)
        lo <<= z
        exp -= <i32>z
      }
    }
  }
  let flags: u32 = 0
  if (lo) {
    flags = PE
    if (lo > MSB || (lo == MSB && hi & 1)) {
      flags = PE | C1
      if (++hi == 0) {
        hi = MSB
        exp++
      }
    }
  }
  if (<u32>(exp - 1) >= 0x7ffe) return false
  store<u64>(dst, hi)
  store<u16>(dst, sign << 15 | <u32>exp, 8)
  store<u16>(X.fpu, <u32>load<u16>(X.fpu, 2) & ~C1 | flags, 2)
  return true
}

/** The number at `from` as a double at `ptr`. False: nothing was done. */
export function fastStoreDouble(from: usize, ptr: usize): bool {
  const sig = load<u64>(from)
  const se = <u32>load<u16>(from, 8)
  const sign = <u64>(se >> 15) << 63
  if (sig == 0 && (se & 0x7fff) == 0) {
    store<u64>(ptr, sign)
    return true
  }
  const e = (se & 0x7fff) - 15360
  if (e - 1 >= 0x7fd || !(sig >> 63)) return false // 7fe is left out: it may overflow
  const rest = sig & 0x7ff
  const kept = sig >> 11
  let flags: u32 = 0
  let up: u64 = 0
  if (rest) {
    flags = PE
    if (rest > 0x400 || (rest == 0x400 && kept & 1)) {
      up = 1
      flags = PE | C1
    }
  }
  // a carry out of the fraction moves to the exponent
  store<u64>(ptr, sign | (<u64>e - 1 << 52) + kept + up)
  store<u16>(X.fpu, <u32>load<u16>(X.fpu, 2) & ~C1 | flags, 2)
  return true
}
