import { FPU, GPR_OFFSET, THREAD } from '../../arch/x86/context-layout.js'
import type { Operand, SseEntry } from '../fp-entries.js'
import { OP, VECTOR_CODES } from '../generated/op-codes.js'
import { lookupSse } from '../sse-table.js'
import { lookupX87 } from '../x87-table.js'
import { EFFECT, type Decoder } from './decoder.js'

const ZERO = THREAD.zero
const XMM = THREAD.fpu + FPU.xmm
const MM = THREAD.fpu + FPU.st
/** What is done to memory, as the op's scale byte says. */
const READS = 1, WRITES = 2, ALIGNED = 4, FLAGS = 8, DST_MEMORY = 16
/** The same bit for x87's register forms: reads flags. */
const READS_FLAGS = 16

const usesRm = (o: Operand): boolean => o.endsWith('/m') || o.endsWith('-rm') || o === 'm'

/** Slot of a register operand; MMX registers are ST registers by their physical index. */
function slotOf(d: Decoder, o: Operand): number {
  if (o === 'none' || o === 'm') return ZERO
  const n = usesRm(o) ? d.rm : d.reg
  if (o.startsWith('xmm')) return XMM + 16 * n
  if (o.startsWith('mm')) return MM + 16 * (n & 7)
  return GPR_OFFSET[n]!
}

function memoryAllowed(e: SseEntry, isMemory: boolean): boolean {
  for (const o of [e.dst, e.src]) if (isMemory ? o.endsWith('-rm') : o === 'm') return false
  return !isMemory || usesRm(e.dst) || usesRm(e.src)
}

/** Place of an SSE code in the VECTOR families. */
const VECTORS: ReadonlyMap<number, number> = /* @__PURE__ */ vectorPlaces()
function vectorPlaces(): Map<number, number> {
  const places = new Map<number, number>()
  VECTOR_CODES.forEach((codes, i) => codes.forEach((code) => places.set(code, i)))
  return places
}

/** Writes the op of a common move or integer operation; false when it is none. `code`: opcode, prefix in bits 8 and 9. */
function common(d: Decoder, code: number, dst: number, src: number): boolean {
  const memory = d.isMemory
  const load = (op: number): boolean => {
    if (memory) d.memoryOp(op, EFFECT.none, dst)
    return memory
  }
  const store = (op: number): boolean => {
    if (memory) d.memoryOp(op, EFFECT.none, ZERO, src)
    return memory
  }
  const move = (op: number): boolean => {
    d.op(op, EFFECT.none, dst, src)
    return true
  }
  const vector = VECTORS.get(code)
  if (vector !== undefined) return load(OP.VECTOR_RM + vector) || move(OP.VECTOR_RR + vector)
  switch (code) {
    case 0x010: case 0x110: case 0x26f: return load(OP.VLOAD) || move(OP.VMOV_RR)
    case 0x028: case 0x128: case 0x16f: return load(OP.VLOAD + 1) || move(OP.VMOV_RR)
    case 0x011: case 0x111: case 0x27f: return store(OP.VSTORE) || move(OP.VMOV_RR)
    case 0x029: case 0x129: case 0x17f: return store(OP.VSTORE + 1) || move(OP.VMOV_RR)
    case 0x210: return load(OP.VLOAD_LOW)
    case 0x310: return load(OP.VLOAD_LOW + 1)
    case 0x27e: return load(OP.VLOAD_LOW + 1) || move(OP.VMOV_LOW + 1)
    case 0x211: return store(OP.VSTORE_LOW)
    case 0x311: return store(OP.VSTORE_LOW + 1)
    case 0x1d6: return store(OP.VSTORE_LOW + 1) || move(OP.VMOV_LOW + 1)
    case 0x16e: return load(OP.VLOAD_LOW + (d.rex >> 3)) || move(OP.VMOV_LOW + (d.rex >> 3))
    case 0x17e: return store(OP.VSTORE_LOW + (d.rex >> 3)) || move(d.rex & 8 ? OP.MOV_RR + 3 : OP.MOV_RR + 2)
    case 0x1d7: return !memory && move(OP.PMOVMSKB)
    case 0x016: case 0x116: return load(OP.VLOAD_HIGH)
    case 0x017: case 0x117: return store(OP.VSTORE_HIGH)
    default: return false
  }
}

/** An MMX or SSE instruction, 0F `opcode`. */
export function sse(d: Decoder, opcode: number): void {
  const prefix = d.rep === 0xf2 ? 0xf2 : d.rep === 0xf3 ? 0xf3 : d.has66 ? 0x66 : 0
  if (opcode === 0x77) {
    const e = lookupSse(prefix, opcode, 0xc0, (d.rex & 8) !== 0, d.is64)
    if (e === null) return d.undefined()
    d.op(OP.SSE_R, EFFECT.leaves, ZERO, ZERO, e.code)
    return
  }
  // An operation that does not exist is found out after its ModRM byte was fetched, which may be on the next page.
  d.readModrm()
  const e = lookupSse(prefix, opcode, d.modrm, (d.rex & 8) !== 0, d.is64)
  if (e === null) return d.undefined()
  const noOperands = e.dst === 'none' && e.src === 'none'
  if (!noOperands && !memoryAllowed(e, d.isMemory)) return d.undefined()
  const imm = e.imm8 ? d.u8() : 0
  const effect = (e.setsFlags ? EFFECT.other : EFFECT.none) | EFFECT.leaves
  const dst = slotOf(d, e.dst)
  const src = slotOf(d, e.src)
  if (!e.imm8 && common(d, e.code & 0x3ff, dst, src)) return
  if (e.implicitDi === true) {
    // The mask's register goes where an immediate would.
    const mask = d.rm
    d.indirect(GPR_OFFSET[7]!)
    d.memoryOp(OP.SSE_M, effect, ZERO, src, e.code, mask | ((READS | WRITES | DST_MEMORY) << 8) | (e.size << 16))
  } else if (d.isMemory && !noOperands && (e.readsMemory || e.writesMemory)) {
    const dstMemory = usesRm(e.dst)
    const w = (e.readsMemory ? READS : 0) | (e.writesMemory ? WRITES : 0) | (e.align16 ? ALIGNED : 0) | (e.setsFlags ? FLAGS : 0) | (dstMemory ? DST_MEMORY : 0)
    d.memoryOp(OP.SSE_M, effect, dst, src, e.code, imm | (w << 8) | (e.size << 16))
  } else if (d.isMemory && !noOperands) {
    // An address that is only named (prefetch, clflush).
    return
  } else d.op(OP.SSE_R, effect, dst, src, e.code, imm | ((e.setsFlags ? 1 : 0) << 8))
}

/** An x87 instruction, D8 to DF, or FWAIT, 9B. */
export function x87(d: Decoder, opcode: number): void {
  if (opcode === 0x9b) {
    const e = lookupX87(opcode, 0xc0, false)
    if (e !== null) d.op(OP.X87_R, EFFECT.leaves, ZERO, ZERO, e.code, e.imm)
    return
  }
  d.readModrm()
  const e = lookupX87(opcode, d.modrm, d.has66)
  if (e === null) return d.undefined()
  const effect = (e.setsFlags ? EFFECT.other : EFFECT.none) | EFFECT.leaves | EFFECT.reads
  const w = (e.readsMemory ? READS : 0) | (e.writesMemory ? WRITES : 0) | (e.setsFlags ? FLAGS : 0)
  if (d.isMemory) d.memoryOp(OP.X87_M, effect, ZERO, ZERO, e.code, (e.imm & 0xff) | (w << 8) | (e.size << 16))
  else d.op(OP.X87_R, effect, ZERO, ZERO, e.code, (e.imm & 0xff) | ((w | (e.readsFlags ? READS_FLAGS : 0)) << 8))
}
