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

/**
 * The end of `do_syscall_64`: SYSRETQ where the call came by SYSCALL and the frame allows it. SYSRET restores nothing but
 * rip and the flags, so both must be where it takes them from; rcx and r11 are what they were.
 *
 * @returns false when it has to be another way; then nothing is done
 */
export function sysretToUser64(cpu: CpuState, regs: number): boolean {
  const w = cpu.memory.i32
  const r = regs >>> 2
  const { userCs, userDs } = cpu.selectors
  const low = w[r + RIP]!, high = w[r + (RIP + 1)]!, flags = w[r + RFLAGS]!
  if (w[r + WAY_SLOT] !== WAY.syscall64
    || w[r + RCX] !== low || w[r + (RCX + 1)] !== high
    || w[r + R11] !== flags || w[r + (R11 + 1)] !== w[r + (RFLAGS + 1)]
    || w[r + CS] !== userCs || w[r + SS] !== userDs || (w[r + (CS + 1)]! | w[r + (SS + 1)]!) !== 0
    || (flags & (EFLAGS.RF | EFLAGS.TF)) !== 0 // SYSRET cannot restore RF, and with TF traps one instruction early
    || (high >>> 0 >= 0x7fff && !mayReturnHigh(cpu, low, high))) return false
  w[r + WAY_SLOT] = WAY.none
  w[r + RFLAGS] = (flags & SYSRET_FLAGS) | EFLAGS.fixed
  return true
}

/** All other ways out. */
function exitOtherwise(cpu: CpuState, regs: number): number {
  const w = cpu.memory.i32
  const r = regs >>> 2
  const way = w[r + WAY_SLOT]!
  w[r + WAY_SLOT] = WAY.none
  if ((way === WAY.sysenter32 || way === WAY.syscall32) && maySysret32(cpu, regs)) {
    sysret32(w, r)
    return EXIT.sysret32
  }
  return iretToUser(cpu, w, r, checkFrame)
}

/** A non-canonical RCX would make SYSRET fault in the kernel, on the user's stack, on Intel. */
function mayReturnHigh(cpu: CpuState, low: number, high: number): boolean {
  if (cpu.profile.differences.sysretCheck === 'canonical') return high === high << 16 >> 16
  return high === 0x7fff && low >>> 0 < 0xfffff000 // below TASK_SIZE_MAX, 2^47 - 4096
}

/** The end of `do_fast_syscall_32`. ECX never equals EIP here; the landing pad restores it. */
function maySysret32(cpu: CpuState, regs: number): boolean {
  const w = cpu.memory.i32
  const r = regs >>> 2
  const { user32Cs, userDs } = cpu.selectors
  return w[r + CS] === user32Cs && w[r + SS] === userDs && (w[r + CS + 1]! | w[r + SS + 1]!) === 0
    && w[r + RIP] === w[r + LANDING_PAD] && w[r + RIP + 1] === w[r + LANDING_PAD + 1]
    && (w[r + RFLAGS]! & (EFLAGS.RF | EFLAGS.TF)) === 0
}

/** `sysret32_from_system_call`: r8 to r10 are cleared, r12 to r15 are what entry code left, zero. */
function sysret32(w: Int32Array, r: number): void {
  w[r + RCX] = w[r + RIP]!
  w[r + RCX + 1] = w[r + RIP + 1]!
  w[r + RIP + 1] = 0 // SYSRETL loads EIP from ECX
  w[r + R11] = w[r + RFLAGS]!
  w[r + R11 + 1] = w[r + RFLAGS + 1]!
  w[r + RFLAGS] = (w[r + R11]! & SYSRET_FLAGS) | EFLAGS.fixed
  w[r + RFLAGS + 1] = 0
  w[r + R8] = w[r + R8 + 1] = w[r + R9] = w[r + R9 + 1] = w[r + R10] = w[r + R10 + 1] = 0
  w[r + R12] = w[r + R12 + 1] = w[r + R13] = w[r + R13 + 1] = 0
  w[r + R14] = w[r + R14 + 1] = w[r + R15] = w[r + R15 + 1] = 0
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
export function iretToUser(cpu: CpuState, w: Int32Array, r: number, check: IretCheck): number {
  const { userCs, user32Cs, userDs } = cpu.selectors
  const cs = w[r + CS]! & 0xffff, ss = w[r + SS]! & 0xffff
  const high = w[r + RIP + 1]!
  let long = cs === userCs
  if (ss !== userDs || !(long ? high === high << 16 >> 16 : cs === user32Cs)) {
    const checked = check(cpu, cs, ss, w[r + RIP]!, high)
    if (checked >= 0) return refuseFrame(cpu, w, r, (ss & 4) === 0 ? checked : LOST_FAULT)
    long = checked === IRET_64
  }
  w[r + CS] = cs
  w[r + SS] = ss
  w[r + CS + 1] = w[r + SS + 1] = 0
  if (!long) w[r + RIP + 1] = 0
  w[r + RFLAGS] = (w[r + RFLAGS]! & IRET_FLAGS) | EFLAGS.fixed
  w[r + RFLAGS + 1] = 0
  return EXIT.iret
}

/**
 * With a stack segment from the LDT, IRET runs on the espfix stack (`native_irq_return_ldt`), where a fault becomes a
 * double fault: `exc_double_fault` hands it on as #GP, whose error code is lost.
 */
export const LOST_FAULT = VECTOR_GP << 16

/** `error_bad_iret`: handled as if the user's instruction had faulted. */
function refuseFrame(cpu: CpuState, w: Int32Array, r: number, fault: number): number {
  w[r + ORIG_RAX] = w[r + ORIG_RAX + 1] = -1
  cpu.exception.vector = fault >>> 16
  cpu.exception.errorCode = fault & 0xffff
  cpu.exception.address = 0
  return EXIT.fault
}
