import { SIGNALS, SIGNAL_LIMITS } from '../../abi/flags/signals.js'
import type { Sigset } from './sigset.js'

/** SIG_DFL and SIG_IGN. */
export const SIG_DFL = 0
/** See {@link SIG_DFL}. */
export const SIG_IGN = 1

/** What a process does on a signal; replaced, never written into, so that tables share them. Linux: struct k_sigaction. */
export interface Action {
  /** Address of the handler, SIG_DFL or SIG_IGN. */
  readonly handler: number
  /** SA_* bits, unsigned. */
  readonly flags: number
  /** Address of the trampoline, when SA_RESTORER. */
  readonly restorer: number
  readonly mask: Readonly<Sigset>
}

/** A process's actions; shared by tasks made with CLONE_SIGHAND. */
export interface ActionTable {
  /** By signal, 1 to 64. */
  readonly actions: Action[]
}

const DEFAULT: Action = { handler: SIG_DFL, flags: 0, restorer: 0, mask: { low: 0, high: 0 } }

/** A table with every action default. */
export function defaultActions(): ActionTable {
  return { actions: Array.from({ length: SIGNAL_LIMITS._NSIG + 1 }, () => DEFAULT) }
}

/** A table for a child; `clear` makes all but ignored signals default. Linux: copy_sighand. */
export function copyActions({ actions }: ActionTable, clear: boolean): ActionTable {
  return { actions: actions.map((action) => (clear && action.handler !== SIG_IGN ? { ...action, handler: SIG_DFL, mask: DEFAULT.mask } : action)) }
}

/** Handlers become default, ignored signals stay ignored. Linux: flush_signal_handlers. */
export function actionsAfterExec({ actions }: ActionTable): ActionTable {
  return { actions: actions.map(({ handler }) => (handler === SIG_IGN ? { ...DEFAULT, handler } : DEFAULT)) }
}

/** Takes a signal's handler away, the rest of its action stays. */
export function dropHandler({ actions }: ActionTable, signal: number): void {
  actions[signal] = { ...actions[signal]!, handler: SIG_DFL }
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
