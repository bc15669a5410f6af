import { EFLAGS } from '../x86/flags.js'
import type { CpuState } from '../x86/cpu-state.js'
import type { ReadUser32 } from '../x86/kernel.js'
import { isFault } from '../x86/iret-check.js'
import { WAY } from '../x86/ways.js'
import { setEntry32, setEntry64 } from './number.js'
import {
  CS, LANDING_PAD, ORIG_RAX, R8, R11, R15, RAX, RBP, RCX, RFLAGS, RIP, RSP, SS, WAY_SLOT,
} from './slots.js'

/*
 * The ways into an x86_64 kernel, each as one function. The user's registers already lie in the pt_regs slots, so each
 * writes only what hardware and entry code change. The same paths in steps are in arch/profiles; a property test
 * compares the two.
 */

const ENOSYS = -38
const EFAULT = -14

/**
 * SYSCALL in 64-bit mode, then `entry_SYSCALL_64` up to `do_syscall_64`. The caller has seen that EFER.SCE is set.
 *
 * @param length bytes of the instruction at rip
 */
export function enterSyscall64(cpu: CpuState, regs: number, length: number): void {
  const w = cpu.memory.i32
  const r = regs >>> 2
  const { userCs, userDs } = cpu.selectors
  const next = (w[r + RIP]! + length) | 0
  if (next >>> 0 < length) w[r + (RIP + 1)] = w[r + (RIP + 1)]! + 1
  w[r + RIP] = w[r + RCX] = next
  w[r + (RCX + 1)] = w[r + (RIP + 1)]!
  w[r + RFLAGS] = w[r + R11] = w[r + RFLAGS]! & ~EFLAGS.RF // cleared before R11 is loaded
  w[r + (RFLAGS + 1)] = w[r + (R11 + 1)] = w[r + (CS + 1)] = w[r + (SS + 1)] = 0
  w[r + CS] = userCs
  w[r + SS] = userDs
  const low = w[r + ORIG_RAX] = w[r + RAX]!
  const high = w[r + (ORIG_RAX + 1)] = w[r + (RAX + 1)]!
  w[r + RAX] = ENOSYS
  w[r + (RAX + 1)] = -1
  w[r + WAY_SLOT] = WAY.syscall64
  setEntry64(cpu, low, high)
}

/**
 * `int $0x80` through an open gate, then `asm_int80_emulation` (`entry_INT80_compat` before 6.7). From 64-bit code too:
 * the table is i386's and only the low halves of the arguments count, but all 64 bits of the registers come back.
 */
export function enterInt80(cpu: CpuState, regs: number, length: number): void {
  const w = cpu.memory.i32
  const r = regs >>> 2
  advance(w, r, length)
  w[r + RFLAGS] = w[r + RFLAGS]! & ~EFLAGS.RF
  const nr = w[r + RAX]!
  w[r + ORIG_RAX] = nr
  w[r + ORIG_RAX + 1] = 0
  w[r + RAX] = ENOSYS
  w[r + RAX + 1] = -1
  w[r + WAY_SLOT] = WAY.int80
  setEntry32(cpu, nr)
}

/**
 * SYSENTER of 32-bit code, then `entry_SYSENTER_compat`. Hardware saves neither EIP nor ESP: the return address is the
 * vDSO's landing pad and the stack is where EBP points, its first word being the caller's EBP and sixth argument.
 *
 * @returns WAY.sysenter32, or -EFAULT when that word cannot be read
 */
export function enterSysenter32(cpu: CpuState, regs: number, readUser32: ReadUser32): number {
  const w = cpu.memory.i32
  const r = regs >>> 2
  const { user32Cs, userDs } = cpu.selectors
  w[r + RSP] = w[r + RBP]!
  w[r + RSP + 1] = w[r + RBP + 1]!
  w[r + RFLAGS] = (w[r + RFLAGS]! & ~EFLAGS.RF) | EFLAGS.IF
  w[r + CS] = user32Cs
  w[r + SS] = userDs
  if (cpu.profile.differences.compatZeroesHighRegisters) {
    w.fill(0, r + R15, r + R15 + 8)
    w.fill(0, r + R11, r + R8 + 2)
  }
  return fastSyscall32(cpu, w, r, WAY.sysenter32, readUser32)
}

/**
 * SYSCALL of 32-bit code on AMD, then `entry_SYSCALL_compat`. ECX and R11 are gone; the vDSO moved ECX to EBP and
 * pushed EBP, so the first word of the stack is EBP.
 *
 * @returns WAY.syscall32, or -EFAULT when that word cannot be read
 */
export function enterSyscall32(cpu: CpuState, regs: number, readUser32: ReadUser32): number {
  const w = cpu.memory.i32
  const r = regs >>> 2
  const { user32Cs, userDs } = cpu.selectors
  const flags = w[r + RFLAGS]! & ~EFLAGS.RF
  w[r + RFLAGS] = flags
  w[r + CS] = user32Cs
  w[r + SS] = userDs
  w[r + RSP + 1] = 0
  w[r + RCX] = w[r + RBP]!
  w[r + RCX + 1] = w[r + RBP + 1]!
  if (cpu.profile.differences.compatZeroesHighRegisters) {
    w.fill(0, r + R15, r + R15 + 8)
    w.fill(0, r + R11, r + R8 + 2)
  }
  else {
    w[r + R8] = w[r + RSP]! // entry code's scratch, saved like any register
    w[r + R8 + 1] = 0
    w[r + R11] = flags
    w[r + R11 + 1] = 0
  }
  return fastSyscall32(cpu, w, r, WAY.syscall32, readUser32)
}

/** `do_fast_syscall_32` up to the call. */
function fastSyscall32(cpu: CpuState, w: Int32Array, r: number, way: number, readUser32: ReadUser32): number {
  const nr = w[r + RAX]!
  w[r + ORIG_RAX] = nr
  w[r + ORIG_RAX + 1] = 0
  w[r + RAX] = ENOSYS
  w[r + RAX + 1] = -1
  w[r + RIP] = w[r + LANDING_PAD]!
  w[r + RIP + 1] = w[r + LANDING_PAD + 1]!
  setEntry32(cpu, nr)
  const word = readUser32(w[r + RSP]! >>> 0)
  const now = cpu.memory.i32 // reading may have brought a page in and grown the memory
  if (word < 0) {
    now[r + RBP] = 0 // what get_user leaves behind when it fails
    now[r + RAX] = EFAULT
    now[r + WAY_SLOT] = WAY.none // leaves by IRET
    return EFAULT
  }
  now[r + RBP] = word
  now[r + WAY_SLOT] = way
  return way
}

/**
 * An exception of user code: hardware's frame and `idtentry`'s registers. Faults show RF in the saved flags so that an
 * instruction breakpoint does not strike again (Intel SDM volume 3, 18.3.1.1); orig_rax says that no call is restarted.
 *
 * @param address CR2 for #PF, a canonical number; 0 otherwise
 */
export function enterException(cpu: CpuState, regs: number, vector: number, errorCode: number, address: number): void {
  const w = cpu.memory.i32
  const r = regs >>> 2
  w[r + RFLAGS] = isFault(vector) ? w[r + RFLAGS]! | EFLAGS.RF : w[r + RFLAGS]! & ~EFLAGS.RF
  w[r + ORIG_RAX] = -1
  w[r + ORIG_RAX + 1] = -1
  w[r + WAY_SLOT] = WAY.exception
  if (vector === 14) cpu.setCr2(address)
  const e = cpu.exception
  e.vector = vector
  e.errorCode = errorCode
  e.address = vector === 14 ? address : 0
}


/** Moves rip on by the length of the instruction; 32-bit code wraps at 4 GiB. */
export function advance(w: Int32Array, r: number, length: number): void {
  const next = (w[r + RIP]! + length) | 0
  w[r + RIP] = next
  if (next >>> 0 < length && w[r + CS] === 0x33) w[r + RIP + 1] = w[r + RIP + 1]! + 1
}
