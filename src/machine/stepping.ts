import type { Trap } from '../arch/cpu-port.js'
import type { StepRecord } from '../arch/stepping/stepper.js'
import type { BootRecord } from '../arch/x86/boot.js'
import type { CpuState } from '../arch/x86/cpu-state.js'
import type { Kernel } from '../kernel/kernel.js'
import type { Task } from '../kernel/task.js'
import type { Profile } from './profile.js'
import type { SyscallRunner } from './syscall-runner.js'

/** What one `machine.step()` did. */
export interface MachineStep extends StepRecord {
  /**
   * Whose act it was: a boot step of the kernel, user code, the processor's own at a trap, or one instruction or C
   * function of the kernel's entry and exit paths.
   */
  readonly kind: 'boot' | 'user' | 'hardware' | 'kernel'
  /** Null while the kernel boots. */
  readonly task: Task | null
  /** The service routine that this step called, by the kernel's own name for it: `sys_getpid`, `__x64_sys_listen`. */
  readonly routine?: string
  /** What a boot step changed in the CPU's own bytes. */
  readonly writes?: BootRecord['writes']
}

/** Options of a step. */
export interface StepOptions {
  /** Most instructions of user code that count as one step. Default 1. */
  readonly maxInstructions?: number
}

/** What a walk asks of the machine that it goes through. */
export interface StepTarget {
  readonly kernel: Kernel
  readonly cpuState: CpuState
  readonly calls: SyscallRunner
  readonly profile: Profile
  /** Instructions after which another runnable task gets its turn. */
  readonly timeSlice: number
  /** Whether the first process has ended. */
  readonly done: () => boolean
  /** Makes a task the one that the CPU works for. */
  readonly switchTo: (task: Task) => void
  /** Sends the signal of `cpuState.exception`. */
  readonly exception: (task: Task, trap: Readonly<Trap>) => void
  /** Brings a task to user code that a run left in the kernel; false when it could not. */
  readonly settle: (task: Task) => boolean
  /** Runs user code; returns instructions retired. */
  readonly execute: (task: Task, maxInstructions: number) => number
  /** Takes the traps that end user code; null while they are answered in place. */
  catcher: ((trap: Readonly<Trap>) => void) | null
}

/** A machine seen step by step. */
export interface Walk {
  /** Does the next step; null when the first process has ended, or nobody can run before the host does something. */
  readonly next: (maxInstructions: number) => MachineStep | null
  /** Takes whoever is in the middle of the kernel to where `run` can go on. */
  readonly finish: () => void
}

/** What makes a machine able to step; see `createStepping`. It boots the CPU, so that boot can be watched too. */
export type Stepping = (target: StepTarget) => Walk
