import type { ExceptionRecord } from '../../arch/x86/ways.js'
import type { SignalInfo } from '../ports/signals.js'
import type { Task } from '../task.js'
import type { Token } from '../ports/token.js'
import type { Action, ActionTable } from './actions.js'
import type { Pending } from './pending.js'
import type { Sigset } from './sigset.js'

/** Signals of a whole process. */
export interface SharedSignals {
  readonly pending: Pending
  /** Stopped by a job-control signal; the status to report and whether it was reported. */
  stopSignal: number
  stopReported: boolean
  continued: boolean
}

/** What signals keep for a task: the value of `task.signals`. */
export interface TaskSignals {
  readonly task: Task
  /** Blocked signals. */
  blocked: Sigset
  /** The mask to return to after sigsuspend, ppoll and the like; null otherwise. Linux: saved_sigmask with TIF_RESTORE_SIGMASK. */
  saved: Sigset | null
  readonly pending: Pending
  readonly shared: SharedSignals
  table: ActionTable
  /** Alternate stack (sigaltstack); flags SS_DISABLE = 2, SS_AUTODISARM = 1 << 31. */
  altstack: { sp: number; size: number; flags: number }
  /** Signals that sigtimedwait waits for although they are blocked; null otherwise. */
  waiting: Sigset | null
}

/** Token of the signals of a task. */
export const signals: Token<'signals', TaskSignals> = { key: 'signals' }

/** Builds a frame for a handler and takes it down again; the architecture's part of signals. */
export interface SignalFrames {
  /**
   * Writes the frame on the user's stack (or alternate stack) and sets the registers to enter the handler.
   *
   * @returns false when the stack cannot be written: the task gets SIGSEGV
   */
  setup: (task: Task, state: TaskSignals, action: Action, info: SignalInfo, mask: Sigset) => boolean
  /**
   * Undoes setup: registers, FPU and alternate stack from the frame at the user's stack pointer.
   *
   * @param kind which frame: `rt` for rt_sigreturn
   * @returns the mask to go back to, or null for a bad frame
   */
  restore: (task: Task, state: TaskSignals, kind: 'legacy' | 'rt') => Sigset | null
  /**
   * The signal for an exception of user code.
   *
   * @param software whether an `int n` raised it
   * @returns null when the kernel dealt with it and the program goes on
   */
  fault: (task: Task, exception: Readonly<ExceptionRecord>, software: boolean) => SignalInfo | null
}
