/** FXAM, FXTRACT, FSCALE, FPREM, FPREM1, FRNDINT, FCHS, FABS and the constants. */
import { A, aToB, aToR, B, DOWN, CHOP, Env, FINITE, INF, INVALID, MSB, normalizeR, QNAN, R, UP, ZE, ZERO } from './softfloat'
import { fromInt, roundToIntegral, seX80, sigX80 } from './softfloat-round'
import {
  C0, C1, C2, C3, deliver, denormals, invalidR, isEmpty, loadSt, nanA, nanAB, overflow, push, putIndefinite, putR, putSt, raise, setCodes,
  setRoundUp, st, stops, underflow, X
} from './x87-state'

/** FXAM. */
export function examine(): void {
  const se = <u32>load<u16>(st(0), 8)
  let codes: u32
  if (isEmpty(0)) codes = C3 | C0
  else {
    loadSt(0)
    if (A.kind == INVALID) codes = 0
    else if (A.kind >= QNAN) codes = C0
    else if (A.kind == INF) codes = C2 | C0
    else if (A.kind == ZERO) codes = C3
    else codes = A.tiny ? C3 | C2 : C2
  }
  setCodes(codes)
  if (se >> 15) store<u16>(X.fpu, load<u16>(X.fpu, 2) | C1, 2)
}

/** FCHS and, if `absolute`, FABS. */
export function changeSign(absolute: bool): void {
  if (isEmpty(0)) {
    if (underflow()) putIndefinite(0)
    return
  }
  const p = st(0)
  const se = load<u16>(p, 8)
  store<u16>(p, absolute ? se & 0x7fff : se ^ 0x8000, 8)
}

/** FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ, by rm; rounded as FCW says. */
export function loadConstant(which: u32): void {
  if (!isEmpty(7)) {
    if (overflow()) push(0xc000000000000000, 0xffff)
    return
  }
  const less: u64 = Env.rc == DOWN || Env.rc == CHOP ? 1 : 0
  switch (which) {
    case 0:
      push(MSB, 0x3fff)
      break
    case 1:
      push(0xd49a784bcd1b8afe + <u64>(Env.rc == UP), 0x4000)
      break
    case 2:
      push(0xb8aa3b295c17f0bc - less, 0x3fff)
      break
    case 3:
      push(0xc90fdaa22168c235 - less, 0x4000)
      break
    case 4:
      push(0x9a209a84fbcff799 - less, 0x3ffd)
      break
    case 5:
      push(0xb17217f7d1cf79ac - less, 0x3ffe)
      break
    default:
      push(0, 0)
  }
}

/** FRNDINT. */
export function roundInt(): void {
  if (isEmpty(0)) {
    if (underflow()) putIndefinite(0)
    return
  }
  loadSt(0)
  if (!nanA()) {
    denormals(false)
    if (A.kind == INF) aToR()
    else roundToIntegral()
  }
  if (stops()) return
  raise(Env.post)
  setRoundUp()
  putR(0)
}

/** FXTRACT: ST(0) becomes the exponent, then the significand is pushed. */
export function extract(): void {
  if (isEmpty(0)) {
    if (!underflow()) return
    putIndefinite(0)
    push(0xc000000000000000, 0xffff)
    return
  }
  if (!isEmpty(7)) {
    if (!overflow()) return
    putIndefinite(0)
    push(0xc000000000000000, 0xffff)
    return
  }
  loadSt(0)
  if (nanA()) {
    if (stops()) return
    putR(0)
    push(sigX80(), seX80())
    return
  }
  const sign = A.sign
  if (A.kind == ZERO) {
    Env.pre |= ZE
    if (stops()) return
    putSt(0, MSB, 0xffff)
    push(0, sign << 15)
    return
  }
  if (A.kind == INF) {
    putSt(0, MSB, 0x7fff)
    push(MSB, sign << 15 | 0x7fff)
    return
  }
  denormals(false)
  if (stops()) return
  const exp = A.exp, sig = A.sig
  fromInt(<u32>(exp < 0), exp < 0 ? <u64>-exp : <u64>exp)
  putR(0)
  push(sig, sign << 15 | 0x3fff)
}

/** FSCALE: ST(0) times 2 to the integral part of ST(1). */
export function scale(): void {
  if (isEmpty(0) || isEmpty(1)) {
    if (underflow()) putIndefinite(0)
    return
  }
  loadSt(1)
  aToB()
  loadSt(0)
  if (!nanAB()) {
    if (B.kind == INF) {
      if (B.sign ? A.kind == INF : A.kind == ZERO) invalidR()
      else {
        R.kind = B.sign ? ZERO : INF
        R.sign = A.sign
      }
    } else {
      aToR()
      if (B.kind == FINITE && B.exp >= 0) {
        const n = B.exp > 16 ? 0x20000 : <i32>(B.sig >> <u64>(63 - B.exp))
        R.exp += B.sign ? -n : n
      }
    }
    denormals(true)
  }
  deliver(0, 64)
}

/** FPREM (`nearest` false: the quotient is chopped) and FPREM1. */
export function remainder(nearest: bool): void {
  store<u16>(X.fpu, load<u16>(X.fpu, 2) & ~C2, 2)
  if (isEmpty(0) || isEmpty(1)) {
    if (underflow()) putIndefinite(0)
    return
  }
  loadSt(1)
  aToB()
  loadSt(0)
  if (nanAB()) {
    deliver(0, 64)
    return
  }
  if (A.kind == INF || B.kind == ZERO) {
    invalidR()
    deliver(0, 64)
    return
  }
  denormals(true)
  aToR()
  let q: u64 = 0
  let partial = false
  const d = A.exp - B.exp
  if (A.kind == FINITE && B.kind == FINITE && d >= (nearest ? -1 : 0)) {
    partial = d > 63
    const n = partial ? d & 31 | 32 : d // bits of the quotient that one partial step makes (Zen 3)
    q = reduce(n, d - n, nearest && !partial)
  }
  if (!deliver(0, 64)) return
  setCodes(partial ? C2 : (q & 4 ? C0 : 0) | (q & 2 ? C3 : 0))
  const fsw = load<u16>(X.fpu, 2) & ~C1
  store<u16>(X.fpu, !partial && q & 1 ? fsw | C1 : fsw, 2)
}

/** R = A minus B * 2^left times the quotient, which has n+1 bits and is returned. */
function reduce(n: i32, left: i32, nearest: bool): u64 {
  const b = B.sig
  let q: u64 = 0
  if (n < 0) { // A is within a quarter and the whole of B
    if (A.sig <= b) return 0
    R.sign = A.sign ^ 1
    R.exp = B.exp
    const low = A.sig << 63
    normalizeR(b - (A.sig >> 1) - <u64>(low != 0), 0 - low)
    return 1
  }
  let rem = A.sig
  let carry: u64 = 0
  for (let i = n; ; i--) {
    q <<= 1
    if (carry || rem >= b) {
      rem -= b
      q |= 1
    }
    if (i == 0) break
    carry = rem >> 63
    rem <<= 1
  }
  if (nearest && (rem > b - rem || (rem == b - rem && q & 1))) {
    rem = b - rem
    q++
    R.sign = A.sign ^ 1
  }
  R.exp = B.exp + left
  normalizeR(rem, 0)
  if (R.kind == ZERO) R.sign = A.sign
  return q
}
