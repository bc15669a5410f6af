/** The x87 register stack and status word. */
import { A, DE, Env, IE, INDEFINITE, INVALID, PE, QNAN, QUIET, R, SF, SNAN, unpackX80 } from './softfloat'
import { quietA, roundR, seX80, sigX80 } from './softfloat-round'
import { B, swapAB } from './softfloat'

/** Bits of FSW. */
export const C0: u32 = 0x100
export const C1: u32 = 0x200
export const C2: u32 = 0x400
export const C3: u32 = 0x4000
/** ES and its copy B. */
const SUMMARY: u32 = 0x8080

/** The FPU image that the running instruction works on. */
export class X {
  static fpu: usize = 0
}

/** Starts an instruction that leaves C1 alone: takes rounding and masks from FCW. */
export function startKeeping(fpu: usize): void {
  X.fpu = fpu
  const fcw = <u32>load<u16>(fpu)
  Env.rc = fcw >> 10 & 3
  Env.masks = fcw & 0x3f
  Env.pre = 0
  Env.post = 0
  Env.up = false
  Env.daz = false
  Env.ftz = false
}

/** Starts an instruction that clears C1. */
export function start(fpu: usize): void {
  startKeeping(fpu)
  clearC1()
}

/** C1 = 0. */
export function clearC1(): void {
  store<u16>(X.fpu, load<u16>(X.fpu, 2) & ~C1, 2)
}

/** Bits of significand that FCW.PC asks for; the reserved value 1 means 64. */
export function precision(): i32 {
  const pc = load<u16>(X.fpu) >> 8 & 3
  return pc == 0 ? 24 : pc == 2 ? 53 : 64
}

// @ts-ignore: decorator
@inline
function physical(i: u32): u32 {
  return (<u32>load<u16>(X.fpu, 2) >> 11) + i & 7
}

/** Address of ST(i). */
export function st(i: u32): usize {
  return X.fpu + 32 + (physical(i) << 4)
}

/** Whether ST(i) is empty. */
export function isEmpty(i: u32): bool {
  return (load<u8>(X.fpu, 4) >> <u8>physical(i) & 1) == 0
}

/** Marks ST(i) empty. */
export function free(i: u32): void {
  store<u8>(X.fpu, <u32>load<u8>(X.fpu, 4) & ~(<u32>1 << physical(i)), 4)
}

/** Marks ST(i) valid. */
export function fill(i: u32): void {
  store<u8>(X.fpu, <u32>load<u8>(X.fpu, 4) | <u32>1 << physical(i), 4)
}

/** Adds n to TOP. */
export function rotate(n: u32): void {
  const fsw = <u32>load<u16>(X.fpu, 2)
  store<u16>(X.fpu, fsw & ~0x3800 | (fsw + (n << 11) & 0x3800), 2)
}

/** Frees ST(0) and increments TOP. */
export function pop(): void {
  free(0)
  rotate(1)
}

/** Makes flags sticky; an unmasked one sets ES and B, so that the next waiting instruction faults. Returns whether one is unmasked. */
export function raise(flags: u32): bool {
  const unmasked = (flags & 0x3f & ~Env.masks) != 0
  store<u16>(X.fpu, load<u16>(X.fpu, 2) | flags | (unmasked ? SUMMARY : 0), 2)
  return unmasked
}

/** Recomputes ES and B after FCW or FSW was loaded. */
export function summarize(): void {
  const fsw = <u32>load<u16>(X.fpu, 2)
  const unmasked = fsw & ~<u32>load<u16>(X.fpu) & 0x3f
  store<u16>(X.fpu, unmasked ? fsw | SUMMARY : fsw & ~SUMMARY, 2)
}

/** Sets or clears C3, C2 and C0 together. */
export function setCodes(codes: u32): void {
  store<u16>(X.fpu, load<u16>(X.fpu, 2) & ~(C0 | C2 | C3) | codes, 2)
}

/** Raises the stack fault of an empty operand; C1 stays 0. Returns whether it is masked: then the default result is delivered. */
export function underflow(): bool {
  clearC1()
  return !raise(IE | SF)
}

/** Raises the stack fault of a push onto a full stack: C1 is 1. Returns whether it is masked. */
export function overflow(): bool {
  store<u16>(X.fpu, load<u16>(X.fpu, 2) | C1, 2)
  return !raise(IE | SF)
}

/** Unpacks ST(i) into A. */
export function loadSt(i: u32): void {
  const p = st(i)
  unpackX80(load<u64>(p), load<u16>(p, 8))
}

/** Writes ST(i), which becomes valid. */
export function putSt(i: u32, sig: u64, se: u32): void {
  const p = st(i)
  store<u64>(p, sig)
  store<u16>(p, se, 8)
  fill(i)
}

/** Writes the default NaN to ST(i). */
export function putIndefinite(i: u32): void {
  putSt(i, INDEFINITE, 0xffff)
}

/** Writes R, rounded, to ST(i). */
export function putR(i: u32): void {
  putSt(i, sigX80(), seX80())
}

/** Pushes a value; the stack was checked. */
export function push(sig: u64, se: u32): void {
  rotate(7)
  putSt(0, sig, se)
}

/** C1 after a result was rounded: whether it was rounded away from zero. */
export function setRoundUp(): void {
  if (Env.up) store<u16>(X.fpu, load<u16>(X.fpu, 2) | C1, 2)
}

/**
 * Raises what was found before computing. Returns whether the instruction ends here, undone, because a flag is unmasked.
 */
export function stops(): bool {
  if (Env.pre == 0) return false
  return raise(Env.pre)
}

/** Rounds R to `prec` bits, raises everything and writes ST(i). Returns false when an unmasked exception undid the instruction. */
export function deliver(i: u32, prec: i32): bool {
  if (stops()) return false
  roundR(prec, -16382, 16383, true)
  raise(Env.post)
  setRoundUp()
  putR(i)
  return true
}

/** R = the default NaN, raising IE. */
export function invalidR(): void {
  Env.pre |= IE
  Env.up = false
  R.kind = QNAN
  R.sign = 1
  R.sig = INDEFINITE
  R.low = 0
}

/** When A is a NaN or no number at all, sets R to what the operation yields for it and returns true. */
export function nanA(): bool {
  if (A.kind < QNAN) return false
  if (A.kind == INVALID) invalidR()
  else quietA()
  return true
}

/**
 * The same for two operands. Of two NaNs the quiet one is taken, of two alike the one with the larger significand, and
 * of those the positive one (Intel SDM volume 1, table 4-7).
 */
export function nanAB(): bool {
  if (A.kind < QNAN && B.kind < QNAN) return false
  if (A.kind == INVALID || B.kind == INVALID) {
    invalidR()
    return true
  }
  if (A.kind == SNAN || B.kind == SNAN) Env.pre |= IE
  let first = A.kind >= QNAN
  if (first && B.kind >= QNAN) {
    if (A.kind != B.kind) first = A.kind == QNAN
    else if (A.sig != B.sig) first = A.sig > B.sig
    else first = A.sign <= B.sign
  }
  if (!first) swapAB()
  R.kind = QNAN
  R.sign = A.sign
  R.sig = A.sig | QUIET
  R.low = 0
  return true
}

/** Raises DE when A or, if `both`, B is a denormal; IE and ZE come first. */
export function denormals(both: bool): void {
  if (Env.pre == 0 && (A.tiny || (both && B.tiny))) Env.pre |= DE
}

/** PE without rounding (results that are known to be inexact). */
export function inexact(): void {
  Env.post |= PE
}
