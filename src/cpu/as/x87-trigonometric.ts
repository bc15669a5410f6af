/**
 * FSIN, FCOS, FSINCOS, FPTAN. The argument is reduced exactly by pi rounded to 66 bits, as x87 processors do (Intel SDM
 * volume 1, 8.3.8; the same on Zen 3); the rest is computed with 128 bits, so a result is wrong by little more than its
 * one rounding.
 */
import { A, aToR, FINITE, INF, MSB, normalizeR, R } from './softfloat'
import { roundR, seX80, sigX80 } from './softfloat-round'
import { divR, fromFraction, mulR, polynomial, squareFraction, W } from './softfloat-wide'
import { COS, SIN } from './x87-constants'
import {
  C2, deliver, denormals, invalidR, isEmpty, loadSt, nanA, overflow, push, putIndefinite, putR, stops, underflow, X
} from './x87-state'


/** pi/2 of 66 bits, in units of 2^-65. */
const HALF_PI_HI: u64 = 3
const HALF_PI_LO: u64 = 0x243f6a8885a308d3

/** The reduced angle: |A| = quadrant * pi/2 + r, or minus r when `below`; r is kept as a number like R. */
class Angle {
  static quadrant: u32 = 0
  static below: bool = false
  static exp: i32 = 0
  static sig: u64 = 0
  static low: u64 = 0
}

function reduceAngle(): void {
  Angle.quadrant = 0
  Angle.below = false
  Angle.exp = A.exp
  Angle.sig = A.sig
  Angle.low = 0
  if (A.exp < -1) return
  let hi: u64 = 0
  let lo = A.sig
  let q: u32 = 0
  for (let i = A.exp + 2; i > 0; i--) {
    hi = hi << 1 | lo >> 63
    lo <<= 1
    q <<= 1
    if (hi > HALF_PI_HI || (hi == HALF_PI_HI && lo >= HALF_PI_LO)) {
      hi -= HALF_PI_HI + <u64>(lo < HALF_PI_LO)
      lo -= HALF_PI_LO
      q |= 1
    }
  }
  const restLo = HALF_PI_LO - lo
  const restHi = HALF_PI_HI - hi - <u64>(HALF_PI_LO < lo)
  if (hi > restHi || (hi == restHi && lo > restLo)) {
    hi = restHi
    lo = restLo
    q++
    Angle.below = true
  }
  Angle.quadrant = q & 3
  R.exp = 62
  normalizeR(hi, lo)
  Angle.exp = R.exp
  Angle.sig = R.sig
  Angle.low = R.low
}

/** R = sin r or cos r of the reduced angle, positive. */
function series(cosine: bool): void {
  R.kind = FINITE
  R.sign = 0
  R.exp = Angle.exp
  R.sig = Angle.sig
  R.low = Angle.low
  squareFraction()
  polynomial(W.hi, W.lo, cosine ? COS : SIN, cosine ? 15 : 14, true)
  if (W.hi == MSB && W.lo == 0) { // rounded up to 1
    W.hi = MSB - 1
    W.lo = u64.MAX_VALUE
  }
  if (cosine) fromFraction(W.hi, W.lo, 1)
  else mulR(W.hi, W.lo, 0)
}

/** R = sin or cos of A, inexact. */
function ofAngle(cosine: bool): void {
  const q = Angle.quadrant
  series(cosine != ((q & 1) != 0))
  const flip = <u32>Angle.below
  if (cosine) R.sign = q == 0 ? 0 : q == 1 ? flip ^ 1 : q == 2 ? 1 : flip
  else R.sign = A.sign ^ (q == 0 ? flip : q == 1 ? 0 : q == 2 ? flip ^ 1 : 1)
  R.low |= 1
}

function setC2(): void {
  store<u16>(X.fpu, load<u16>(X.fpu, 2) | C2, 2)
}

/** What FSIN, FCOS, FSINCOS and FPTAN have in common before computing: 0 nothing to do, 1 the result is in R and final, 2 a finite angle is reduced. */
function prepare(): i32 {
  store<u16>(X.fpu, load<u16>(X.fpu, 2) & ~C2, 2)
  if (isEmpty(0)) return 0
  loadSt(0)
  if (nanA()) return 1
  if (A.kind == INF) {
    invalidR()
    return 1
  }
  denormals(false)
  if (A.kind == FINITE && A.exp >= 63) {
    setC2()
    return 0
  }
  if (A.kind == FINITE) reduceAngle()
  return 2
}

function one(): void {
  R.kind = FINITE
  R.sign = 0
  R.exp = 0
  R.sig = MSB
  R.low = 0
}

/** R = sin or cos of A: zero is exact. */
function value(cosine: bool): void {
  if (A.kind == FINITE) ofAngle(cosine)
  else if (cosine) one()
  else aToR()
}

function sineOrCosine(cosine: bool): void {
  if (isEmpty(0)) {
    store<u16>(X.fpu, load<u16>(X.fpu, 2) & ~C2, 2)
    if (underflow()) putIndefinite(0)
    return
  }
  const state = prepare()
  if (state == 0) return
  if (state == 2) value(cosine)
  deliver(0, 64)
}

/** FSIN. */
export function sine(): void {
  sineOrCosine(false)
}

/** FCOS. */
export function cosine(): void {
  sineOrCosine(true)
}

/** The stack checks of FSINCOS and FPTAN, which push. Returns whether to go on. */
function roomToPush(): bool {
  if (!isEmpty(0) && isEmpty(7)) return true
  store<u16>(X.fpu, load<u16>(X.fpu, 2) & ~C2, 2)
  if (isEmpty(0) ? underflow() : overflow()) {
    putIndefinite(0)
    push(0xc000000000000000, 0xffff)
  }
  return false
}

/** FSINCOS: ST(0) = sin, then cos is pushed. */
export function sineCosine(): void {
  if (!roomToPush()) return
  const state = prepare()
  if (state == 0) return
  if (state == 1) {
    if (stops()) return
    putR(0)
    push(sigX80(), seX80())
    return
  }
  if (stops()) return
  value(true)
  roundR(64, -16382, 16383, true)
  const sig = sigX80(), se = seX80()
  value(false)
  if (!deliver(0, 64)) return
  push(sig, se)
}

/** FPTAN: ST(0) = tan, then 1 is pushed. */
export function partialTangent(): void {
  if (!roomToPush()) return
  const state = prepare()
  if (state == 0) return
  if (state == 1) {
    if (stops()) return
    putR(0)
    push(sigX80(), seX80())
    return
  }
  if (A.kind != FINITE) aToR()
  else {
    const odd = (Angle.quadrant & 1) != 0
    if (Angle.exp < -60 && !odd) aToR() // a little more than the angle itself
    else {
      series(!odd) // the denominator
      const exp = R.exp, sig = R.sig, low = R.low
      series(odd)
      divR(sig, low, exp)
    }
    R.sign = A.sign ^ <u32>Angle.below ^ <u32>odd
    R.low |= 1
  }
  if (!deliver(0, 64)) return
  push(MSB, 0x3fff)
}
