import { SIGNALS, SIGNAL_LIMITS } from '../../abi/flags/signals.js'
import type { Sigset } from './sigset.js'

/** SIG_DFL and SIG_IGN. */
export const SIG_DFL = 0
/** See {@link SIG_DFL}. */
export const SIG_IGN = 1

/** What a process does on a signal. Linux: struct k_sigaction. */
export interface Action {
  /** Address of the handler, SIG_DFL or SIG_IGN. */
  handler: number
  /** SA_* bits, unsigned. */
  flags: number
  /** Address of the trampoline, when SA_RESTORER. */
  restorer: number
  readonly mask: Sigset
}

/** A process's actions; shared by tasks made with CLONE_SIGHAND. */
export interface ActionTable {
  /** By signal, 1 to 64. */
  readonly actions: Action[]
}

/** A table with every action default. */
export function defaultActions(): ActionTable {
  return { actions: Array.from({ length: SIGNAL_LIMITS._NSIG + 1 }, () => ({ handler: SIG_DFL, flags: 0, restorer: 0, mask: { low: 0, high: 0 } })) }
}

/** What SIG_DFL does, by signal: signal(7). */
export function defaultDisposition(signal: number): 'ignore' | 'stop' | 'continue' | 'core' | 'terminate' {
  switch (signal) {
    case SIGNALS.SIGCHLD: case SIGNALS.SIGURG: case SIGNALS.SIGWINCH: return 'ignore'
    case SIGNALS.SIGCONT: return 'continue'
    case SIGNALS.SIGSTOP: case SIGNALS.SIGTSTP: case SIGNALS.SIGTTIN: case SIGNALS.SIGTTOU: return 'stop'
    case SIGNALS.SIGQUIT: case SIGNALS.SIGILL: case SIGNALS.SIGTRAP: case SIGNALS.SIGABRT: case SIGNALS.SIGBUS: case SIGNALS.SIGFPE: case SIGNALS.SIGSEGV: case SIGNALS.SIGXCPU: case SIGNALS.SIGXFSZ: case SIGNALS.SIGSYS: return 'core'
    default: return 'terminate'
  }
}
