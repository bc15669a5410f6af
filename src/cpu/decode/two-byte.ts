import { TRAP } from '../../arch/cpu-port.js'
import { GPR_OFFSET, THREAD } from '../../arch/x86/context-layout.js'
import { OP } from '../generated/op-codes.js'
import { EFFECT, type Decoder } from './decoder.js'
import { sse } from './fp.js'
import { bitImmediate, bitRegister, pushSegment } from './groups.js'
import { HELPER } from './helpers.js'
import { jcc, relativeZ } from './one-byte.js'

const ZERO = THREAD.zero

function cmov(d: Decoder, condition: number): void {
  d.readModrm()
  const dst = d.regSlot(d.s)
  if (d.isMemory) d.memoryOp(OP.CMOV_M + d.s - 1, EFFECT.reads, dst, ZERO, 0, condition)
  else if (d.s === 1) d.op(OP.CMOV16_R, EFFECT.reads, dst, d.rmSlot(1), 0, condition)
  else d.op((d.s === 3 ? OP.CMOV64_R : OP.CMOV32_R) + condition, EFFECT.reads, dst, d.rmSlot(d.s))
}

function setcc(d: Decoder, condition: number): void {
  d.readModrm()
  if (d.isMemory) d.memoryOp(OP.SETCC_M, EFFECT.reads, ZERO, ZERO, 0, condition)
  else d.op(OP.SETCC_R + condition, EFFECT.reads, d.rmSlot(0))
}

/** MOVZX, MOVSX: `from` 0 or 1, the source's size index. */
function extend(d: Decoder, from: number, signed: boolean): void {
  d.readModrm()
  const s = d.s
  const dst = d.regSlot(s)
  if (from === 1 && s === 1) {
    if (d.isMemory) d.memoryOp(OP.MOV_RM + 1, EFFECT.none, dst)
    else d.op(OP.MOV_RR + 1, EFFECT.none, dst, d.rmSlot(1))
    return
  }
  const which = signed ? (from === 0 ? s - 1 : s + 1) : from === 1 ? 2 : s === 1 ? 0 : 1
  if (d.isMemory) d.memoryOp((signed ? OP.SX_RM : OP.ZX_RM) + which, EFFECT.none, dst)
  else d.op((signed ? OP.SX_RR : OP.ZX_RR) + which, EFFECT.none, dst, d.rmSlot(from))
}

function doubleShift(d: Decoder, kind: number, byCl: boolean): void {
  d.readModrm()
  const count = byCl ? -1 : d.u8()
  const effect = EFFECT.some | EFFECT.reads
  if (d.isMemory) d.memoryOp(OP.DSHIFT_M + d.s - 1, effect, ZERO, d.regSlot(d.s), count, kind)
  else d.op(OP.DSHIFT_R + d.s - 1, effect, d.rmSlot(d.s), d.regSlot(d.s), count, kind)
}

/** BSF (0) and BSR (1); an F3 prefix is ignored, since CPUID reports neither BMI1 nor LZCNT. */
function scan(d: Decoder, kind: number): void {
  d.readModrm()
  const effect = EFFECT.some | EFFECT.reads
  if (d.isMemory) d.memoryOp(OP.SCAN_M + d.s - 1, effect, d.regSlot(d.s), ZERO, 0, kind)
  else d.op(OP.SCAN_R + d.s - 1, effect, d.regSlot(d.s), d.rmSlot(d.s), 0, kind)
}

function exchange(d: Decoder, family: 'XADD' | 'CMPXCHG', s: number): void {
  d.readModrm()
  if (d.isMemory) {
    d.lockable = true
    d.memoryOp((family === 'XADD' ? OP.XADD_M : OP.CMPXCHG_M) + s, EFFECT.other, ZERO, d.regSlot(s))
  } else d.op((family === 'XADD' ? OP.XADD_R : OP.CMPXCHG_R) + s, EFFECT.other, d.rmSlot(s), d.regSlot(s))
}

function group9(d: Decoder): void {
  d.readModrm()
  if ((d.reg & 7) !== 1 || !d.isMemory) return d.undefined() // RDRAND, RDSEED, RDPID: not reported
  if (d.rex & 8 && !d.features.cx16) return d.undefined()
  d.lockable = true
  d.memoryOp(d.rex & 8 ? OP.CMPXCHG16B : OP.CMPXCHG8B, EFFECT.some | EFFECT.reads)
}

/** 0F 00 and 0F 01: what ring 3 may do of them. */
function systemGroup(d: Decoder, opcode: number): void {
  d.readModrm()
  const n = d.reg & 7
  if (opcode === 0) {
    if (n === 4 || n === 5) {
      if (d.isMemory) d.memoryHelper(HELPER.describeMemory, ZERO, ZERO, n - 2)
      else d.helper(HELPER.describe, ZERO, d.rmSlot(1), n - 2)
    } else if (n < 4) d.raise(13) // SLDT, STR with UMIP; LLDT, LTR
    else d.undefined()
    return
  }
  if (d.isMemory || n === 4 || n === 6) {
    if (n === 5) d.undefined()
    else d.raise(13) // SGDT, SIDT, SMSW with UMIP; LGDT, LIDT, LMSW, INVLPG
    return
  }
  if (d.modrm === 0xf8 && d.is64) d.raise(13) // SWAPGS
  else if (d.modrm === 0xf9 && d.features.rdtscp) d.helper(HELPER.rdtscp)
  else d.undefined()
}

function describe(d: Decoder, kind: number): void {
  d.readModrm()
  const imm2 = kind | (d.s << 8)
  if (d.isMemory) d.memoryHelper(HELPER.describeMemory, d.regSlot(d.s), ZERO, imm2)
  else d.helper(HELPER.describe, d.regSlot(d.s), d.rmSlot(1), imm2)
}

/** Decodes an instruction of the two-byte map, 0F `opcode`. Intel SDM volume 2D, table A-3. */
export function twoByte(d: Decoder, opcode: number): void {
  switch (opcode >> 4) {
    case 4: return cmov(d, opcode & 15)
    case 8: return jcc(d, opcode & 15, relativeZ(d))
    case 9: return setcc(d, opcode & 15)
  }
  switch (opcode) {
    case 0x00: case 0x01: return systemGroup(d, opcode)
    case 0x02: case 0x03: return describe(d, opcode - 2)
    case 0x05:
      if (!d.is64 && !d.features.syscall32) return d.undefined()
      d.gate(TRAP.syscall)
      return
    case 0x34:
      if (d.is64 && !d.features.sysenter64) return d.undefined()
      d.gate(TRAP.sysenter)
      return
    case 0x06: case 0x08: case 0x09: case 0x30: case 0x32: case 0x33: // CLTS, INVD, WBINVD, WRMSR, RDMSR, RDPMC
    case 0x35: // SYSEXIT
      return d.raise(13)
    case 0x07: return d.is64 ? d.raise(13) : d.undefined()
    case 0x0d: case 0x18: case 0x19: case 0x1a: case 0x1b: case 0x1c: case 0x1d: case 0x1e: case 0x1f: // PREFETCH, hints, ENDBR
      d.readModrm()
      if (opcode === 0x0d && !d.isMemory) d.undefined()
      return
    case 0x20: case 0x21: case 0x22: case 0x23:
      d.readModrm()
      if ((opcode & 1) === 0 && ![0, 2, 3, 4, 8].includes(d.reg)) d.undefined()
      else d.raise(13)
      return
    case 0x31: d.helper(HELPER.rdtsc); return
    case 0xa0: case 0xa8: return pushSegment(d, opcode >> 3 & 1 ? 5 : 4)
    case 0xa1: case 0xa9: {
      const size = d.has66 ? 2 : d.is64 ? 8 : 4
      d.helper(HELPER.popSegment, ZERO, ZERO, (opcode >> 3 & 1 ? 5 : 4) | (size << 8))
      return
    }
    case 0xa2: d.helper(HELPER.cpuid); return
    case 0xa3: return bitRegister(d, 0)
    case 0xab: return bitRegister(d, 1)
    case 0xb3: return bitRegister(d, 2)
    case 0xbb: return bitRegister(d, 3)
    case 0xba: return bitImmediate(d)
    case 0xa4: case 0xa5: return doubleShift(d, 0, opcode === 0xa5)
    case 0xac: case 0xad: return doubleShift(d, 1, opcode === 0xad)
    case 0xaf:
      d.readModrm()
      if (d.isMemory) d.memoryOp(OP.IMUL_RM + d.s - 1, EFFECT.other, d.regSlot(d.s))
      else d.op(OP.IMUL_RR + d.s - 1, EFFECT.other, d.regSlot(d.s), d.rmSlot(d.s))
      return
    case 0xb0: case 0xb1: return exchange(d, 'CMPXCHG', opcode & 1 ? d.s : 0)
    case 0xc0: case 0xc1: return exchange(d, 'XADD', opcode & 1 ? d.s : 0)
    case 0xb2: case 0xb4: case 0xb5:
      d.readModrm()
      if (!d.isMemory) return d.undefined()
      return d.memoryHelper(HELPER.loadFar, d.regSlot(d.s), ZERO, (opcode === 0xb2 ? 2 : opcode & 7) | (d.size << 8))
    case 0xb6: return extend(d, 0, false)
    case 0xb7: return extend(d, 1, false)
    case 0xbe: return extend(d, 0, true)
    case 0xbf: return extend(d, 1, true)
    case 0xbc: return scan(d, 0)
    case 0xbd: return scan(d, 1)
    case 0xc7: return group9(d)
    case 0xb9: case 0xff:
      d.readModrm()
      return d.undefined()
    // No instruction and no ModRM byte either; every other undefined opcode is seen as one with a ModRM byte.
    case 0x04: case 0x0a: case 0x0b: case 0x0c: case 0x0e:
    case 0x24: case 0x25: case 0x26: case 0x27: case 0x36: case 0x37:
    case 0x39: case 0x3b: case 0x3c: case 0x3d: case 0x3e: case 0x3f: case 0x7a: case 0x7b: case 0xa6: case 0xa7: case 0xaa:
      return d.undefined()
  }
  if (opcode >= 0xc8 && opcode < 0xd0) {
    const slot = GPR_OFFSET[(opcode & 7) | ((d.rex & 1) << 3)]!
    if (d.s === 1) {
      // BSWAP of 16 bits is undefined; processors clear the register's low half.
      const a = d.op(OP.MOV_RI + 1, EFFECT.none, slot)
      d.putHalves(a + 16, 0, 0)
    } else d.op(OP.BSWAP + d.s - 2, EFFECT.none, slot)
    return
  }
  return sse(d, opcode)
}
