/** F2XM1, FYL2X, FYL2XP1 and FPATAN, computed with 128 bits and rounded once. */
import { A, aToB, aToR, addAB, B, Env, FINITE, INF, MSB, mulHigh, normalizeR, PE, R, UE, ZE, ZERO } from './softfloat'
import { divR, fromFraction, mulR, polynomial, squareFraction, toFraction, W } from './softfloat-wide'
import { ATAN, EXP, LN2_HI, LN2_LO, LOG2E_HI, LOG2E_LO, ODD, PI_HI, PI_LO } from './x87-constants'
import { deliver, denormals, invalidR, isEmpty, loadSt, nanA, nanAB, pop, putIndefinite, underflow } from './x87-state'

/** The square root of 2, as a fraction of 2^63. */
const SQRT2: u64 = 0xb504f333f9de6484

/** F2XM1: ST(0) = 2^ST(0) - 1 for -1 to 1; elsewhere its result is undefined by the manuals. */
export function exponential(): void {
  if (isEmpty(0)) {
    if (underflow()) putIndefinite(0)
    return
  }
  loadSt(0)
  if (!nanA()) {
    denormals(false)
    aToR()
    if (A.kind == INF && A.sign) setOne(1)
    else if (A.kind == FINITE && A.exp < 0) powerMinusOne()
    else if (A.kind == FINITE && A.exp == 0 && A.sig == MSB) {
      setOne(A.sign)
      if (A.sign) R.exp = -1
      Env.post |= PE // exact, but the processor says not
    } else if (A.kind == FINITE) Env.post |= PE // unchanged (Zen 3)
  }
  deliver(0, 64)
}

function setOne(sign: u32): void {
  R.kind = FINITE
  R.sign = sign
  R.exp = 0
  R.sig = MSB
  R.low = 0
}

/** R = 2^R - 1 for |R| < 1. */
function powerMinusOne(): void {
  mulR(LN2_HI, LN2_LO, -1)
  toFraction(0)
  polynomial(W.hi, W.lo, EXP, 26, R.sign != 0)
  mulR(W.hi, W.lo, 0)
  R.low |= 1
}

/** Starts an instruction with ST(1) in B and ST(0) in A; false when the stack has less. */
function loadTwo(): bool {
  if (isEmpty(0) || isEmpty(1)) {
    if (underflow()) {
      putIndefinite(1)
      pop()
    }
    return false
  }
  loadSt(1)
  aToB()
  loadSt(0)
  return true
}

/** ST(1) = R, then a pop. */
function deliverAndPop(): void {
  if (deliver(1, 64)) pop()
}

/** R = atanh-like series 2/ln2 * (s + s^3/3 + ...) of R = s; |s| is less than 0.18. */
function logarithmSeries(): void {
  squareFraction()
  polynomial(W.hi, W.lo, ODD, 20, false)
  mulR(W.hi, W.lo, 0)
  mulR(LOG2E_HI, LOG2E_LO, 1)
}

/** R = log2 R for finite R > 0. */
function log2R(): void {
  let e = R.exp
  let hi = R.sig, lo = R.low
  let negative: u32 = 0
  if (hi < SQRT2) { // s = (m-1)/(m+1), m in [1, sqrt 2)
    R.exp = 0
    normalizeR(hi - MSB, lo)
    if (R.kind != ZERO) divR((hi >> 1) + (MSB >> 1), lo >> 1 | hi << 63, 1)
  } else { // m in [sqrt 1/2, 1)
    e++
    negative = 1
    R.exp = -1
    normalizeR(0 - hi - <u64>(lo != 0), 0 - lo)
    divR(MSB | hi >> 1, lo >> 1 | hi << 63, 0)
  }
  if (R.kind == ZERO) {
    if (e) integerR(e)
    else R.sign = 0
    return
  }
  logarithmSeries()
  R.sign = negative
  if (e == 0) {
    R.low |= 1
    return
  }
  toFraction(16)
  hi = W.hi
  lo = W.lo
  const whole = <u64>(e < 0 ? -e : e) << 48
  const sign = <u32>(e < 0)
  if (sign == negative) hi += whole
  else {
    hi = whole - hi - <u64>(lo != 0)
    lo = 0 - lo
  }
  fromFraction(hi, lo, 16)
  R.sign = sign
  R.low |= 1
}

function integerR(e: i32): void {
  R.kind = FINITE
  R.sign = <u32>(e < 0)
  R.exp = 63
  normalizeR(<u64>(e < 0 ? -e : e), 0)
}

/** R *= B, a finite number that is not zero; an inexact R stays so. */
function timesB(): void {
  const sticky = R.low & 1
  R.sign ^= B.sign
  mulR(B.sig, 0, B.exp)
  R.low |= sticky
}

/** FYL2X: ST(1) = ST(1) * log2 ST(0), then a pop. */
export function logarithm(): void {
  if (!loadTwo()) return
  if (!nanAB()) {
    ylog2x()
    denormals(true)
  }
  deliverAndPop()
}

function ylog2x(): void {
  const one = A.kind == FINITE && A.exp == 0 && A.sig == MSB
  if (A.kind == ZERO) {
    if (B.kind == ZERO) invalidR()
    else {
      if (B.kind != INF) Env.pre |= ZE
      R.kind = INF
      R.sign = B.sign ^ 1
    }
  } else if (A.sign || (B.kind == INF && one) || (A.kind == INF && B.kind == ZERO)) invalidR()
  else if (A.kind == INF || B.kind == INF) {
    R.kind = INF
    R.sign = B.sign ^ <u32>(A.kind == FINITE && A.exp < 0)
  } else if (B.kind == ZERO || one) {
    R.kind = ZERO
    R.sign = B.sign ^ <u32>(A.exp < 0)
  } else {
    aToR()
    log2R()
    timesB()
    Env.post |= R.exp < -16382 ? PE | UE : PE // for a power of 2, too
  }
}

/** FYL2XP1: ST(1) = ST(1) * log2(ST(0) + 1), then a pop. Meant for |ST(0)| up to 1 - sqrt(1/2). */
export function logarithmPlus1(): void {
  if (!loadTwo()) return
  if (!nanAB()) {
    ylog2xPlus1()
    denormals(true)
  }
  deliverAndPop()
}

function ylog2xPlus1(): void {
  if (A.kind == ZERO) {
    if (B.kind == INF) invalidR()
    else {
      R.kind = ZERO
      R.sign = A.sign ^ B.sign
    }
    return
  }
  if (B.kind == INF || A.kind == INF) {
    if (B.kind == ZERO || (A.kind == INF && A.sign)) invalidR()
    else {
      R.kind = INF
      R.sign = A.sign ^ B.sign
    }
    return
  }
  if (B.kind == ZERO) {
    R.kind = ZERO
    R.sign = A.sign ^ B.sign
    return
  }
  if (A.kind == FINITE && A.sign && A.exp >= 0) { // -1 and below is outside its domain: ST(0) itself (Zen 3)
    aToR()
    Env.post |= PE
    return
  }
  aToR()
  if (A.exp < -1) smallLog2P1()
  else wideLog2P1()
  timesB()
  Env.post |= PE
}

/** R = log2(1 + R) for |R| < 1/2, by s = R / (2 + R). */
function smallLog2P1(): void {
  if (R.sign) {
    toFraction(1)
    if ((W.hi | W.lo) == 0) divR(MSB, 0, 1)
    else divR(0 - W.hi - <u64>(W.lo != 0), 0 - W.lo, 0)
  } else {
    toFraction(2)
    divR(MSB + W.hi, W.lo, 1)
  }
  logarithmSeries()
  R.low |= 1
}

/** The same for larger R, by log2 of the sum. */
function wideLog2P1(): void {
  const kind = B.kind, sign = B.sign, exp = B.exp, sig = B.sig
  B.kind = FINITE
  B.sign = 0
  B.exp = 0
  B.sig = MSB
  addAB(false)
  B.kind = kind
  B.sign = sign
  B.exp = exp
  B.sig = sig
  log2R()
}

/** FPATAN: ST(1) = the angle of the point (ST(0), ST(1)), then a pop. */
export function partialArctangent(): void {
  if (!loadTwo()) return
  if (!nanAB()) {
    denormals(true)
    angle()
  }
  deliverAndPop()
}

/** R = the angle of the point (A, B). */
function angle(): void {
  const left = A.sign != 0
  if (B.kind == ZERO || (A.kind == INF && B.kind != INF)) {
    if (left) piTimes(2)
    else R.kind = ZERO
  } else if (A.kind == INF) { // both infinite
    if (left) threeQuarters()
    else piTimes(0)
  } else if (B.kind == INF || A.kind == ZERO) piTimes(1)
  else arctangent(left)
  R.sign = B.sign
}

/** R = pi * 2^(shift-2), inexact. */
function piTimes(shift: i32): void {
  R.kind = FINITE
  fromFraction(PI_HI, PI_LO, shift)
  R.low |= 1
}

/** R = 3/4 pi. */
function threeQuarters(): void {
  R.kind = FINITE
  const lo = PI_LO >> 2 | PI_HI << 62
  fromFraction(PI_HI - (PI_HI >> 2) - <u64>(PI_LO < lo), PI_LO - lo, 2)
  R.low |= 1
}

/** R = the angle for finite A and B, in [0, pi]. */
function arctangent(left: bool): void {
  const steep = B.exp > A.exp || (B.exp == A.exp && B.sig > A.sig)
  const nSig = steep ? A.sig : B.sig, dSig = steep ? B.sig : A.sig
  const dExp = steep ? B.exp : A.exp
  const d = dExp - (steep ? A.exp : B.exp)
  R.kind = FINITE
  let k: i32 = 0
  if (d < 6) k = <i32>nearest<f64>(<f64>nSig * 16 / (<f64>dSig * <f64>(<u64>1 << <u64>d)))
  let below = false
  if (k == 0) {
    R.exp = dExp - d
    R.sig = nSig
    R.low = 0
    divR(dSig, 0, dExp)
  } else below = difference(nSig, dSig, <u64>(5 - d), dExp, <u64>k)
  const exact = R.kind == ZERO
  if (!exact) {
    squareFraction()
    polynomial(W.hi, W.lo, ODD, 14, true)
    if (W.hi == MSB && W.lo == 0) { // rounded up to 1: an angle is less than its tangent
      W.hi = MSB - 1
      W.lo = u64.MAX_VALUE
    }
    mulR(W.hi, W.lo, 0)
  }
  if (k | <i32>steep | <i32>left) {
    W.hi = 0
    W.lo = 0
    if (!exact) toFraction(2)
    R.kind = FINITE
    assemble(k, below, steep, left)
  }
  R.low |= 1
}

/** R = |u| where u = (16n - k*d) / (16d + k*n), so that atan(n/d) = atan(k/16) + atan u. Returns whether u is negative. */
function difference(nSig: u64, dSig: u64, shift: u64, dExp: i32, k: u64): bool {
  const nh = shift ? nSig >> (64 - shift) : 0, nl = nSig << shift
  const dh = dSig >> 59, dl = dSig << 5
  // 16n and 16d, k*n and k*d: at most 74 bits
  const n16h = nh << 4 | nl >> 60, n16l = nl << 4
  const d16h = dh << 4 | dl >> 60, d16l = dl << 4
  const knh = nh * k + mulHigh(nl, k), knl = nl * k
  const kdh = dh * k + mulHigh(dl, k), kdl = dl * k
  const below = n16h < kdh || (n16h == kdh && n16l < kdl)
  const lo = below ? kdl - n16l : n16l - kdl
  const hi = below ? kdh - n16h - <u64>(kdl < n16l) : n16h - kdh - <u64>(n16l < kdl)
  let sl = d16l + knl
  let sh = d16h + knh + <u64>(sl < knl)
  const z = clz(sh)
  sh = sh << z | sl >> (64 - z)
  sl <<= z
  R.exp = dExp + 59
  normalizeR(hi, lo)
  if (R.kind != ZERO) divR(sh, sl, dExp + 59 - <i32>z)
  return below
}

/** R = atan(k/16) plus or minus W (a fraction of 2^126), mirrored at pi/4 and at pi/2. */
function assemble(k: i32, below: bool, steep: bool, left: bool): void {
  const at = ATAN + (<usize>k << 4)
  const th = load<u64>(at, 8), tl = load<u64>(at)
  const bl = tl >> 2 | th << 62, bh = th >> 2
  let lo = below ? bl - W.lo : bl + W.lo
  let hi = below ? bh - W.hi - <u64>(bl < W.lo) : bh + W.hi + <u64>(lo < bl)
  if (steep) {
    const half = PI_LO >> 1 | PI_HI << 63
    hi = (PI_HI >> 1) - hi - <u64>(half < lo)
    lo = half - lo
  }
  if (left) {
    hi = PI_HI - hi - <u64>(PI_LO < lo)
    lo = PI_LO - lo
  }
  fromFraction(hi, lo, 2)
}
