/**
 * SSE and SSE2 arithmetic on singles and doubles. Lanes go through wasm's own arithmetic when MXCSR rounds to nearest,
 * all operands and the result are normal (or zero), and PE is sticky already or the result is provably exact: then no
 * flag changes and the bits are the same. Everything else is soft.
 */
import {
  A, aToB, addAB, B, DE, divAB, Env, IE, INF, mulAB, QNAN, SNAN, sqrtA, swapAB, unpackF32, unpackF64, ZERO
} from './softfloat'
import { packF32, packF64, quietA, roundR } from './softfloat-round'

/** MXCSR of the operation that runs. */
export class Mx {
  /** Where it is stored. */
  static at: usize = 0
  static value: u32 = 0
  /** Rounding to nearest with PE masked: wasm's arithmetic may be used. */
  static fast: bool = false
  /** PE is sticky already. */
  static inexact: bool = false
}

/** Opcodes (0F xx) of the arithmetic ops. */
const SQRT: u32 = 0x51
const ADD: u32 = 0x58
const MUL: u32 = 0x59
const SUB: u32 = 0x5c
const MIN: u32 = 0x5d
const MAX: u32 = 0x5f

/** The leading bit of a double that its encoding leaves out. */
const IMPLICIT: u64 = 1 << 52

/** Starts an operation: `fpu` is the FPU image. */
// @ts-ignore: decorator
@inline
export function begin(fpu: usize): void {
  const m = load<u32>(fpu, 24)
  Mx.at = fpu + 24
  Mx.value = m
  Mx.fast = (m & 0x7000) == 0x1000
  Mx.inexact = (m & 0x20) != 0
  Env.pre = 0
  Env.post = 0
}

/** Prepares the soft path's environment from MXCSR. */
export function soft(): void {
  const m = Mx.value
  Env.rc = m >> 13 & 3
  Env.masks = m >> 7 & 63
  Env.daz = (m & 0x40) != 0
  Env.ftz = (m & 0x8000) != 0
}

/**
 * Ends an operation: flags become sticky. Returns -1 when one of them is unmasked (#XM: nothing may be written), else 0.
 * Flags of rounding are not raised when an unmasked flag was raised before computing (Intel SDM volume 1, 11.5.3).
 */
export function settle(): i32 {
  const pre = Env.pre
  const flags = pre | Env.post
  if (flags == 0) return 0
  const masks = Mx.value >> 7 & 63
  if (pre & ~masks) {
    store<u32>(Mx.at, Mx.value | pre)
    return -1
  }
  store<u32>(Mx.at, Mx.value | flags)
  return flags & ~masks ? -1 : 0
}

// @ts-ignore: decorator
@inline
function plain64(bits: u64): bool {
  return (bits >> 52 & 0x7ff) - 1 < 0x7fe || bits << 1 == 0
}

// @ts-ignore: decorator
@inline
function plain32(bits: u32): bool {
  return (bits >> 23 & 0xff) - 1 < 0xfe || bits << 1 == 0
}

// @ts-ignore: decorator
@inline
function inner64(r: f64): bool {
  return (reinterpret<u64>(r) >> 52 & 0x7ff) - 2 < 0x7fc
}

// @ts-ignore: decorator
@inline
function inner32(r: f32): bool {
  return (reinterpret<u32>(r) >> 23 & 0xff) - 2 < 0xfc
}

/** Whether s = a + b without error (Knuth's two-sum; no overflow near). */
// @ts-ignore: decorator
@inline
function exactSum(a: f64, b: f64, s: f64): bool {
  const t = s - a
  return a - (s - t) + (b - t) == 0
}

/** a op b when wasm's arithmetic gives it without a change of flags, else NaN. `inexact`: PE is sticky already. */
// @ts-ignore: decorator
@inline
function fast64(op: u32, a: u64, b: u64, inexact: bool): f64 {
  const x = reinterpret<f64>(a), y = reinterpret<f64>(b)
  if (plain64(a) && plain64(b)) {
    switch (op & 15) {
      case 1:
        if (inexact && y > 0) return sqrt<f64>(y)
        break
      case 8: {
        const r = x + y
        if ((inner64(r) || r == 0) && (inexact || exactSum(x, y, r))) return r
        break
      }
      case 9: {
        const r = x * y
        if (inner64(r) ? inexact || ctz(a | IMPLICIT) + ctz(b | IMPLICIT) >= 53 : x == 0 || y == 0) return r
        break
      }
      case 12: {
        const r = x - y
        if ((inner64(r) || r == 0) && (inexact || exactSum(x, -y, r))) return r
        break
      }
      case 13:
        return x < y ? x : y
      case 14: {
        const r = x / y
        if (inner64(r) && inexact) return r
        break
      }
      case 15:
        return x > y ? x : y
    }
  }
  return NaN
}

/** The same for singles; their exact sums, products and squares are exact in double. */
// @ts-ignore: decorator
@inline
function fast32(op: u32, a: u32, b: u32, inexact: bool): f32 {
  const x = reinterpret<f32>(a), y = reinterpret<f32>(b)
  if (plain32(a) && plain32(b)) {
    switch (op & 15) {
      case 1: {
        const r = sqrt<f32>(y)
        if (y > 0 && (inexact || <f64>r * <f64>r == <f64>y)) return r
        break
      }
      case 8: {
        const r = x + y
        if ((inner32(r) || r == 0) && (inexact || exactSum(x, y, r))) return r
        break
      }
      case 9: {
        const r = x * y
        if (inner32(r) ? inexact || <f64>x * <f64>y == <f64>r : x == 0 || y == 0) return r
        break
      }
      case 12: {
        const r = x - y
        if ((inner32(r) || r == 0) && (inexact || exactSum(x, -y, r))) return r
        break
      }
      case 13:
        return x < y ? x : y
      case 14: {
        const r = x / y
        if (inner32(r) && (inexact || <f64>r * <f64>y == <f64>x)) return r
        break
      }
      case 15:
        return x > y ? x : y
    }
  }
  return NaN
}

/** One lane of doubles: a op b. */
function lane64(op: u32, a: u64, b: u64): u64 {
  if (Mx.fast) {
    const r = fast64(op, a, b, Mx.inexact)
    if (r == r) return reinterpret<u64>(r)
  }
  return slow64(op, a, b)
}

function slow64(op: u32, a: u64, b: u64): u64 {
  soft()
  unpackF64(b)
  if (op == SQRT) return root64()
  aToB()
  unpackF64(a)
  if (op == MIN || op == MAX) return picksFirst(op == MAX) ? daz64(a) : daz64(b)
  compute(op)
  roundR(53, -1022, 1023, false)
  return packF64()
}

/** One lane of singles: a op b. */
function lane32(op: u32, a: u32, b: u32): u32 {
  if (Mx.fast) {
    const r = fast32(op, a, b, Mx.inexact)
    if (r == r) return reinterpret<u32>(r)
  }
  return slow32(op, a, b)
}

function slow32(op: u32, a: u32, b: u32): u32 {
  soft()
  unpackF32(b)
  if (op == SQRT) return root32()
  aToB()
  unpackF32(a)
  if (op == MIN || op == MAX) return picksFirst(op == MAX) ? daz32(a) : daz32(b)
  compute(op)
  roundR(24, -126, 127, false)
  return packF32()
}

function root64(): u64 {
  root()
  roundR(53, -1022, 1023, false)
  return packF64()
}

function root32(): u32 {
  root()
  roundR(24, -126, 127, false)
  return packF32()
}

function root(): void {
  if (A.kind >= QNAN) {
    quietA()
    return
  }
  sqrtA()
  if (A.tiny && !A.sign) Env.pre |= DE
}

/** R = A op B with x86's NaN rule for SSE: the first operand if it is a NaN, else the second, quieted. */
function compute(op: u32): void {
  if (A.kind >= QNAN || B.kind >= QNAN) {
    if (B.kind == SNAN) Env.pre |= IE
    if (A.kind < QNAN) swapAB()
    quietA()
    return
  }
  const pre = Env.pre
  Env.pre = 0
  if (op == ADD) addAB(false)
  else if (op == SUB) addAB(true)
  else if (op == MUL) mulAB()
  else divAB()
  if ((A.tiny || B.tiny) && Env.pre == 0) Env.pre |= DE // IE and ZE come first
  Env.pre |= pre
}

/** Order of A and B, no NaNs: -1, 0 or 1. */
export function order(): i32 {
  if (A.kind == ZERO && B.kind == ZERO) return 0
  const sa = A.kind == ZERO ? 0 : A.sign ? -1 : 1
  const sb = B.kind == ZERO ? 0 : B.sign ? -1 : 1
  if (sa != sb) return sa < sb ? -1 : 1
  if (A.kind == INF || B.kind == INF) return A.kind == B.kind ? 0 : A.kind == INF ? sa : -sa
  if (A.exp != B.exp) return A.exp > B.exp ? sa : -sa
  return A.sig == B.sig ? 0 : A.sig > B.sig ? sa : -sa
}

/** MIN and MAX: whether the first operand is the result; the second is also when either is a NaN or both are zero. */
function picksFirst(max: bool): bool {
  if (A.kind >= QNAN || B.kind >= QNAN) {
    Env.pre |= IE
    return false
  }
  if (A.tiny || B.tiny) Env.pre |= DE
  const o = order()
  return max ? o > 0 : o < 0
}

function daz64(bits: u64): u64 {
  return Env.daz && (bits >> 52 & 0x7ff) == 0 ? bits & 0x8000000000000000 : bits
}

function daz32(bits: u32): u32 {
  return Env.daz && (bits >> 23 & 0xff) == 0 ? bits & 0x80000000 : bits
}

/** Compares A and B: -1, 0, 1, or 2 when unordered. `signaling`: a quiet NaN raises IE as well. */
function compare(signaling: bool): i32 {
  if (A.kind >= QNAN || B.kind >= QNAN) {
    if (signaling || A.kind == SNAN || B.kind == SNAN) Env.pre |= IE
    return 2
  }
  if (A.tiny || B.tiny) Env.pre |= DE
  return order()
}

/** Whether predicate `imm` of CMPxx holds for a comparison's result: eq, lt, le, unord and their negations. */
function holds(imm: i32, o: i32): bool {
  const p = imm & 3
  const yes = p == 0 ? o == 0 : p == 1 ? o == -1 : p == 2 ? o == -1 || o == 0 : o == 2
  return yes != ((imm & 4) != 0)
}

/** CMPPD, CMPSD of one lane. */
function cmp64(imm: i32, a: u64, b: u64): u64 {
  if (plain64(a) && plain64(b)) {
    const x = reinterpret<f64>(a), y = reinterpret<f64>(b)
    return holds(imm, x < y ? -1 : <i32>(x > y)) ? 0xffffffffffffffff : 0
  }
  soft()
  unpackF64(b)
  aToB()
  unpackF64(a)
  const p = imm & 3
  return holds(imm, compare(p == 1 || p == 2)) ? 0xffffffffffffffff : 0
}

/** CMPPS, CMPSS of one lane. */
function cmp32(imm: i32, a: u32, b: u32): u32 {
  soft()
  unpackF32(b)
  aToB()
  unpackF32(a)
  const p = imm & 3
  return holds(imm, compare(p == 1 || p == 2)) ? 0xffffffff : 0
}

/** An arithmetic op over all lanes that the prefix names: 0 ps, 1 pd, 2 ss, 3 sd. */
export function arith(op: u32, prefix: u32, dst: usize, src: usize, fpu: usize): i32 {
  if (prefix == 3) return scalarDouble(op, dst, src, fpu)
  begin(fpu)
  if (prefix == 2) {
    const r = lane32(op, load<u32>(dst), load<u32>(src))
    if (settle() < 0) return -1
    store<u32>(dst, r)
    return 0
  }
  if (prefix == 1) {
    const lo = lane64(op, load<u64>(dst), load<u64>(src))
    return put(dst, lo, lane64(op, load<u64>(dst, 8), load<u64>(src, 8)))
  }
  const lo = lane32(op, load<u32>(dst), load<u32>(src)) | <u64>lane32(op, load<u32>(dst, 4), load<u32>(src, 4)) << 32
  return put(dst, lo, lane32(op, load<u32>(dst, 8), load<u32>(src, 8)) | <u64>lane32(op, load<u32>(dst, 12), load<u32>(src, 12)) << 32)
}

function scalarDouble(op: u32, dst: usize, src: usize, fpu: usize): i32 {
  const m = load<u32>(fpu, 24)
  const a = load<u64>(dst), b = load<u64>(src)
  if ((m & 0x7000) == 0x1000) {
    const r = fast64(op, a, b, (m & 0x20) != 0)
    if (r == r) {
      store<f64>(dst, r)
      return 0
    }
  }
  begin(fpu)
  const r = slow64(op, a, b)
  if (settle() < 0) return -1
  store<u64>(dst, r)
  return 0
}

/** Ends an operation and writes 16 bytes. */
function put(dst: usize, lo: u64, hi: u64): i32 {
  if (settle() < 0) return -1
  store<u64>(dst, lo)
  store<u64>(dst, hi, 8)
  return 0
}

/** CMPPS, CMPPD, CMPSS, CMPSD. */
export function compareLanes(imm: i32, prefix: u32, dst: usize, src: usize, fpu: usize): i32 {
  begin(fpu)
  if (prefix == 3) {
    const r = cmp64(imm, load<u64>(dst), load<u64>(src))
    if (settle() < 0) return -1
    store<u64>(dst, r)
    return 0
  }
  if (prefix == 2) {
    const r = cmp32(imm, load<u32>(dst), load<u32>(src))
    if (settle() < 0) return -1
    store<u32>(dst, r)
    return 0
  }
  if (prefix == 1) {
    const lo = cmp64(imm, load<u64>(dst), load<u64>(src))
    return put(dst, lo, cmp64(imm, load<u64>(dst, 8), load<u64>(src, 8)))
  }
  const lo = cmp32(imm, load<u32>(dst), load<u32>(src)) | <u64>cmp32(imm, load<u32>(dst, 4), load<u32>(src, 4)) << 32
  return put(dst, lo, cmp32(imm, load<u32>(dst, 8), load<u32>(src, 8)) | <u64>cmp32(imm, load<u32>(dst, 12), load<u32>(src, 12)) << 32)
}

/** ZF, PF and CF in EFLAGS' positions for a comparison's result. */
export function eflagsOf(o: i32): i32 {
  return o == 2 ? 0x45 : o == 0 ? 0x40 : o < 0 ? 0x01 : 0
}

/** COMISS, COMISD, UCOMISS, UCOMISD. Returns ZF, PF and CF, or -1 for #XM. */
export function comi(double: bool, signaling: bool, dst: usize, src: usize): i32 {
  if (double) {
    const a = load<u64>(dst), b = load<u64>(src)
    if (plain64(a) && plain64(b)) {
      const x = reinterpret<f64>(a), y = reinterpret<f64>(b)
      return x < y ? 0x01 : x == y ? 0x40 : 0
    }
    soft()
    unpackF64(b)
    aToB()
    unpackF64(a)
  } else {
    soft()
    unpackF32(load<u32>(src))
    aToB()
    unpackF32(load<u32>(dst))
  }
  const o = compare(signaling)
  return settle() < 0 ? -1 : eflagsOf(o)
}
