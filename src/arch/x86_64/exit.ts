import type { CpuState } from '../x86/cpu-state.js'
import { EFLAGS, IRET_FLAGS, SYSRET_FLAGS } from '../x86/flags.js'
import { iretFault, isLongCode } from '../x86/iret-check.js'
import { VECTOR_GP } from '../x86/vectors.js'
import { EXIT, WAY } from '../x86/ways.js'
import {
  CS, LANDING_PAD, ORIG_RAX, R8, R10, R11, R12, R13, R14, R15, R9, RCX, RFLAGS, RIP, SS, WAY_SLOT,
} from './slots.js'

/**
 * The way out of an x86_64 kernel, after the work on the way out is done: SYSRET where Linux allows it, else IRET.
 *
 * @returns one of EXIT; EXIT.fault when IRET refused the frame, with `cpu.exception` set and rip as it was
 */
export function exitToUser(cpu: CpuState, regs: number): number {
  return sysretToUser64(cpu, regs) ? EXIT.sysret64 : exitOtherwise(cpu, regs)
}

/** Flags that SYSRET does not load as they are: RF is lost, TF would trap one instruction early; no frame has the others. */
const NOT_BY_SYSRET = ~(SYSRET_FLAGS & ~EFLAGS.TF)

/**
 * The end of `do_syscall_64`: SYSRETQ where the call came by SYSCALL and the frame allows it. SYSRET restores nothing but
 * rip and the flags, so both must be where it takes them from; rcx and r11 are what they were.
 *
 * @returns false when it has to be another way; then nothing is done
 */
export function sysretToUser64(cpu: CpuState, regs: number): boolean {
  const w = cpu.memory.wordsAt(regs)
  const { selectors } = cpu
  const high = w[RIP + 1]!, flags = w[RFLAGS]!
  if (w[WAY_SLOT] !== WAY.syscall64
    // one branch for what is nearly always equal
    || ((w[RCX]! ^ w[RIP]!) | (w[RCX + 1]! ^ high) | (w[R11]! ^ flags) | w[R11 + 1]!
      | (w[CS]! ^ selectors.userCs) | (w[SS]! ^ selectors.userDs) | ((flags ^ EFLAGS.fixed) & NOT_BY_SYSRET)) !== 0
    || (high >>> 0 >= 0x7fff && !mayReturnHigh(cpu, w))) return false
  w[WAY_SLOT] = WAY.none
  return true
}

/** All other ways out. */
function exitOtherwise(cpu: CpuState, regs: number): number {
  const w = cpu.memory.wordsAt(regs)
  const way = w[WAY_SLOT]!
  w[WAY_SLOT] = WAY.none
  if ((way === WAY.sysenter32 || way === WAY.syscall32) && maySysret32(cpu, w)) {
    sysret32(w)
    return EXIT.sysret32
  }
  return iretToUser(cpu, w, checkFrame)
}

/** A non-canonical RCX would make SYSRET fault in the kernel, on the user's stack, on Intel. */
function mayReturnHigh(cpu: CpuState, w: Int32Array): boolean {
  const high = w[RIP + 1]!
  if (cpu.profile.differences.sysretCheck === 'canonical') return high === high << 16 >> 16
  return high === 0x7fff && w[RIP]! >>> 0 < 0xfffff000 // below TASK_SIZE_MAX, 2^47 - 4096
}

/** The end of `do_fast_syscall_32`. ECX never equals EIP here; the landing pad restores it. */
function maySysret32(cpu: CpuState, w: Int32Array): boolean {
  const { selectors } = cpu
  return ((w[CS]! ^ selectors.user32Cs) | (w[SS]! ^ selectors.userDs)
    | (w[RIP]! ^ w[LANDING_PAD]!) | (w[RIP + 1]! ^ w[LANDING_PAD + 1]!)
    | (w[RFLAGS]! & (EFLAGS.RF | EFLAGS.TF))) === 0
}

/** `sysret32_from_system_call`: r8 to r10 are cleared, r12 to r15 are what entry code left, zero. */
function sysret32(w: Int32Array): void {
  w[RCX] = w[RIP]!
  w[RCX + 1] = w[RIP + 1]!
  w[RIP + 1] = 0 // SYSRETL loads EIP from ECX
  w[R11] = w[RFLAGS]!
  w[R11 + 1] = w[RFLAGS + 1]!
  w[RFLAGS] = (w[R11]! & SYSRET_FLAGS) | EFLAGS.fixed
  w[RFLAGS + 1] = 0
  w[R8] = w[R8 + 1] = w[R9] = w[R9 + 1] = w[R10] = w[R10 + 1] = 0
  w[R12] = w[R12 + 1] = w[R13] = w[R13 + 1] = w[R14] = w[R14 + 1] = w[R15] = w[R15 + 1] = 0
}

/**
 * What IRET says to a frame whose selectors are not a program's usual ones.
 *
 * @returns vector << 16 | error code when it refuses; {@link IRET_32} or {@link IRET_64} for the code it returns to
 */
type IretCheck = (cpu: CpuState, cs: number, ss: number, low: number, high: number) => number
const IRET_32 = -1
const IRET_64 = -2

/** Checks a frame against the descriptor tables. */
export function checkFrame(cpu: CpuState, cs: number, ss: number, low: number, high: number): number {
  const fault = iretFault(cpu, cs, ss, low, high)
  return fault >= 0 ? fault : isLongCode(cpu, cs) ? IRET_64 : IRET_32
}

/** `swapgs_restore_regs_and_return_to_usermode`: all registers as in the frame, checked by IRET. */
export function iretToUser(cpu: CpuState, w: Int32Array, check: IretCheck): number {
  const { selectors } = cpu
  const cs = w[CS]! & 0xffff, ss = w[SS]! & 0xffff
  const high = w[RIP + 1]!
  let long = cs === selectors.userCs
  if (ss !== selectors.userDs || !(long ? high === high << 16 >> 16 : cs === selectors.user32Cs)) {
    const checked = check(cpu, cs, ss, w[RIP]!, high)
    if (checked >= 0) return refuseFrame(cpu, w, (ss & 4) === 0 ? checked : LOST_FAULT)
    long = checked === IRET_64
  }
  w[CS] = cs
  w[SS] = ss
  w[CS + 1] = w[SS + 1] = w[RFLAGS + 1] = 0
  if (!long) w[RIP + 1] = 0
  w[RFLAGS] = (w[RFLAGS]! & IRET_FLAGS) | EFLAGS.fixed
  return EXIT.iret
}

/**
 * With a stack segment from the LDT, IRET runs on the espfix stack (`native_irq_return_ldt`), where a fault becomes a
 * double fault: `exc_double_fault` hands it on as #GP, whose error code is lost.
 */
export const LOST_FAULT = VECTOR_GP << 16

/** `error_bad_iret`: handled as if the user's instruction had faulted. */
function refuseFrame(cpu: CpuState, w: Int32Array, fault: number): number {
  w[ORIG_RAX] = w[ORIG_RAX + 1] = -1
  cpu.exception.vector = fault >>> 16
  cpu.exception.errorCode = fault & 0xffff
  cpu.exception.address = 0
  return EXIT.fault
}
