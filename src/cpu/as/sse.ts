/**
 * MMX, SSE and SSE2. `code` is the opcode itself (see src/cpu/sse-table.ts), so that this file reads like the opcode
 * map of 0F xx: bits 0-7 opcode, 8-9 prefix (0 none, 1 66, 2 F3, 3 F2), 10 the rm operand is a register, 11 REX.W,
 * 12-14 the reg field of groups (71, 72, 73, AE), 15 64-bit mode.
 */
import { arith, begin, comi } from './sse-float'
import { convertFloat, convertInt32Double, convertInt32Single, doublesToInts, intToDouble, intToScalar, intToSingle, scalarToInt, singlesToInts } from './sse-convert'
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
  switch (op) {
    case 0x10:
    case 0x11:
      if (prefix < 2) copy16(dst, src)
      else moveScalar(op, prefix, (code & 0x400) != 0, dst, src)
      return 0
    case 0x12: // movlps, movlpd; movhlps
      store<u64>(dst, load<u64>(code & 0x400 ? src + 8 : src))
      return 0
    case 0x13: // movlps, movlpd to memory
      store<u64>(dst, load<u64>(src))
      return 0
    case 0x14:
      v128.store(dst, interleaveLow(prefix ? 0x6c : 0x62, v128.load(dst), v128.load(src)))
      return 0
    case 0x15:
      v128.store(dst, interleaveHigh(prefix ? 0x6d : 0x6a, v128.load(dst), v128.load(src)))
      return 0
    case 0x16: // movhps, movhpd, movlhps
      store<u64>(dst, load<u64>(src), 8)
      return 0
    case 0x17:
      store<u64>(dst, load<u64>(src, 8))
      return 0
    case 0x28: // movaps, movapd
    case 0x29:
    case 0x2b: // movntps, movntpd
      copy16(dst, src)
      return 0
    case 0x2a:
      if (prefix < 2) return fromMmx(code, prefix, dst, src, regs)
      begin(regs + FPU)
      return intToScalar(prefix, (code & 0x800) != 0, dst, src)
    case 0x2c:
    case 0x2d:
      if (prefix < 2) return toMmx(op, prefix, dst, src, regs)
      begin(regs + FPU)
      return scalarToInt(prefix, (code & 0x800) != 0, op == 0x2c, dst, src)
    case 0x2e:
    case 0x2f:
      begin(regs + FPU)
      return comi(prefix == 1, op == 0x2f, dst, src)
    case 0x50:
      store<u64>(dst, <u64>(prefix ? i64x2.bitmask(v128.load(src)) : i32x4.bitmask(v128.load(src))))
      return 0
    case 0x51:
    case 0x58:
    case 0x59:
    case 0x5c:
    case 0x5d:
    case 0x5e:
    case 0x5f:
    case 0xc2:
      begin(regs + FPU)
      return arith(op, prefix, dst, src, imm)
    case 0x52:
    case 0x53:
      approximate(op == 0x52, prefix == 0, dst, src)
      return 0
    case 0x5a:
      begin(regs + FPU)
      return convertFloat(prefix, dst, src)
    case 0x5b:
      begin(regs + FPU)
      return convertInt32Single(prefix, dst, src)
    case 0xe6:
      begin(regs + FPU)
      return convertInt32Double(prefix, dst, src)
    case 0x54:
    case 0x55:
    case 0x56:
    case 0x57:
      v128.store(dst, lanes(op, v128.load(dst), v128.load(src)))
      return 0
    case 0xae:
      return stateGroup(code, dst, regs)
    case 0xc3: // movnti
      if (code & 0x800) store<u64>(dst, load<u64>(src))
      else store<u32>(dst, load<u32>(src))
      return 0
    case 0xc6:
      shuffleFloats(prefix, dst, src, imm)
      return 0
    default:
      if (prefix == 0 || (op == 0xd6 && prefix > 1)) return mmx(code, op, prefix, dst, src, imm, regs)
      return integer(code, op, prefix, dst, src, imm, regs)
  }
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

/** SSE2's integer instructions: prefix 66, and the few with F3 and F2. */
function integer(code: i32, op: u32, prefix: u32, dst: usize, src: usize, imm: i32, regs: usize): i32 {
  switch (op) {
    case 0x60:
    case 0x61:
    case 0x62:
    case 0x6c:
      v128.store(dst, interleaveLow(op, v128.load(dst), v128.load(src)))
      return 0
    case 0x68:
    case 0x69:
    case 0x6a:
    case 0x6d:
      v128.store(dst, interleaveHigh(op, v128.load(dst), v128.load(src)))
      return 0
    case 0x63:
    case 0x67:
    case 0x6b:
      v128.store(dst, pack(op, false, v128.load(dst), v128.load(src)))
      return 0
    case 0x6e: // movd, movq from a general register or memory
      store<u64>(dst, code & 0x800 ? load<u64>(src) : <u64>load<u32>(src))
      store<u64>(dst, 0, 8)
      return 0
    case 0x6f: // movdqa, movdqu
    case 0xe7: // movntdq
      copy16(dst, src)
      return 0
    case 0x7f:
      copy16(dst, src)
      return 0
    case 0x70:
      if (prefix == 1) shuffleDwords(dst, src, src, imm)
      else {
        const lo = load<u64>(src), hi = load<u64>(src, 8)
        store<u64>(dst, prefix == 3 ? shuffleWords(lo, imm) : lo)
        store<u64>(dst, prefix == 3 ? hi : shuffleWords(hi, imm), 8)
      }
      return 0
    case 0x71:
    case 0x72:
    case 0x73: {
      const group = code >> 12 & 7
      if (op == 0x73 && (group & 3) == 3) shiftBytes(group == 7, dst, imm & 0xff)
      else v128.store(dst, shift(groupShift(op, group), v128.load(dst), <u64>(imm & 0xff)))
      return 0
    }
    case 0x7e:
      if (prefix == 2) { // movq xmm, xmm/m64
        store<u64>(dst, load<u64>(src))
        store<u64>(dst, 0, 8)
      } else moveOut(code, dst, load<u64>(src))
      return 0
    case 0xc4: // pinsrw
      store<u16>(dst + ((imm & 7) << 1), load<u16>(src))
      return 0
    case 0xc5: // pextrw
      store<u64>(dst, load<u16>(src + ((imm & 7) << 1)))
      return 0
    case 0xd6: // movq xmm/m64, xmm
      store<u64>(dst, load<u64>(src))
      if (code & 0x400) store<u64>(dst, 0, 8)
      return 0
    case 0xd7:
      store<u64>(dst, <u64>i8x16.bitmask(v128.load(src)))
      return 0
    case 0xd1:
    case 0xd2:
    case 0xd3:
    case 0xe1:
    case 0xe2:
    case 0xf1:
    case 0xf2:
    case 0xf3:
      v128.store(dst, shift(op, v128.load(dst), load<u64>(src)))
      return 0
    case 0xf7:
      maskMove(regs + FPU + 160 + ((imm & 15) << 4), dst, src, 16)
      return 0
    default:
      v128.store(dst, lanes(op, v128.load(dst), v128.load(src)))
      return 0
  }
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
