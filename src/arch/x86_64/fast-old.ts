import { TRAP, type Trap } from '../cpu-port.js'
import { THREAD } from '../x86/context-layout.js'
import type { CpuState } from '../x86/cpu-state.js'
import { EFLAGS, SYSRET_FLAGS } from '../x86/flags.js'
import { isLongCode } from '../x86/iret-check.js'
import { VECTOR_GP, VECTOR_UD } from '../x86/vectors.js'
import type { ReadUser32 } from '../x86/kernel.js'
import { CREG, EFER } from '../x86/msr.js'
import { type ArgSlots, EXIT, WAY } from '../x86/ways.js'
import { enterException, enterSyscall64 } from './enter.js'
import { checkFrame, iretToUser } from './exit.js'
import { setEntry32 } from './number.js'
import * as R from './slots.js'
import { softwareInterrupt } from './take-trap.js'

/*
 * The ways into and out of x86_64 kernels before 4.x moved entry code to C, as one function each. They save a part of
 * pt_regs only (no rbx, rbp, r12 to r15; no cs, ss, rsp and flags at SYSCALL); the other slots still hold the user's
 * registers here, and are stale on the real stack. They return by SYSRET or SYSEXIT without a look at the frame, unless
 * work was done on the way out: the kernel then sets `THREAD.way` to WAY.none.
 */

const EFAULT = -14
/** What POPF at CPL 0 takes. */
const POPF_FLAGS = 0x247fd5
/** Arguments of 32-bit SYSCALL: the sixth was fetched into r9, which no slot holds; it stands in the thread area's scratch. */
export const ARGS_CSTAR: ArgSlots = [40, 88, 96, 104, 112, THREAD.tmp1]

/** See ArchKernel.argsOf. */
export function argsOfOld(cpu: CpuState, regs: number): ArgSlots | undefined {
  return cpu.memory.u32[(regs >>> 2) + R.WAY_SLOT] === WAY.syscall32 ? ARGS_CSTAR : undefined
}

/** See ArchKernel.takeTrap. */
export function takeTrapOld(cpu: CpuState, regs: number, trap: Readonly<Trap>, readUser32: ReadUser32): number {
  switch (trap.kind) {
    case TRAP.syscall: return takeSyscall(cpu, regs, trap.length, readUser32)
    case TRAP.sysenter: return sysenterOld(cpu, regs, readUser32)
    case TRAP.int: {
      const way = softwareInterrupt(cpu, regs, trap)
      if (way === WAY.int80) partialFrame(cpu.memory.i32, regs >>> 2)
      return way
    }
    case TRAP.fault: return fault(cpu, regs, trap.vector, trap.errorCode, trap.address)
    default: return WAY.none
  }
}

function fault(cpu: CpuState, regs: number, vector: number, errorCode: number, address: number): number {
  enterException(cpu, regs, vector, errorCode, address)
  return WAY.exception
}

function takeSyscall(cpu: CpuState, regs: number, length: number, readUser32: ReadUser32): number {
  const long = isLongCode(cpu, cpu.memory.i32[(regs >>> 2) + R.CS]!)
  if ((cpu.low(CREG.efer) & EFER.SCE) === 0 || (!long && !cpu.amd)) return fault(cpu, regs, VECTOR_UD, 0, 0)
  if (!long) return cstar(cpu, regs, length, readUser32)
  return enterSyscall64(cpu, regs, length)
}

/** 32-bit entries: ax holds the number while the call runs, and r8 to r11 are zero when they leave (CLEAR_RREGS). */
function partialFrame(w: Int32Array, r: number): void {
  w[r + R.RAX] = w[r + R.ORIG_RAX]!
  w[r + R.RAX + 1] = 0
  w.fill(0, r + R.R11, r + R.R8 + 2)
}

/** `ia32_sysenter_target` */
function sysenterOld(cpu: CpuState, regs: number, readUser32: ReadUser32): number {
  if (cpu.amd) return fault(cpu, regs, VECTOR_UD, 0, 0)
  if ((cpu.low(CREG.sysenterCs) & 0xfffc) === 0) return fault(cpu, regs, VECTOR_GP, 0, 0)
  const { user32Cs, userDs } = cpu.profile.selectors
  const r = regs >>> 2
  let w = cpu.memory.i32
  w[r + R.RBP + 1] = w[r + R.RSP + 1] = w[r + R.RIP + 1] = w[r + R.ORIG_RAX + 1] = 0
  w[r + R.RSP] = w[r + R.RBP]!
  w[r + R.RFLAGS] = (w[r + R.RFLAGS]! & ~EFLAGS.RF) | EFLAGS.IF
  w[r + R.CS] = user32Cs
  w[r + R.SS] = userDs
  w[r + R.RIP] = w[r + R.LANDING_PAD]!
  w[r + R.ORIG_RAX] = w[r + R.RAX]!
  partialFrame(w, r)
  setEntry32(cpu, w[r + R.RAX]!)
  const word = readUser32(w[r + R.RBP]! >>> 0)
  w = cpu.memory.i32
  if (word < 0) return badArgument(w, r)
  w[r + R.RBP] = word
  w[r + R.WAY_SLOT] = WAY.sysenter32
  return WAY.sysenter32
}

/** `ia32_cstar_target`: it returns behind the instruction; ecx came in ebp, and ebp stays. */
function cstar(cpu: CpuState, regs: number, length: number, readUser32: ReadUser32): number {
  const { user32Cs, userDs } = cpu.profile.selectors
  const r = regs >>> 2
  let w = cpu.memory.i32
  w[r + R.RIP] = w[r + R.RIP]! + length
  w[r + R.RIP + 1] = w[r + R.RSP + 1] = w[r + R.ORIG_RAX + 1] = 0
  w[r + R.RFLAGS] = w[r + R.RFLAGS]! & ~EFLAGS.RF
  w[r + R.CS] = user32Cs
  w[r + R.SS] = userDs
  w[r + R.RCX] = w[r + R.RBP]!
  w[r + R.RCX + 1] = w[r + R.RBP + 1]!
  w[r + R.ORIG_RAX] = w[r + R.RAX]!
  partialFrame(w, r)
  setEntry32(cpu, w[r + R.RAX]!)
  cpu.entry.args = ARGS_CSTAR
  const word = readUser32(w[r + R.RSP]! >>> 0)
  w = cpu.memory.i32
  if (word < 0) return badArgument(w, r)
  w[(regs + THREAD.tmp1) >>> 2] = word
  w[r + R.WAY_SLOT] = WAY.syscall32
  return WAY.syscall32
}

/** `ia32_badarg` */
function badArgument(w: Int32Array, r: number): number {
  w[r + R.RAX] = EFAULT
  w[r + R.RAX + 1] = -1
  w[r + R.WAY_SLOT] = WAY.none
  return EFAULT
}

/** See ArchKernel.exitToUser. */
export function exitToUserOld(cpu: CpuState, regs: number): number {
  const w = cpu.memory.i32
  const r = regs >>> 2
  const way = w[r + R.WAY_SLOT]!
  w[r + R.WAY_SLOT] = WAY.none
  const { userCs, user32Cs, userDs } = cpu.profile.selectors
  if (way === WAY.syscall64) {
    w[r + R.RCX] = w[r + R.RIP]!
    w[r + R.RCX + 1] = w[r + R.RIP + 1]!
    w[r + R.RFLAGS] = (w[r + R.R11]! & SYSRET_FLAGS) | EFLAGS.fixed
    w[r + R.CS] = userCs
    w[r + R.SS] = userDs
    return EXIT.sysret64
  }
  if (way !== WAY.sysenter32 && way !== WAY.syscall32) return iretToUser(cpu, cpu.memory.wordsAt(regs), checkFrame)
  w.fill(0, r + R.R11, r + R.R8 + 2)
  w[r + R.RIP + 1] = w[r + R.RSP + 1] = w[r + R.RFLAGS + 1] = 0
  w[r + R.CS] = user32Cs
  w[r + R.SS] = userDs
  if (way === WAY.sysenter32) {
    w[r + R.RDX] = w[r + R.RIP]!
    w[r + R.RCX] = w[r + R.RSP]!
    w[r + R.RDX + 1] = w[r + R.RCX + 1] = 0
    w[r + R.RFLAGS] = (w[r + R.RFLAGS]! & POPF_FLAGS) | EFLAGS.IF | EFLAGS.fixed
    return EXIT.sysexit32
  }
  w[r + R.RCX] = w[r + R.RIP]!
  w[r + R.RCX + 1] = 0
  w[r + R.R11] = w[r + R.RFLAGS]!
  w[r + R.RFLAGS] = (w[r + R.R11]! & SYSRET_FLAGS) | EFLAGS.fixed
  return EXIT.sysret32
}
