import { THREAD } from '../../arch/x86/context-layout.js'
import { OP } from '../generated/op-codes.js'
import { EFFECT, type Decoder } from './decoder.js'
import { HELPER } from './helpers.js'
import { SELECTOR_SLOT } from './selectors.js'

const ZERO = THREAD.zero

/** Shifts and rotates: C0, C1 by imm8; D0, D1 by 1; D2, D3 by CL. */
export function shiftGroup(d: Decoder, opcode: number, s: number): void {
  d.readModrm()
  const kind = d.reg & 7
  const byCl = (opcode & 0xfe) === 0xd2
  const count = opcode < 0xd0 ? d.u8() : byCl ? -1 : 1
  const effect = EFFECT.some | EFFECT.reads
  if (d.isMemory) {
    d.memoryOp(OP.SHIFT_M + s, effect, ZERO, ZERO, count, kind)
    return
  }
  const dst = d.rmSlot(s)
  const masked = count & (s === 3 ? 63 : 31)
  if (byCl || s < 2 || masked === 0 || kind === 2 || kind === 3) d.op(OP.SHIFT_R + s, effect, dst, ZERO, count, kind)
  else if (kind < 2) d.rotate(dst, masked, kind)
  else d.op((kind === 5 ? OP.SHR_RI : kind === 7 ? OP.SAR_RI : OP.SHL_RI) + s - 2, EFFECT.other, dst, ZERO, masked)
}

/** F6, F7: TEST, NOT, NEG, MUL, IMUL, DIV, IDIV. */
export function group3(d: Decoder, s: number): void {
  d.readModrm()
  const n = d.reg & 7
  if (n < 2) {
    const imm = d.immediate(s)
    if (d.isMemory) d.memoryOp(OP.TEST_MI + s, EFFECT.logic, ZERO, ZERO, imm)
    else d.op(OP.TEST_RI + s, EFFECT.logic, d.rmSlot(s), ZERO, imm)
  } else if (n < 4) {
    const effect = n === 2 ? EFFECT.none : EFFECT.other
    if (d.isMemory) {
      d.lockable = true
      d.memoryOp((n === 2 ? OP.NOT_M : OP.NEG_M) + s, effect)
    } else d.op((n === 2 ? OP.NOT_R : OP.NEG_R) + s, effect, d.rmSlot(s))
  } else {
    const effect = n < 6 ? EFFECT.other : EFFECT.some
    if (d.isMemory) d.memoryOp(OP.MULDIV_M + s, effect, ZERO, ZERO, 0, n)
    else d.op(OP.MULDIV_R + s, effect | EFFECT.leaves, ZERO, d.rmSlot(s), 0, n)
  }
}

/** FE, FF: INC, DEC, and near and far CALL, JMP, PUSH. */
export function group45(d: Decoder, opcode: number, s: number): void {
  d.readModrm()
  const n = d.reg & 7
  if (n < 2) {
    const family = d.isMemory ? (n ? OP.DEC_M : OP.INC_M) : n ? OP.DEC_R : OP.INC_R
    if (d.isMemory) {
      d.lockable = true
      d.memoryOp(family + s, EFFECT.some)
    } else d.op(family + s, EFFECT.some, d.rmSlot(s))
    return
  }
  if (opcode === 0xfe || n === 7) return d.undefined()
  if (n === 6) {
    const size = d.has66 ? 1 : d.is64 ? 3 : 2
    if (d.isMemory) d.memoryOp(OP.PUSH_M + size - 1, EFFECT.none)
    else d.op(OP.PUSH_R + size - 1, EFFECT.leaves, d.rmSlot(size))
    return
  }
  if (n === 3 || n === 5) {
    if (!d.isMemory) return d.undefined()
    // A far pointer with REX.W is 16:64 on Intel's processors.
    return d.memoryHelper(n === 3 ? HELPER.farCallMemory : HELPER.farJumpMemory, ZERO, ZERO, d.size)
  }
  if (d.has66 && !d.is64) {
    const kind = n === 2 ? 1 : 2
    if (d.isMemory) d.memoryHelper(HELPER.near16Memory, ZERO, ZERO, kind)
    else d.helper(HELPER.near16, ZERO, d.rmSlot(1), kind)
    return
  }
  const wide = d.is64 ? 1 : 0
  const a = d.isMemory
    ? d.memoryOp((n === 2 ? OP.CALL_M : OP.JMP_M) + wide, EFFECT.none)
    : d.op((n === 2 ? OP.CALL_R : OP.JMP_R) + wide, EFFECT.leaves, ZERO, d.rmSlot(d.is64 ? 3 : 2))
  d.end(a)
}

/** PUSH of a segment register, ES to GS: the selector zero-extended to the operand size. */
export function pushSegment(d: Decoder, segment: number): void {
  const size = d.has66 ? 1 : d.is64 ? 3 : 2
  d.op(OP.ZX_RR + 2, EFFECT.none, THREAD.tmp1, SELECTOR_SLOT[segment]!)
  d.op(OP.PUSH_R + size - 1, EFFECT.leaves, THREAD.tmp1)
}

/** BT, BTS, BTR, BTC (kinds 0 to 3) with the bit in a register. */
export function bitRegister(d: Decoder, kind: number): void {
  d.readModrm()
  const effect = EFFECT.some | EFFECT.reads
  if (d.isMemory) {
    d.lockable = kind !== 0
    d.memoryOp(OP.BIT_MR + d.s - 1, effect, ZERO, d.regSlot(d.s), 0, kind)
  } else d.op(OP.BIT_RR + d.s - 1, effect, d.rmSlot(d.s), d.regSlot(d.s), 0, kind)
}

/** 0F BA: the same with an immediate. */
export function bitImmediate(d: Decoder): void {
  d.readModrm()
  const kind = (d.reg & 7) - 4
  if (kind < 0) return d.undefined()
  const imm = d.u8()
  const effect = EFFECT.some | EFFECT.reads
  if (d.isMemory) {
    d.lockable = kind !== 0
    d.memoryOp(OP.BIT_MI + d.s - 1, effect, ZERO, ZERO, imm, kind)
  } else d.op(OP.BIT_RI + d.s - 1, effect, d.rmSlot(d.s), ZERO, imm, kind)
}
