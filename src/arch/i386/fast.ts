import { TRAP, type Trap } from '../cpu-port.js'
import { CPU, PERCPU } from '../x86/cpu-layout.js'
import type { CpuState } from '../x86/cpu-state.js'
import { EFLAGS, IRET_FLAGS } from '../x86/flags.js'
import { softwareGateFault } from '../x86/gdt.js'
import { iretFault, isFault } from '../x86/iret-check.js'
import type { ReadUser32 } from '../x86/kernel.js'
import { CREG } from '../x86/msr.js'
import { VECTOR_GP } from '../x86/vectors.js'
import { EXIT, WAY } from '../x86/ways.js'
import { setEntry32 } from '../x86_64/number.js'
import * as R from '../x86_64/slots.js'

/*
 * The ways into and out of i386 kernels, each as one function on the registers at `regs`. Upper halves are zero. The
 * same paths in steps are in arch/profiles. These kernels are labs: the frame on the kernel stack is written by the
 * stepper only, since nothing but a person looking at it would read it.
 */

const ENOSYS = -38
const EFAULT = -14
/** What POPF at CPL 0 takes; RF goes, VIF and VIP too. */
const POPF_FLAGS = 0x247fd5 | EFLAGS.IF

/** Vector that stands for a frame which IRET refused (`X86_TRAP_IRET`). */
export const VECTOR_IRET = 32

/** What an i386 CPU and kernel do at a trap of user code; see ArchKernel.takeTrap. */
export function takeTrap32(cpu: CpuState, regs: number, trap: Readonly<Trap>, readUser32: ReadUser32): number {
  switch (trap.kind) {
    case TRAP.syscall: return fault(cpu, regs, 6, 0, 0) // EFER.SCE is never set
    case TRAP.sysenter: return sysenter32(cpu, regs, readUser32)
    case TRAP.int: return interrupt32(cpu, regs, trap)
    case TRAP.fault: return fault(cpu, regs, trap.vector, trap.errorCode, trap.address)
    default: return WAY.none
  }
}

function interrupt32(cpu: CpuState, regs: number, { vector, length, software }: Readonly<Trap>): number {
  const refused = softwareGateFault(cpu, vector, software === 'int1')
  if (refused >= 0) return fault(cpu, regs, refused, vector * 8 + 2, 0)
  const w = cpu.memory.i32, r = regs >>> 2
  w[r + R.RIP] = w[r + R.RIP]! + length
  const flags = w[r + R.RFLAGS]! & ~EFLAGS.RF
  if (vector === 0x80) {
    w[r + R.RFLAGS] = flags
    begin(cpu, w, r, WAY.int80)
    return WAY.int80
  }
  enterException32(cpu, regs, vector, 0, 0)
  w[r + R.RFLAGS] = flags // a software interrupt saves RF clear
  return WAY.exception
}

/** orig_ax, ax and `cpu.entry` of a system call. */
function begin(cpu: CpuState, w: Int32Array, r: number, way: number): void {
  const nr = w[r + R.RAX]!
  w[r + R.ORIG_RAX] = nr
  if (cpu.profile.differences.enosysBeforeCall) w[r + R.RAX] = ENOSYS
  w[r + R.WAY_SLOT] = way
  setEntry32(cpu, nr)
}

/** SYSENTER: `entry_SYSENTER_32`, before 4.4 `ia32_sysenter_target`. */
function sysenter32(cpu: CpuState, regs: number, readUser32: ReadUser32): number {
  if ((cpu.low(CREG.sysenterCs) & 0xfffc) === 0) return fault(cpu, regs, VECTOR_GP, 0, 0)
  const { user32Cs, userDs } = cpu.profile.selectors
  const r = regs >>> 2
  let w = cpu.memory.i32
  w[r + R.RSP] = w[r + R.RBP]!
  w[r + R.RFLAGS] = (w[r + R.RFLAGS]! & ~EFLAGS.RF) | EFLAGS.IF
  w[r + R.CS] = user32Cs
  w[r + R.SS] = userDs
  w[r + R.RIP] = w[r + R.LANDING_PAD]!
  begin(cpu, w, r, WAY.sysenter32)
  const word = readUser32(w[r + R.RSP]! >>> 0)
  w = cpu.memory.i32
  if (word < 0) {
    if (cpu.profile.differences.sysret === 'opportunistic') w[r + R.RBP] = 0 // what get_user leaves behind
    w[r + R.RAX] = EFAULT
    w[r + R.WAY_SLOT] = WAY.none
    return EFAULT
  }
  w[r + R.RBP] = word
  return WAY.sysenter32
}

function fault(cpu: CpuState, regs: number, vector: number, errorCode: number, address: number): number {
  enterException32(cpu, regs, vector, errorCode, address)
  return WAY.exception
}

/** An exception of user code; see ArchKernel.enterException. */
export function enterException32(cpu: CpuState, regs: number, vector: number, errorCode: number, address: number): void {
  const w = cpu.memory.i32
  const r = regs >>> 2
  w[r + R.RFLAGS] = isFault(vector) ? w[r + R.RFLAGS]! | EFLAGS.RF : w[r + R.RFLAGS]! & ~EFLAGS.RF
  w[r + R.ORIG_RAX] = -1
  w[r + R.WAY_SLOT] = WAY.exception
  if (vector === 14) cpu.setHalves(CREG.cr2, address, 0)
  cpu.exception.vector = vector
  cpu.exception.errorCode = errorCode
  cpu.exception.address = vector === 14 ? address : 0
}

/**
 * The way out of an i386 kernel. Kernels before 4.4 leave by SYSEXIT whenever the task came by SYSENTER and no work was
 * done on the way out: the kernel sets `THREAD.way` to WAY.none when it delivered a signal or changed the frame.
 */
export function exitToUser32(cpu: CpuState, regs: number): number {
  const w = cpu.memory.i32
  const r = regs >>> 2
  const way = w[r + R.WAY_SLOT]!
  w[r + R.WAY_SLOT] = WAY.none
  w[r + R.RAX + 1] = w[r + R.RBX + 1] = w[r + R.RCX + 1] = w[r + R.RDX + 1] = w[r + R.RSI + 1] = w[r + R.RDI + 1] = w[r + R.RBP + 1] = 0
  w[r + R.RSP + 1] = w[r + R.RIP + 1] = w[r + R.RFLAGS + 1] = 0
  if (way === WAY.sysenter32) {
    if (cpu.profile.differences.sysret === 'unless-work') return oldSysexit(cpu, w, r)
    if (maySysexit(cpu, w, r)) return sysexit(cpu, w, r)
  }
  return iret32(cpu, w, r)
}

function maySysexit(cpu: CpuState, w: Int32Array, r: number): boolean {
  const { user32Cs, userDs } = cpu.profile.selectors
  return w[r + R.CS] === user32Cs && w[r + R.SS] === userDs && w[r + R.RIP] === w[r + R.LANDING_PAD]!
    && (w[r + R.RFLAGS]! & (EFLAGS.RF | EFLAGS.TF | EFLAGS.VM)) === 0
}

/** SYSEXIT takes eip from edx and esp from ecx, and both stay there; ds and es are the kernel's, which are the user's. */
function sysexit(cpu: CpuState, w: Int32Array, r: number): number {
  const { userDs } = cpu.profile.selectors
  w[r + R.RDX] = w[r + R.RIP]!
  w[r + R.RCX] = w[r + R.RSP]!
  w[r + R.RFLAGS] = (w[r + R.RFLAGS]! & POPF_FLAGS) | EFLAGS.IF | EFLAGS.fixed
  w[r + 54] = userDs | (userDs << 16)
  return EXIT.sysexit32
}

/** Before 4.4: ebp is cleared and the flags are what C left, here those of the entry. */
function oldSysexit(cpu: CpuState, w: Int32Array, r: number): number {
  const { user32Cs, userDs } = cpu.profile.selectors
  w[r + R.RDX] = w[r + R.RIP]!
  w[r + R.RCX] = w[r + R.RSP]!
  w[r + R.RBP] = 0
  w[r + R.CS] = user32Cs
  w[r + R.SS] = userDs
  w[r + R.RFLAGS] = (w[r + R.RFLAGS]! & POPF_FLAGS) | EFLAGS.IF | EFLAGS.fixed
  w[r + 54] = userDs | (userDs << 16)
  return EXIT.sysexit32
}

function iret32(cpu: CpuState, w: Int32Array, r: number): number {
  const { user32Cs, userDs } = cpu.profile.selectors
  const cs = w[r + R.CS]! & 0xffff, ss = w[r + R.SS]! & 0xffff
  if (cs !== user32Cs || ss !== userDs) {
    const refused = iretFault(cpu, cs, ss, w[r + R.RIP]!, 0)
    if (refused >= 0) {
      w[r + R.ORIG_RAX] = -1
      cpu.exception.vector = VECTOR_IRET
      cpu.exception.errorCode = 0
      cpu.exception.address = 0
      return EXIT.fault
    }
  }
  w[r + R.CS] = cs
  w[r + R.SS] = ss
  w[r + R.RFLAGS] = (w[r + R.RFLAGS]! & IRET_FLAGS) | EFLAGS.fixed
  return EXIT.iret
}

/** Top of the running task's kernel stack, as a byte offset; see CpuState.switchTo. */
export function stackTop32(cpu: CpuState): number {
  return cpu.offset(cpu.memory.u32[(cpu.base + CPU.percpu + PERCPU.topOfStack) >>> 2]!)
}
