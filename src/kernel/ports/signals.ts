import type { ExceptionRecord } from '../../arch/x86/ways.js'
import type { SignalFrames } from '../signals/state.js'
import type { Task } from '../task.js'

/** A signal with what siginfo_t says of it; plain data. `code` selects which fields are meant (sigaction(2)). */
export interface SignalInfo {
  readonly signo: number
  /** SI_USER, SI_KERNEL, SEGV_MAPERR, CLD_EXITED, … */
  readonly code: number
  readonly errno?: number
  /** Sender (kill, sigqueue, SIGCHLD). */
  readonly pid?: number
  readonly uid?: number
  /** Exit status or signal of a child (SIGCHLD). */
  readonly status?: number
  /** Clock ticks of a child (SIGCHLD). */
  readonly utime?: number
  readonly stime?: number
  /** Faulting address (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP) or caller (SIGSYS). */
  readonly address?: number
  /** sigval_t's halves (sigqueue, timers, mq_notify). */
  readonly valueLow?: number
  readonly valueHigh?: number
  /** POSIX timer id and overrun. */
  readonly timer?: number
  readonly overrun?: number
  /** SIGPOLL's band and descriptor. */
  readonly band?: number
  readonly fd?: number
  /** SIGSYS: number and architecture. */
  readonly syscall?: number
  readonly arch?: number
  /** Trap number and error code of a fault: shown in the frame's sigcontext (thread.trap_nr, thread.error_code). */
  readonly trapNr?: number
  readonly errorCode?: number
  readonly cr2?: number
}

/** What the kernel's core asks of the signals subsystem (Linux: kernel/signal.c, arch/x86/kernel/signal.c). */
export interface SignalPort {
  /** Sends to a whole process: the shared pending queue. Returns 0 or -EAGAIN. */
  sendProcess: (leader: Task, info: SignalInfo) => number
  /** Sends to one task. */
  sendTask: (task: Task, info: SignalInfo) => number
  /** A fault's signal: cannot be ignored or blocked (force_sig_info). */
  force: (task: Task, info: SignalInfo) => void
  /** An exception of user code becomes a signal, and what the next signal frame says of it. */
  exception: (task: Task, exception: Readonly<ExceptionRecord>, software: boolean) => void
  /** Whether a signal is pending that the task does not block. */
  pending: (task: Task) => boolean
  /** Drops pending instances of a signal that has come to be ignored. */
  flush: (task: Task, signal: number) => void
  /** Whether a task blocks or ignores a signal. Linux: is_ignored of tty_jobctrl.c. */
  deaf: (task: Task, signal: number) => boolean
  /** The signal that a process was stopped by, or 0. */
  stopSignal: (leader: Task) => number
  /** What a process wants when a child ends: a zombie, or nothing of it because SIGCHLD is ignored or SA_NOCLDWAIT is set. */
  childAction: (leader: Task) => 'notify' | 'reap' | 'reap-notify'
  /** Whether a process wants SIGCHLD when a child stops or goes on: it does not ignore it, and SA_NOCLDSTOP is not set. */
  wantsStops: (leader: Task) => boolean
  /** The architecture's frames. */
  readonly frames: SignalFrames
  /** Work on the way to user mode: delivers signals, restarts or ends an interrupted call. Linux: arch_do_signal_or_restart. */
  exitToUser: (task: Task) => void
}
