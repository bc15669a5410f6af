import type { Sigset } from './sigset.js'

/** Signal numbers of x86. */
export const SIG = {
  hup: 1, int: 2, quit: 3, ill: 4, trap: 5, abrt: 6, bus: 7, fpe: 8, kill: 9, usr1: 10, segv: 11, usr2: 12, pipe: 13, alrm: 14, term: 15, stkflt: 16,
  chld: 17, cont: 18, stop: 19, tstp: 20, ttin: 21, ttou: 22, urg: 23, xcpu: 24, xfsz: 25, vtalrm: 26, prof: 27, winch: 28, io: 29, pwr: 30, sys: 31,
  rtmin: 32, max: 64,
} as const

/** SA_* flags (asm/signal.h, asm-generic/signal-defs.h). */
export const SA = {
  noCldStop: 1, noCldWait: 2, sigInfo: 4, exposeTagBits: 0x800, restorer: 0x04000000, onStack: 0x08000000, restart: 0x10000000, noDefer: 0x40000000, resetHand: 0x80000000,
} as const

/** SIG_DFL and SIG_IGN. */
export const SIG_DFL = 0
/** See {@link SIG_DFL}. */
export const SIG_IGN = 1

/** si_code values that say how a signal came about. */
export const SI = { user: 0, kernel: 0x80, queue: -1, timer: -2, tkill: -6 } as const

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
  return { actions: Array.from({ length: SIG.max + 1 }, () => ({ handler: SIG_DFL, flags: 0, restorer: 0, mask: { low: 0, high: 0 } })) }
}

/** What SIG_DFL does, by signal: signal(7). */
export function defaultDisposition(signal: number): 'ignore' | 'stop' | 'continue' | 'core' | 'terminate' {
  switch (signal) {
    case SIG.chld: case SIG.urg: case SIG.winch: return 'ignore'
    case SIG.cont: return 'continue'
    case SIG.stop: case SIG.tstp: case SIG.ttin: case SIG.ttou: return 'stop'
    case SIG.quit: case SIG.ill: case SIG.trap: case SIG.abrt: case SIG.bus: case SIG.fpe: case SIG.segv: case SIG.xcpu: case SIG.xfsz: case SIG.sys: return 'core'
    default: return 'terminate'
  }
}
