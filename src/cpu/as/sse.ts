/**
 * MMX, SSE and SSE2. `code` is the opcode itself (see src/cpu/sse-table.ts), so that this file reads like the opcode
 * map of 0F xx: bits 0-7 opcode, 8-9 prefix (0 none, 1 66, 2 F3, 3 F2), 10 the rm operand is a register, 11 REX.W,
 * 12-14 the reg field of groups (71, 72, 73, AE), 15 64-bit mode.
 */
import { arith, begin, comi, compareLanes } from './sse-float'
import {
  convertFloat, convertInt32Double, convertInt32Single, doublesToInts, intToDouble, intToScalar, intToSingle, scalarToInt, singlesToInts
} from './sse-convert'
import { interleaveHigh, interleaveLow, lanes, pack, shift, shiftBytes, shuffleDwords, shuffleWords, upper } from './sse-integer'
import { settle } from './sse-float'
import { enterMmx, leaveMmx, mmxPending } from './sse-mmx'
import { approximate } from './sse-approximate'
import { maskMove, stateGroup } from './sse-state'

/** THREAD.fpu of src/arch/x86/context-layout.ts. */
const FPU: usize = 232

/** Result of {@link sse}: #XM. */
export const XM: i32 = -1
/** Result of {@link sse}: #MF, an x87 exception is pending before an MMX instruction. */
export const MF: i32 = -2
/** Result of {@link sse}: #GP(0), reserved bits of MXCSR. */
export const GP: i32 = -3

// @ts-ignore: decorator
@inline
function copy16(dst: usize, src: usize): void {
  const lo = load<u64>(src), hi = load<u64>(src, 8)
  store<u64>(dst, lo)
  store<u64>(dst, hi, 8)
}

/**
 * Executes one instruction. `dst` and `src` are host addresses of the operands that the table names; `imm` the
 * immediate; `regs` the task's register file.
 *
 * @returns ZF, PF and CF for comparisons, 0 for the others; negative: {@link XM}, {@link MF} or {@link GP}
 */
export function sse(code: i32, dst: usize, src: usize, imm: i32, regs: usize): i32 {
  const prefix = <u32>code >> 8 & 3
  const op = <u32>code & 0xff
  // in rows, because only dense switches become tables
  switch (op >> 4) {
    case 1:
      moves(op, prefix, (code & 0x400) != 0, dst, src)
      return 0
    case 2:
      return row2(code, op, prefix, dst, src, regs)
    case 5:
      return row5(op, prefix, dst, src, regs)
    case 10:
      return stateGroup(code, dst, regs)
    case 12:
      return row12(code, op, prefix, dst, src, imm, regs)
    case 14:
      if (op == 0xe6) {
        begin(regs + FPU)
        return convertInt32Double(prefix, dst, src)
      }
  }
  if (prefix == 0 || (op == 0xd6 && prefix > 1)) return mmx(code, op, prefix, dst, src, imm, regs)
  return integer(code, op, prefix, dst, src, imm, regs)
}

/** 10 to 17. */
function moves(op: u32, prefix: u32, register: bool, dst: usize, src: usize): void {
  switch (op & 15) {
    case 0:
    case 1:
      if (prefix < 2) copy16(dst, src)
      else moveScalar(op, prefix, register, dst, src)
      return
    case 2: // movlps, movlpd; movhlps
      store<u64>(dst, load<u64>(register ? src + 8 : src))
      return
    case 3: // movlps, movlpd to memory
      store<u64>(dst, load<u64>(src))
      return
    case 4:
      v128.store(dst, interleaveLow(prefix ? 0x6c : 0x62, v128.load(dst), v128.load(src)))
      return
    case 5:
      v128.store(dst, interleaveHigh(prefix ? 0x6d : 0x6a, v128.load(dst), v128.load(src)))
      return
    case 6: // movhps, movhpd, movlhps
      store<u64>(dst, load<u64>(src), 8)
      return
    default:
      store<u64>(dst, load<u64>(src, 8))
  }
}

/** 28 to 2F. */
function row2(code: i32, op: u32, prefix: u32, dst: usize, src: usize, regs: usize): i32 {
  switch (op & 7) {
    case 0: // movaps, movapd
    case 1:
    case 3: // movntps, movntpd
      copy16(dst, src)
      return 0
    case 2:
      if (prefix < 2) return fromMmx(code, prefix, dst, src, regs)
      begin(regs + FPU)
      return intToScalar(prefix, (code & 0x800) != 0, dst, src)
    case 4:
    case 5:
      if (prefix < 2) return toMmx(op, prefix, dst, src, regs)
      begin(regs + FPU)
      return scalarToInt(prefix, (code & 0x800) != 0, op == 0x2c, dst, src)
    default:
      begin(regs + FPU)
      return comi(prefix == 1, op == 0x2f, dst, src)
  }
}

/** 50 to 5F. */
function row5(op: u32, prefix: u32, dst: usize, src: usize, regs: usize): i32 {
  switch (op & 15) {
    case 0:
      store<u64>(dst, <u64>(prefix ? i64x2.bitmask(v128.load(src)) : i32x4.bitmask(v128.load(src))))
      return 0
    case 2:
    case 3:
      approximate(op == 0x52, prefix == 0, dst, src)
      return 0
    case 4:
      v128.store(dst, v128.and(v128.load(dst), v128.load(src)))
      return 0
    case 5:
      v128.store(dst, v128.andnot(v128.load(src), v128.load(dst)))
      return 0
    case 6:
      v128.store(dst, v128.or(v128.load(dst), v128.load(src)))
      return 0
    case 7:
      v128.store(dst, v128.xor(v128.load(dst), v128.load(src)))
      return 0
    case 10:
      begin(regs + FPU)
      return convertFloat(prefix, dst, src)
    case 11:
      begin(regs + FPU)
      return convertInt32Single(prefix, dst, src)
    default: // 51, 58, 59, 5c to 5f
      return arith(op, prefix, dst, src, regs + FPU)
  }
}

/** C2 to C6. */
function row12(code: i32, op: u32, prefix: u32, dst: usize, src: usize, imm: i32, regs: usize): i32 {
  if (op == 0xc2) return compareLanes(imm, prefix, dst, src, regs + FPU)
  if (op == 0xc3) { // movnti
    if (code & 0x800) store<u64>(dst, load<u64>(src))
    else store<u32>(dst, load<u32>(src))
    return 0
  }
  if (op == 0xc6) {
    shuffleFloats(prefix, dst, src, imm)
    return 0
  }
  if (prefix == 0) return mmx(code, op, prefix, dst, src, imm, regs)
  if (op == 0xc4) store<u16>(dst + ((imm & 7) << 1), load<u16>(src)) // pinsrw
  else store<u64>(dst, load<u16>(src + ((imm & 7) << 1))) // pextrw
  return 0
}

function moveScalar(op: u32, prefix: u32, register: bool, dst: usize, src: usize): void {
  if (prefix == 3) {
    store<u64>(dst, load<u64>(src))
    if (op == 0x10 && !register) store<u64>(dst, 0, 8)
    return
  }
  const value = load<u32>(src)
  if (op == 0x11 || register) {
    store<u32>(dst, value)
    return
  }
  store<u64>(dst, value)
  store<u64>(dst, 0, 8)
}

function shuffleFloats(prefix: u32, dst: usize, src: usize, imm: i32): void {
  if (prefix == 0) {
    shuffleDwords(dst, dst, src, imm)
    return
  }
  const lo = load<u64>(dst + ((imm & 1) << 3)), hi = load<u64>(src + ((imm & 2) << 2))
  store<u64>(dst, lo)
  store<u64>(dst, hi, 8)
}

/** SSE2's integer instructions in rows 6, 7 and D to F: prefix 66, and the few with F3 and F2. */
function integer(code: i32, op: u32, prefix: u32, dst: usize, src: usize, imm: i32, regs: usize): i32 {
  if (op >= 0xd0) return integerHigh(code, op, dst, src, imm, regs)
  switch (op - 0x60) {
    case 0x0:
    case 0x1:
    case 0x2:
    case 0xc:
      v128.store(dst, interleaveLow(op, v128.load(dst), v128.load(src)))
      return 0
    case 0x3:
    case 0x7:
    case 0xb:
      v128.store(dst, pack(op, false, v128.load(dst), v128.load(src)))
      return 0
    case 0x8:
    case 0x9:
    case 0xa:
    case 0xd:
      v128.store(dst, interleaveHigh(op, v128.load(dst), v128.load(src)))
      return 0
    case 0xe: // movd, movq from a general register or memory
      store<u64>(dst, code & 0x800 ? load<u64>(src) : <u64>load<u32>(src))
      store<u64>(dst, 0, 8)
      return 0
    case 0xf: // movdqa, movdqu
    case 0x1f:
      copy16(dst, src)
      return 0
    case 0x10:
      if (prefix == 1) shuffleDwords(dst, src, src, imm)
      else shuffleHalf(prefix == 3, dst, src, imm)
      return 0
    case 0x11:
    case 0x12:
    case 0x13: {
      const group = code >> 12 & 7
      if (op == 0x73 && (group & 3) == 3) shiftBytes(group == 7, dst, imm & 0xff)
      else v128.store(dst, shift(groupShift(op, group), v128.load(dst), <u64>(imm & 0xff)))
      return 0
    }
    case 0x1e:
      if (prefix == 2) { // movq xmm, xmm/m64
        store<u64>(dst, load<u64>(src))
        store<u64>(dst, 0, 8)
      } else moveOut(code, dst, load<u64>(src))
      return 0
    default:
      v128.store(dst, lanes(op, v128.load(dst), v128.load(src)))
      return 0
  }
}

/** PSHUFLW (`low`) and PSHUFHW. */
function shuffleHalf(low: bool, dst: usize, src: usize, imm: i32): void {
  const lo = load<u64>(src), hi = load<u64>(src, 8)
  store<u64>(dst, low ? shuffleWords(lo, imm) : lo)
  store<u64>(dst, low ? hi : shuffleWords(hi, imm), 8)
}

/** Rows D to F. */
function integerHigh(code: i32, op: u32, dst: usize, src: usize, imm: i32, regs: usize): i32 {
  switch (op & 15) {
    case 1:
    case 2:
    case 3:
      if (op == 0xe3) break
      v128.store(dst, shift(op, v128.load(dst), load<u64>(src)))
      return 0
    case 6:
      if (op != 0xd6) break
      store<u64>(dst, load<u64>(src)) // movq xmm/m64, xmm
      if (code & 0x400) store<u64>(dst, 0, 8)
      return 0
    case 7:
      if (op == 0xd7) store<u64>(dst, <u64>i8x16.bitmask(v128.load(src)))
      else if (op == 0xe7) copy16(dst, src) // movntdq
      else maskMove(regs + FPU + 160 + ((imm & 15) << 4), dst, src, 16)
      return 0
  }
  v128.store(dst, lanes(op, v128.load(dst), v128.load(src)))
  return 0
}

/** The two-operand opcode of a shift by an immediate: 71 /2 is psrlw (d1), 73 /6 psllq (f3), and so on. */
function groupShift(op: u32, group: i32): u32 {
  return (op - 0x71) + (group == 2 ? 0xd1 : group == 4 ? 0xe1 : 0xf1)
}

/** movd and movq to a general register, which is written whole, or to memory. */
function moveOut(code: i32, dst: usize, value: u64): void {
  if (code & 0x800) store<u64>(dst, value)
  else if (code & 0x400) store<u64>(dst, <u64><u32>value)
  else store<u32>(dst, <u32>value)
}

/** MMX instructions: those without prefix, movq2dq and movdq2q. */
function mmx(code: i32, op: u32, prefix: u32, dst: usize, src: usize, imm: i32, regs: usize): i32 {
  const fpu = regs + FPU
  if (mmxPending(fpu)) return MF
  if (op == 0x77) {
    leaveMmx(fpu)
    return 0
  }
  enterMmx(fpu)
  let r: u64
  switch (op) {
    case 0x60:
    case 0x61:
    case 0x62: {
      const b = v128.load32_zero(src)
      r = v128.extract_lane<u64>(interleaveLow(op, v128.load64_zero(dst), b), 0)
      break
    }
    case 0x68:
    case 0x69:
    case 0x6a:
      r = v128.extract_lane<u64>(upper(interleaveLow(op - 8, v128.load64_zero(dst), v128.load64_zero(src))), 0)
      break
    case 0x63:
    case 0x67:
    case 0x6b:
      r = v128.extract_lane<u64>(pack(op, true, v128.load64_zero(dst), v128.load64_zero(src)), 0)
      break
    case 0x6e:
      r = code & 0x800 ? load<u64>(src) : <u64>load<u32>(src)
      break
    case 0x6f:
      r = load<u64>(src)
      break
    case 0x70:
      r = shuffleWords(load<u64>(src), imm)
      break
    case 0x71:
    case 0x72:
    case 0x73:
      r = v128.extract_lane<u64>(shift(groupShift(op, code >> 12 & 7), v128.load64_zero(dst), <u64>(imm & 0xff)), 0)
      break
    case 0x7e:
      moveOut(code, dst, load<u64>(src))
      return 0
    case 0xe7:
      store<u64>(dst, load<u64>(src))
      return 0
    case 0x7f:
      store<u64>(dst, load<u64>(src))
      if (code & 0x400) store<u16>(dst, 0xffff, 8)
      return 0
    case 0xc4:
      store<u16>(dst + ((imm & 3) << 1), load<u16>(src))
      store<u16>(dst, 0xffff, 8)
      return 0
    case 0xc5:
      store<u64>(dst, load<u16>(src + ((imm & 3) << 1)))
      return 0
    case 0xd6:
      if (prefix == 2) { // movq2dq
        store<u64>(dst, load<u64>(src))
        store<u64>(dst, 0, 8)
        return 0
      }
      r = load<u64>(src) // movdq2q
      break
    case 0xd7:
      store<u64>(dst, <u64>i8x16.bitmask(v128.load64_zero(src)))
      return 0
    case 0xf7:
      maskMove(fpu + 32 + ((imm & 7) << 4), dst, src, 8)
      return 0
    case 0xd1:
    case 0xd2:
    case 0xd3:
    case 0xe1:
    case 0xe2:
    case 0xf1:
    case 0xf2:
    case 0xf3:
      r = v128.extract_lane<u64>(shift(op, v128.load64_zero(dst), load<u64>(src)), 0)
      break
    default:
      r = v128.extract_lane<u64>(lanes(op, v128.load64_zero(dst), v128.load64_zero(src)), 0)
  }
  store<u64>(dst, r)
  store<u16>(dst, 0xffff, 8)
  return 0
}

/**
 * cvtpi2ps, cvtpi2pd. With a memory operand they touch no MMX state; from a register the change to MMX happens even
 * when #XM follows (Zen 3).
 */
function fromMmx(code: i32, prefix: u32, dst: usize, src: usize, regs: usize): i32 {
  const fpu = regs + FPU
  if (code & 0x400) {
    if (mmxPending(fpu)) return MF
    enterMmx(fpu)
  }
  const a = load<i32>(src), b = load<i32>(src, 4)
  begin(fpu)
  if (prefix) {
    store<u64>(dst, intToDouble(a))
    store<u64>(dst, intToDouble(b), 8)
  } else {
    const r = <u64>intToSingle(a) | <u64>intToSingle(b) << 32
    if (settle() < 0) return XM
    store<u64>(dst, r)
  }
  return 0
}

/** cvtps2pi, cvtpd2pi and their truncating forms. */
function toMmx(op: u32, prefix: u32, dst: usize, src: usize, regs: usize): i32 {
  const fpu = regs + FPU
  if (mmxPending(fpu)) return MF
  enterMmx(fpu)
  begin(fpu)
  const r = prefix ? doublesToInts(src, op == 0x2c) : singlesToInts(src, op == 0x2c)
  if (settle() < 0) return XM
  store<u64>(dst, r)
  store<u16>(dst, 0xffff, 8)
  return 0
}
