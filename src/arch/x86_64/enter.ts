import { ABI } from '../../abi/number-table.js'
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
 * @returns WAY.syscall64
 */
export function enterSyscall64(cpu: CpuState, regs: number, length: number): number {
  const w = cpu.memory.wordsAt(regs)
  w[CS] = cpu.selectors.userCs
  return syscall64(cpu, w, length)
}

/** SYSCALL where cs is already what it makes of it. Upper halves of cs, ss and the flags are zero in user mode. */
export function syscall64(cpu: CpuState, w: Int32Array, length: number): number {
  const { entry } = cpu
  const next = (w[RIP]! + length) | 0
  if (next >>> 0 < length) carry(w)
  w[RIP] = w[RCX] = next
  w[RCX + 1] = w[RIP + 1]!
  w[RFLAGS] = w[R11] = w[RFLAGS]! & ~EFLAGS.RF // cleared before R11 is loaded
  w[R11 + 1] = 0
  w[SS] = cpu.selectors.userDs
  w[WAY_SLOT] = WAY.syscall64
  const low = entry.nr = w[ORIG_RAX] = w[RAX]!
  const high = w[ORIG_RAX + 1] = w[RAX + 1]!
  if (entry.abi !== ABI.x86_64 || high !== 0 || cpu.x32) setEntry64(cpu, low, high)
  w[RAX] = ENOSYS
  w[RAX + 1] = -1
  return WAY.syscall64
}

/** rip of 64-bit code moves on over a multiple of 4 GiB. */
function carry(w: Int32Array): void {
  w[RIP + 1] = w[RIP + 1]! + 1
}

/**
 * `int $0x80` through an open gate, then `asm_int80_emulation` (`entry_INT80_compat` before 6.7). From 64-bit code too:
 * the table is i386's and only the low halves of the arguments count, but all 64 bits of the registers come back.
 *
 * @returns WAY.int80
 */
export function enterInt80(cpu: CpuState, regs: number, length: number): number {
  const w = cpu.memory.wordsAt(regs)
  advance(w, length)
  w[RFLAGS] = w[RFLAGS]! & ~EFLAGS.RF
  w[WAY_SLOT] = WAY.int80
  beginCall32(cpu, w)
  return WAY.int80
}

/** A 32-bit caller's call: orig_ax, ax and `cpu.entry`. */
function beginCall32(cpu: CpuState, w: Int32Array): void {
  const nr = w[RAX]!
  w[ORIG_RAX] = nr
  w[ORIG_RAX + 1] = 0
  w[RAX] = ENOSYS
  w[RAX + 1] = -1
  setEntry32(cpu, nr)
}

/**
 * SYSENTER of 32-bit code, then `entry_SYSENTER_compat`. Hardware saves neither EIP nor ESP: the return address is the
 * vDSO's landing pad and the stack is where EBP points, its first word being the caller's EBP and sixth argument.
 *
 * @returns WAY.sysenter32, or -EFAULT when that word cannot be read
 */
export function enterSysenter32(cpu: CpuState, regs: number, readUser32: ReadUser32): number {
  const w = cpu.memory.wordsAt(regs)
  const { selectors } = cpu
  w[RSP] = w[RBP]!
  w[RSP + 1] = w[RBP + 1]!
  w[RFLAGS] = (w[RFLAGS]! & ~EFLAGS.RF) | EFLAGS.IF
  w[CS] = selectors.user32Cs
  w[SS] = selectors.userDs
  if (cpu.profile.differences.compatZeroesHighRegisters) clearHighRegisters(w)
  return fastSyscall32(cpu, regs, WAY.sysenter32, readUser32)
}

/**
 * SYSCALL of 32-bit code on AMD, then `entry_SYSCALL_compat`. ECX and R11 are gone; the vDSO moved ECX to EBP and
 * pushed EBP, so the first word of the stack is EBP.
 *
 * @returns WAY.syscall32, or -EFAULT when that word cannot be read
 */
export function enterSyscall32(cpu: CpuState, regs: number, readUser32: ReadUser32): number {
  const w = cpu.memory.wordsAt(regs)
  const { user32Cs, userDs } = cpu.selectors
  const flags = w[RFLAGS]! & ~EFLAGS.RF
  w[RFLAGS] = flags
  w[CS] = user32Cs
  w[SS] = userDs
  w[RSP + 1] = 0
  w[RCX] = w[RBP]!
  w[RCX + 1] = w[RBP + 1]!
  if (cpu.profile.differences.compatZeroesHighRegisters) clearHighRegisters(w)
  else {
    w[R8] = w[RSP]! // entry code's scratch, saved like any register
    w[R8 + 1] = 0
    w[R11] = flags
    w[R11 + 1] = 0
  }
  return fastSyscall32(cpu, regs, WAY.syscall32, readUser32)
}

function clearHighRegisters(w: Int32Array): void {
  w.fill(0, R15, R15 + 8)
  w.fill(0, R11, R8 + 2)
}

/** `do_fast_syscall_32` up to the call. */
function fastSyscall32(cpu: CpuState, regs: number, way: number, readUser32: ReadUser32): number {
  let w = cpu.memory.wordsAt(regs)
  w[RIP] = w[LANDING_PAD]!
  w[RIP + 1] = w[LANDING_PAD + 1]!
  beginCall32(cpu, w)
  const word = readUser32(w[RSP]! >>> 0)
  w = cpu.memory.wordsAt(regs) // reading may have brought a page in and grown the memory
  if (word < 0) return badArgument(w)
  w[RBP] = word
  w[WAY_SLOT] = way
  return way
}

/** The sixth argument cannot be read: leaves by IRET. */
function badArgument(w: Int32Array): number {
  w[RBP] = 0 // what get_user leaves behind when it fails
  w[RAX] = EFAULT
  w[WAY_SLOT] = WAY.none
  return EFAULT
}

/**
 * An exception of user code: hardware's frame and `idtentry`'s registers. Faults show RF in the saved flags so that an
 * instruction breakpoint does not strike again (Intel SDM volume 3, 18.3.1.1); orig_rax says that no call is restarted.
 *
 * @param address CR2 for #PF, a canonical number; 0 otherwise
 */
export function enterException(cpu: CpuState, regs: number, vector: number, errorCode: number, address: number): void {
  const w = cpu.memory.wordsAt(regs)
  w[RFLAGS] = isFault(vector) ? w[RFLAGS]! | EFLAGS.RF : w[RFLAGS]! & ~EFLAGS.RF
  w[ORIG_RAX] = -1
  w[ORIG_RAX + 1] = -1
  w[WAY_SLOT] = WAY.exception
  if (vector === 14) cpu.setCr2(address)
  const e = cpu.exception
  e.vector = vector
  e.errorCode = errorCode
  e.address = vector === 14 ? address : 0
}

/** Moves rip on by the length of the instruction; 32-bit code wraps at 4 GiB. */
export function advance(w: Int32Array, length: number): void {
  const next = (w[RIP]! + length) | 0
  w[RIP] = next
  if (next >>> 0 < length && w[CS] === 0x33) carry(w)
}
