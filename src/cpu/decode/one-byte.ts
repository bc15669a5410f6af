import { TRAP } from '../../arch/cpu-port.js'
import { GPR_OFFSET, THREAD } from '../../arch/x86/context-layout.js'
import { FIELD } from '../control.js'
import { OP } from '../generated/op-codes.js'
import { EFFECT, type Decoder } from './decoder.js'
import { x87 } from './fp.js'
import { group3, group45, pushSegment, shiftGroup } from './groups.js'
import { HELPER } from './helpers.js'
import { SELECTOR_SLOT } from './selectors.js'

/** How each ALU operation, in the encoding's order, sets flags. */
const ALU_EFFECT = [
  EFFECT.other, EFFECT.logic, EFFECT.other | EFFECT.reads, EFFECT.other | EFFECT.reads, EFFECT.logic, EFFECT.sub, EFFECT.logic, EFFECT.sub,
] as const
const AX = GPR_OFFSET[0]!
const ZERO = THREAD.zero

/** Index of the size that opcode bit 0 chooses. */
const sizeOf = (d: Decoder, opcode: number): number => (opcode & 1 ? d.s : 0)
/** Index of the size of stack operations. */
const stackSize = (d: Decoder): number => (d.has66 ? 1 : d.is64 ? 3 : 2)

function alu(d: Decoder, opcode: number): void {
  const n = opcode >> 3
  const s = sizeOf(d, opcode)
  const effect = ALU_EFFECT[n]!
  const code = n * 4 + s
  if ((opcode & 7) >= 4) {
    d.op(OP.ALU_RI + code, effect, AX, ZERO, d.immediate(s))
    return
  }
  d.readModrm()
  const reg = d.regSlot(s)
  if (opcode & 2) {
    if (d.isMemory) d.memoryOp(OP.ALU_RM + code, effect, reg)
    else d.op(OP.ALU_RR + code, effect, reg, d.rmSlot(s))
  } else if (d.isMemory) {
    d.lockable = n !== 7
    d.memoryOp(OP.ALU_MR + code, effect, ZERO, reg)
  } else d.op(OP.ALU_RR + code, effect, d.rmSlot(s), reg)
}

function group1(d: Decoder, opcode: number): void {
  d.readModrm()
  const s = sizeOf(d, opcode)
  const n = d.reg & 7
  const imm = opcode === 0x81 ? d.iz() : d.i8()
  if (d.isMemory) {
    d.lockable = n !== 7
    d.memoryOp(OP.ALU_MI + n * 4 + s, ALU_EFFECT[n]!, ZERO, ZERO, imm)
  } else d.op(OP.ALU_RI + n * 4 + s, ALU_EFFECT[n]!, d.rmSlot(s), ZERO, imm)
}

function jump(d: Decoder, code: number, relative: number, effect: number = EFFECT.leaves): void {
  let target = d.next + relative
  if (d.has66 && !d.is64) target &= 0xffff
  d.branch(d.op(code, effect), target)
}
/** Relative branch offset of operand size; 66 is ignored in 64-bit mode, as Intel's processors do. */
export const relativeZ = (d: Decoder): number => (d.has66 && !d.is64 ? (d.u16() << 16) >> 16 : d.i32())
/** Jcc. */
export function jcc(d: Decoder, condition: number, relative: number): void {
  if ((d.is64 || !d.has66) && d.fuse(condition, d.next + relative)) return
  jump(d, d.conditional + condition, relative, EFFECT.leaves | EFFECT.reads)
}

function movImmediate(d: Decoder, dst: number, s: number): void {
  const a = d.op(OP.MOV_RI + s, EFFECT.none, dst)
  if (s === 3) {
    const lo = d.i32()
    d.putHalves(a + FIELD.disp, lo, d.i32())
  } else d.putHalves(a + FIELD.disp, d.immediate(s), 0)
}

function moffs(d: Decoder, opcode: number): void {
  const s = sizeOf(d, opcode)
  let lo: number
  let hi = 0
  if (d.addressSize === 8) {
    lo = d.i32()
    hi = d.i32()
  } else lo = d.addressSize === 4 ? d.i32() : d.u16()
  d.absolute(0)
  const before = d.at
  const a = opcode & 2 ? d.memoryOp(OP.MOV_MR + s, EFFECT.none, ZERO, AX) : d.memoryOp(OP.MOV_RM + s, EFFECT.none, AX)
  // The address stands in the ADDRESS op where there is one.
  d.putHalves((a === before ? a : before) + FIELD.disp, lo, hi)
}

function string(d: Decoder, kind: number, opcode: number): void {
  const s = sizeOf(d, opcode)
  const compares = kind === 1 || kind === 4
  const rep = d.rep === 0 ? 0 : d.rep === 0xf2 && compares ? 2 : 1
  const info = kind | (s << 4) | (rep << 8)
  const effect = EFFECT.leaves | (compares ? EFFECT.some : 0)
  if (kind !== 2 && kind !== 4) d.access()
  if (rep === 0) d.op(OP.STRING, effect, d.segment, ZERO, info, d.addressSize)
  else {
    const a = d.op(OP.REP, effect, d.segment, ZERO, info, d.addressSize)
    d.end(a)
    d.put64(a + FIELD.disp, d.next)
  }
}

function xchg(d: Decoder, opcode: number): void {
  d.readModrm()
  const s = sizeOf(d, opcode)
  if (d.isMemory) {
    d.lockable = true
    d.memoryOp(OP.XCHG_MR + s, EFFECT.none, ZERO, d.regSlot(s))
  } else d.op(OP.XCHG_RR + s, EFFECT.none, d.rmSlot(s), d.regSlot(s))
}

function lea(d: Decoder): void {
  d.readModrm()
  if (!d.isMemory) return d.undefined()
  if (d.addressSize === (d.is64 ? 8 : 4)) {
    const a = d.op(OP.LEA + d.s - 1, EFFECT.none, d.regSlot(d.s))
    d.putAddress(a)
  } else {
    const a = d.op(OP.ADDRESS, EFFECT.none, ZERO, ZERO, d.addressSize)
    d.putAddress(a)
    d.op(OP.MOV_RR + d.s, EFFECT.none, d.regSlot(d.s), THREAD.tmp0)
  }
}

function moveSegment(d: Decoder, opcode: number): void {
  d.readModrm()
  const n = d.reg & 7
  if (n > 5 || (opcode === 0x8e && n === 1)) return d.undefined()
  if (opcode === 0x8c) {
    const from = SELECTOR_SLOT[n]!
    if (d.isMemory) d.memoryOp(OP.MOV_MR + 1, EFFECT.none, ZERO, from)
    else if (d.size === 2) d.op(OP.MOV_RR + 1, EFFECT.none, d.rmSlot(1), from)
    else d.op(OP.ZX_RR + 2, EFFECT.none, d.rmSlot(2), from)
  } else if (d.isMemory) d.memoryHelper(HELPER.loadSegmentMemory, ZERO, ZERO, n)
  else d.helper(HELPER.loadSegment, ZERO, d.rmSlot(1), n)
}

function ret(d: Decoder, release: number): void {
  if (d.has66 && !d.is64) {
    d.helper(HELPER.near16, ZERO, ZERO, 3 | (release << 8))
    return
  }
  d.end(d.op(OP.RET + (d.is64 ? 1 : 0), EFFECT.leaves, ZERO, ZERO, release))
}

function loop(d: Decoder, kind: number): void {
  const a = d.op(OP.LOOP, EFFECT.leaves | EFFECT.reads, ZERO, d.addressSize)
  const relative = d.i8()
  d.memory.u8[a + FIELD.scale] = kind
  let target = d.next + relative
  if (d.has66 && !d.is64) target &= 0xffff
  d.branch(a, target)
}

/** Decodes the instruction whose first opcode byte is `opcode`, in the one-byte map. Intel SDM volume 2D, table A-2. */
export function oneByte(d: Decoder, opcode: number): void {
  if (opcode < 0x40) {
    if ((opcode & 7) < 6) return alu(d, opcode)
    if (d.is64) return d.undefined()
    if ((opcode & 0xe7) === 0x27) {
      const kind = opcode === 0x37 ? 0 : opcode === 0x3f ? 1 : opcode === 0x27 ? 2 : 3
      d.op(OP.DECIMAL, EFFECT.other | EFFECT.reads, ZERO, ZERO, 0, kind)
      return
    }
    const segment = opcode >> 3
    if (opcode & 1) d.helper(HELPER.popSegment, ZERO, ZERO, segment | (d.size << 8))
    else pushSegment(d, segment)
    return
  }
  if (opcode < 0x50) {
    const slot = GPR_OFFSET[opcode & 7]!
    d.op((opcode & 8 ? OP.DEC_R : OP.INC_R) + d.s, EFFECT.some, slot)
    return
  }
  if (opcode < 0x60) {
    const slot = GPR_OFFSET[(opcode & 7) | ((d.rex & 1) << 3)]!
    d.op((opcode & 8 ? OP.POP_R : OP.PUSH_R) + stackSize(d) - 1, EFFECT.leaves, slot)
    return
  }
  if (opcode >= 0x70 && opcode < 0x80) return jcc(d, opcode & 15, d.i8())
  if (opcode >= 0xb0 && opcode < 0xc0) {
    const s = opcode & 8 ? d.s : 0
    return movImmediate(d, d.slot((opcode & 7) | ((d.rex & 1) << 3), s), s)
  }
  if (opcode >= 0xd8 && opcode < 0xe0) return x87(d, opcode)
  const s = sizeOf(d, opcode)
  switch (opcode) {
    case 0x60: case 0x61:
      if (d.is64) return d.undefined()
      d.op((opcode & 1 ? OP.POPA : OP.PUSHA) + d.s - 1, EFFECT.leaves)
      return
    case 0x62:
      d.readModrm()
      if (d.is64 || !d.isMemory) return d.undefined()
      return d.memoryHelper(HELPER.bound, d.regSlot(d.s), ZERO, d.size)
    case 0x63:
      d.readModrm()
      if (!d.is64) {
        if (d.isMemory) d.memoryHelper(HELPER.arplMemory, ZERO, d.regSlot(1))
        else d.helper(HELPER.arpl, d.rmSlot(1), d.regSlot(1))
      } else if (d.s === 3) {
        if (d.isMemory) d.memoryOp(OP.SX_RM + 5, EFFECT.none, d.regSlot(3))
        else d.op(OP.SX_RR + 5, EFFECT.none, d.regSlot(3), d.rmSlot(2))
      } else if (d.isMemory) d.memoryOp(OP.MOV_RM + d.s, EFFECT.none, d.regSlot(d.s))
      else d.op(OP.MOV_RR + d.s, EFFECT.none, d.regSlot(d.s), d.rmSlot(d.s))
      return
    case 0x68: case 0x6a: {
      const size = stackSize(d)
      const imm = opcode === 0x6a ? d.i8() : d.immediate(size === 1 ? 1 : 2)
      d.op(OP.PUSH_I + size - 1, EFFECT.leaves, ZERO, ZERO, imm)
      return
    }
    case 0x69: case 0x6b: {
      d.readModrm()
      const imm = opcode === 0x6b ? d.i8() : d.iz()
      if (d.isMemory) d.memoryOp(OP.IMUL_RMI + d.s - 1, EFFECT.other, d.regSlot(d.s), ZERO, imm)
      else d.op(OP.IMUL_RRI + d.s - 1, EFFECT.other, d.regSlot(d.s), d.rmSlot(d.s), imm)
      return
    }
    case 0x6c: case 0x6d: case 0x6e: case 0x6f: return d.raise(13)
    case 0x80: case 0x81: case 0x83: return group1(d, opcode)
    case 0x82:
      if (!d.is64) return group1(d, opcode)
      d.readModrm()
      return d.undefined()
    case 0x84: case 0x85:
      d.readModrm()
      if (d.isMemory) d.memoryOp(OP.TEST_MR + s, EFFECT.logic, ZERO, d.regSlot(s))
      else d.op(OP.TEST_RR + s, EFFECT.logic, d.rmSlot(s), d.regSlot(s))
      return
    case 0x86: case 0x87: return xchg(d, opcode)
    case 0x88: case 0x89:
      d.readModrm()
      if (d.isMemory) d.memoryOp(OP.MOV_MR + s, EFFECT.none, ZERO, d.regSlot(s))
      else d.op(OP.MOV_RR + s, EFFECT.none, d.rmSlot(s), d.regSlot(s))
      return
    case 0x8a: case 0x8b:
      d.readModrm()
      if (d.isMemory) d.memoryOp(OP.MOV_RM + s, EFFECT.none, d.regSlot(s))
      else d.op(OP.MOV_RR + s, EFFECT.none, d.regSlot(s), d.rmSlot(s))
      return
    case 0x8c: case 0x8e: return moveSegment(d, opcode)
    case 0x8d: return lea(d)
    case 0x8f: {
      d.readModrm()
      if ((d.reg & 7) !== 0) return d.undefined()
      const size = stackSize(d) - 1
      if (d.isMemory) popMemory(d, size)
      else d.op(OP.POP_R + size, EFFECT.leaves, d.rmSlot(3))
      return
    }
    case 0x90:
      if (!(d.rex & 1)) return // NOP, PAUSE
      d.op(OP.XCHG_RR + d.s, EFFECT.none, AX, GPR_OFFSET[8]!)
      return
    case 0x91: case 0x92: case 0x93: case 0x94: case 0x95: case 0x96: case 0x97:
      d.op(OP.XCHG_RR + d.s, EFFECT.none, AX, GPR_OFFSET[(opcode & 7) | ((d.rex & 1) << 3)]!)
      return
    case 0x98: case 0x99:
      d.op((opcode & 1 ? OP.CWD : OP.CBW) + d.s - 1, EFFECT.none)
      return
    case 0x9a: case 0xea: {
      const offset = d.size === 2 ? d.u16() : d.i32()
      const selector = d.u16()
      if (d.is64) return d.undefined()
      const a = d.helper(opcode === 0xea ? HELPER.farJump : HELPER.farCall, ZERO, ZERO, d.size)
      d.putHalves(a + FIELD.disp, offset, selector)
      return
    }
    case 0x9b: return x87(d, opcode)
    case 0x9c: d.op(OP.PUSHF + stackSize(d) - 1, EFFECT.leaves | EFFECT.reads); return
    case 0x9d: {
      const a = d.op(OP.POPF + stackSize(d) - 1, EFFECT.leaves | EFFECT.other)
      d.put64(a + FIELD.disp, d.next)
      d.ended = true
      return
    }
    case 0x9e: d.op(OP.SAHF, EFFECT.some | EFFECT.reads); return
    case 0x9f: d.op(OP.LAHF, EFFECT.reads); return
    case 0xa0: case 0xa1: case 0xa2: case 0xa3: return moffs(d, opcode)
    case 0xa4: case 0xa5: return string(d, 0, opcode)
    case 0xa6: case 0xa7: return string(d, 1, opcode)
    case 0xa8: case 0xa9: d.op(OP.TEST_RI + s, EFFECT.logic, AX, ZERO, d.immediate(s)); return
    case 0xaa: case 0xab: return string(d, 2, opcode)
    case 0xac: case 0xad: return string(d, 3, opcode)
    case 0xae: case 0xaf: return string(d, 4, opcode)
    case 0xc0: case 0xc1: case 0xd0: case 0xd1: case 0xd2: case 0xd3: return shiftGroup(d, opcode, s)
    case 0xc2: return ret(d, d.u16())
    case 0xc3: return ret(d, 0)
    case 0xc4: case 0xc5:
      d.readModrm()
      if (d.is64 || !d.isMemory) return d.undefined() // VEX: not reported by CPUID
      return d.memoryHelper(HELPER.loadFar, d.regSlot(d.s), ZERO, (opcode === 0xc4 ? 0 : 3) | (d.size << 8))
    case 0xc6: case 0xc7:
      d.readModrm()
      if ((d.reg & 7) !== 0) return d.undefined()
      if (d.isMemory) {
        const imm = d.immediate(s)
        d.memoryOp(OP.MOV_MI + s, EFFECT.none, ZERO, ZERO, imm)
      } else {
        const imm = d.immediate(s)
        const a = d.op(OP.MOV_RI + s, EFFECT.none, d.rmSlot(s))
        d.putHalves(a + FIELD.disp, imm, s === 3 ? imm >> 31 : 0)
      }
      return
    case 0xc8: {
      const bytes = d.u16()
      d.helper(HELPER.enter, ZERO, 1 << stackSize(d), bytes | ((d.u8() & 31) << 16))
      return
    }
    case 0xc9: d.op(OP.LEAVE + stackSize(d) - 1, EFFECT.leaves); return
    case 0xca: case 0xcb: {
      const release = opcode === 0xca ? d.u16() : 0
      d.helper(HELPER.farReturn, ZERO, ZERO, d.size | (release << 8))
      return
    }
    case 0xcc: case 0xf1: d.helper(HELPER.interrupt, ZERO, ZERO, opcode); return
    case 0xcd: d.gate(TRAP.int, d.u8()); return
    case 0xce:
      if (d.is64) return d.undefined()
      d.helper(HELPER.into)
      return
    case 0xcf: d.helper(HELPER.iret, ZERO, ZERO, d.size); return
    case 0xd4: case 0xd5: {
      const base = d.u8()
      if (d.is64) return d.undefined()
      d.op(OP.DECIMAL, EFFECT.other | EFFECT.leaves, ZERO, ZERO, base, opcode & 1 ? 5 : 4)
      return
    }
    case 0xd6:
      if (d.is64) return d.undefined()
      d.op(OP.SALC, EFFECT.reads)
      return
    case 0xd7: d.access(); d.helper(HELPER.xlat, d.segment, ZERO, d.addressSize); return
    case 0xe0: case 0xe1: case 0xe2: case 0xe3: return loop(d, opcode & 3)
    case 0xe8: {
      const relative = relativeZ(d)
      if (d.has66 && !d.is64) d.put64(d.helper(HELPER.near16, ZERO, ZERO, 0) + FIELD.disp, (d.next + relative) & 0xffff)
      else d.branch(d.op(OP.CALL + (d.is64 ? 1 : 0), EFFECT.leaves), d.next + relative)
      return
    }
    case 0xe9: return jump(d, OP.JMP, relativeZ(d))
    case 0xeb: return jump(d, OP.JMP, d.i8())
    case 0xf5: case 0xf8: case 0xf9: d.op(OP.CARRY + (opcode === 0xf5 ? 2 : opcode & 1), EFFECT.some | EFFECT.reads); return
    case 0xf6: case 0xf7: return group3(d, s)
    case 0xfc: case 0xfd: d.op(OP.DIRECTION + (opcode & 1), EFFECT.none); return
    case 0xfe: case 0xff: return group45(d, opcode, s)
    case 0xe4: case 0xe5: case 0xe6: case 0xe7:
      d.u8()
      return d.raise(13)
    case 0xec: case 0xed: case 0xee: case 0xef: // IN, OUT (above with a port's number): IOPL 0, no I/O bitmap
    case 0xf4: case 0xfa: case 0xfb: // HLT, CLI, STI
      return d.raise(13)
    default: return d.undefined()
  }
}

/** POP to memory: an address by rSP is computed after the pop, which a plain operand does by itself. */
function popMemory(d: Decoder, size: number): void {
  d.popAddress(2 << size)
  d.memoryOp(OP.POP_M + size, EFFECT.none)
}
