import type { Trap } from '../cpu-port.js'
import type { BootStep } from './boot.js'
import type { CpuState } from './cpu-state.js'
import type { ArchProfile } from './profile.js'
import type { ArgSlots } from './ways.js'

/**
 * Reads 4 bytes of the current task's memory for entry code that fetches an argument from the user's stack.
 *
 * @param address linear address, below 2^32
 * @returns the word as an unsigned number, or -1 when it cannot be read
 */
export type ReadUser32 = (address: number) => number

/** A kernel's architecture code on its fast path: what a machine needs to enter and leave it. */
export interface ArchKernel {
  readonly profile: ArchProfile
  /** What the kernel does to the CPU at start. */
  readonly boot: readonly BootStep[]
  /**
   * Does what hardware and entry code do at a trap of user code, from the instruction to the call of the handler.
   *
   * @returns one of WAY: a way of system calls (then `cpu.entry` says which), `exception` (then `cpu.exception` says
   *   which), or negative: the call ended in the entry code with this errno, already in the result register
   */
  readonly takeTrap: (cpu: CpuState, regs: number, trap: Readonly<Trap>, readUser32: ReadUser32) => number
  /** Enters the kernel by an exception that the CPU did not raise itself. Sets `cpu.exception`. */
  readonly enterException: (cpu: CpuState, regs: number, vector: number, errorCode: number, address: number) => void
  /** Makes the CPU ready for another task; `stackTop` is the byte offset just above its kernel stack. */
  readonly switchTo: (cpu: CpuState, regs: number, stackTop: number) => void
  /** What user code's loads of selectors find; absent in a kernel that loads no GDT. See CpuHost.readDescriptor. */
  readonly readDescriptor?: (cpu: CpuState, selector: number, out: Int32Array) => boolean
  /** Where the arguments of the call that a task is in are, for a way in that has them elsewhere than its ABI says; undefined for the others. */
  readonly argsOf?: (cpu: CpuState, regs: number) => ArgSlots | undefined
  /**
   * Leaves for user code: exit code and hardware.
   *
   * @returns one of EXIT; for `fault` the kernel handles `cpu.exception` and tries again
   */
  readonly exitToUser: (cpu: CpuState, regs: number) => number
}
