/**
 * x87. `code` is the opcode itself (see src/cpu/x87-table.ts): (opcode & 7) * 8 + the reg field of ModRM, plus 64 for the
 * register forms, whose rm field is `imm`; 128 is FWAIT; 256 is added with a 66 prefix.
 */
import {
  arithMemory, arithStack, compareFlags, compareMemory, compareStack, compareZero, conditionalMove, exchange, loadExtended, loadInt64, loadNumber,
  loadStack, squareRoot
} from './x87-arith'
import { clearExceptions, init, loadControl, loadEnvironment, restoreState, saveState, storeEnvironment } from './x87-env'
import { changeSign, examine, extract, loadConstant, remainder, roundInt, scale } from './x87-misc'
import { free, pop, rotate, start, startKeeping, X } from './x87-state'
import { loadDecimal, storeDecimal, storeExtended, storeFloat, storeInt, storeStack, storeStackQuietly } from './x87-store'
import { exponential, logarithm, logarithmPlus1, partialArctangent } from './x87-transcendental'
import { cosine, partialTangent, sine, sineCosine } from './x87-trigonometric'

/** THREAD.fpu, PT_REGS.rax and PT_REGS.rflags of src/arch/x86/context-layout.ts. */
const FPU: usize = 232
const RAX: usize = 80
const RFLAGS: usize = 144

/** Result of {@link x87}: an unmasked exception is pending (#MF). */
const MF: i32 = -1

/**
 * Executes one instruction. `ptr` is the host address of the memory operand.
 *
 * @returns ZF, PF and CF for FCOMI and its kin, else 0; -1 for #MF
 */
export function x87(code: i32, regs: usize, ptr: usize, imm: i32): i32 {
  const fpu = regs + FPU
  const short = (code & 256) != 0
  const op = <u32>code & 255
  if (load<u16>(fpu, 2) & 0x80 && waits(op, imm)) return MF
  if (op >= 128) return 0
  if (op >= 64) return registers(op - 64, <u32>imm, regs)
  memoryForm(op, ptr, short, fpu)
  return 0
}

/** Whether an instruction checks for pending exceptions first: all but FNSTENV, FNSTCW, FNSAVE, FNSTSW, FNCLEX, FNINIT and the 8087's no-ops. */
function waits(op: u32, imm: i32): bool {
  if (op == 0x0e || op == 0x0f || op == 0x2e || op == 0x2f) return false
  if (op == 64 + 0x1c) return imm > 4
  return op != 64 + 0x3c || imm != 0
}

function memoryForm(op: u32, ptr: usize, short: bool, fpu: usize): void {
  const reg = op & 7
  switch (op) {
    case 0x0c:
      X.fpu = fpu
      loadEnvironment(ptr, short)
      return
    case 0x0d:
      X.fpu = fpu
      loadControl(load<u16>(ptr))
      return
    case 0x0e:
      X.fpu = fpu
      storeEnvironment(ptr, short)
      return
    case 0x0f:
      store<u16>(ptr, load<u16>(fpu))
      return
    case 0x2c:
      X.fpu = fpu
      restoreState(ptr, short)
      return
    case 0x2e:
      X.fpu = fpu
      saveState(ptr, short)
      return
    case 0x2f:
      store<u16>(ptr, load<u16>(fpu, 2))
      return
  }
  start(fpu)
  switch (op >> 3) {
    case 0: // D8: m32
    case 2: // DA: m32 integer
    case 4: // DC: m64
    case 6: // DE: m16 integer
      if ((reg & 6) == 2) compareMemory(op >> 4, ptr, reg & 1)
      else arithMemory(reg, op >> 4, ptr)
      return
    case 1: // D9
      if (reg == 0) loadNumber(0, ptr)
      else storeFloat(false, ptr, reg == 3)
      return
    case 3: // DB
      if (reg == 0) loadNumber(1, ptr)
      else if (reg == 5) loadExtended(ptr)
      else if (reg == 7) storeExtended(ptr)
      else storeInt(32, ptr, reg == 3)
      return
    case 5: // DD
      if (reg == 0) loadNumber(2, ptr)
      else storeFloat(true, ptr, reg == 3)
      return
    default: // DF
      if (reg == 0) loadNumber(3, ptr)
      else if (reg == 4) loadDecimal(ptr)
      else if (reg == 5) loadInt64(ptr)
      else if (reg == 6) storeDecimal(ptr)
      else if (reg == 7) storeInt(64, ptr, true)
      else storeInt(16, ptr, reg == 3)
  }
}

function registers(op: u32, i: u32, regs: usize): i32 {
  const reg = op & 7
  const fpu = regs + FPU
  if (op == 0x1c) { // DB E0: fneni, fndisi, fnclex, fninit, fnsetpm
    X.fpu = fpu
    if (i == 2) clearExceptions()
    else if (i == 3) init()
    return 0
  }
  if (op == 0x3c) { // DF E0
    store<u16>(regs + RAX, load<u16>(fpu, 2))
    return 0
  }
  if (op == 0x0a) return 0 // fnop
  if (keepsC1(op)) startKeeping(fpu)
  else start(fpu)
  switch (op >> 3) {
    case 0:
      if ((reg & 6) == 2) compareStack(i, false, reg & 1)
      else arithStack(reg, 0, i, false)
      return 0
    case 1:
      single(reg, i)
      return 0
    case 2:
      if (reg == 5) compareStack(1, true, 2)
      else conditionalMove(i, holds(reg, load<u32>(regs + RFLAGS)))
      return 0
    case 3:
      if (reg >= 5) return compareFlags(i, reg == 5, false)
      conditionalMove(i, !holds(reg, load<u32>(regs + RFLAGS)))
      return 0
    case 4:
    case 6: {
      const pops = op >> 3 == 6
      if (reg == 3 && pops) compareStack(1, false, 2)
      else if ((reg & 6) == 2) compareStack(i, false, pops ? 1 : reg & 1)
      else arithStack(reg >= 4 ? reg ^ 1 : reg, i, 0, pops) // DC and DE have sub and subr, div and divr exchanged
      return 0
    }
    case 5:
      if (reg == 0) free(i)
      else if (reg == 1) exchange(i)
      else if (reg < 4) storeStack(i, reg == 3)
      else compareStack(i, true, reg & 1)
      return 0
    default:
      if (reg == 0) {
        free(i)
        pop()
      } else if (reg == 1) exchange(i)
      else if (reg < 4) storeStack(i, true)
      else return compareFlags(i, reg == 5, true)
      return 0
  }
}

/** FCMOVcc, FCOMI and FUCOMI change C1 only for a stack fault. */
function keepsC1(op: u32): bool {
  const row = op >> 3
  const reg = op & 7
  if (row == 2) return reg < 4
  return row == 3 || (row == 7 && reg >= 4)
}

/** Conditions of FCMOV: b, e, be, u. */
function holds(reg: u32, flags: u32): bool {
  const mask: u32 = reg == 0 ? 0x01 : reg == 1 ? 0x40 : reg == 2 ? 0x41 : 0x04
  return (flags & mask) != 0
}

/** D9 C0 to FF. */
function single(reg: u32, i: u32): void {
  switch (reg) {
    case 0:
      loadStack(i)
      return
    case 1:
      exchange(i)
      return
    case 3:
      storeStackQuietly(i)
      return
    case 4:
      if (i == 4) compareZero()
      else if (i == 5) examine()
      else changeSign(i == 1)
      return
    case 5:
      loadConstant(i)
      return
    case 6:
      if (i == 0) exponential()
      else if (i == 1) logarithm()
      else if (i == 2) partialTangent()
      else if (i == 3) partialArctangent()
      else if (i == 4) extract()
      else if (i == 5) remainder(true)
      else rotate(i == 6 ? 7 : 1)
      return
    default:
      if (i == 0) remainder(false)
      else if (i == 1) logarithmPlus1()
      else if (i == 2) squareRoot()
      else if (i == 3) sineCosine()
      else if (i == 4) roundInt()
      else if (i == 5) scale()
      else if (i == 6) sine()
      else cosine()
  }
}
