import { FPU, GPR_OFFSET, THREAD } from '../../arch/x86/context-layout.js'
import type { Operand, SseEntry } from '../fp-entries.js'
import { OP } from '../generated/op-codes.js'
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

/** An MMX or SSE instruction, 0F `opcode`. */
export function sse(d: Decoder, opcode: number): void {
  const prefix = d.rep === 0xf2 ? 0xf2 : d.rep === 0xf3 ? 0xf3 : d.has66 ? 0x66 : 0
  if (opcode === 0x77) {
    const e = lookupSse(prefix, opcode, 0xc0, (d.rex & 8) !== 0, d.is64)
    if (e === null) return d.undefined()
    d.op(OP.SSE_R, EFFECT.leaves, ZERO, ZERO, e.code)
    return
  }
  const e = lookupSse(prefix, opcode, d.peek(), (d.rex & 8) !== 0, d.is64)
  if (e === null) return d.undefined()
  d.readModrm()
  const noOperands = e.dst === 'none' && e.src === 'none'
  if (!noOperands && !memoryAllowed(e, d.isMemory)) return d.undefined()
  const imm = e.imm8 ? d.u8() : 0
  const effect = (e.setsFlags ? EFFECT.other : EFFECT.none) | EFFECT.leaves
  const dst = slotOf(d, e.dst)
  const src = slotOf(d, e.src)
  if (e.implicitDi === true) {
    const rm = d.rm
    d.indirect(GPR_OFFSET[7]!)
    d.memoryOp(OP.SSE_M, effect, ZERO, e.src.endsWith('rm') ? slotRm(e.src, rm) : src, e.code, imm | ((READS | WRITES | DST_MEMORY) << 8) | (e.size << 16))
  } else if (d.isMemory && !noOperands && (e.readsMemory || e.writesMemory)) {
    const dstMemory = usesRm(e.dst)
    const w = (e.readsMemory ? READS : 0) | (e.writesMemory ? WRITES : 0) | (e.align16 ? ALIGNED : 0) | (e.setsFlags ? FLAGS : 0) | (dstMemory ? DST_MEMORY : 0)
    d.memoryOp(OP.SSE_M, effect, dst, src, e.code, imm | (w << 8) | (e.size << 16))
  } else if (d.isMemory && !noOperands) {
    // An address that is only named (prefetch, clflush).
    return
  } else d.op(OP.SSE_R, effect, dst, src, e.code, imm | ((e.setsFlags ? 1 : 0) << 8))
}

function slotRm(o: Operand, rm: number): number {
  return o.startsWith('xmm') ? XMM + 16 * rm : MM + 16 * (rm & 7)
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
