// Generated from facts/constants.txt by scripts/renew-constants.mjs with the headers of Linux; do not edit.

/** Signals by name; 32 to 64 are the real-time signals (SIGRTMIN is 32 for the kernel). */
export const SIGNALS = {
  SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGBUS: 7, SIGFPE: 8, SIGKILL: 9, SIGUSR1: 10, SIGSEGV: 11, SIGUSR2: 12,
  SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15, SIGSTKFLT: 16, SIGCHLD: 17, SIGCONT: 18, SIGSTOP: 19, SIGTSTP: 20, SIGTTIN: 21, SIGTTOU: 22, SIGURG: 23,
  SIGXCPU: 24, SIGXFSZ: 25, SIGVTALRM: 26, SIGPROF: 27, SIGWINCH: 28, SIGIO: 29, SIGPWR: 30, SIGSYS: 31,
} as const

/** Bounds of signal numbers, and sizes of the alternate stack. */
export const SIGNAL_LIMITS = {
  SIGRTMIN: 32, _NSIG: 64, MINSIGSTKSZ: 2048, SIGSTKSZ: 8192,
} as const

/** how of rt_sigprocmask(2). */
export const SIGPROCMASK = {
  SIG_BLOCK: 0, SIG_UNBLOCK: 1, SIG_SETMASK: 2,
} as const

/** sa_flags of struct sigaction. */
export const SA = {
  SA_NOCLDSTOP: 0x1, SA_NOCLDWAIT: 0x2, SA_SIGINFO: 0x4, SA_UNSUPPORTED: 0x400, SA_EXPOSE_TAGBITS: 0x800, SA_RESTORER: 0x4000000,
  SA_ONSTACK: 0x8000000, SA_RESTART: 0x10000000, SA_NODEFER: 0x40000000, SA_RESETHAND: 0x80000000,
} as const

/** ss_flags of stack_t. */
export const SS = {
  SS_ONSTACK: 0x1, SS_DISABLE: 0x2, SS_AUTODISARM: 0x80000000,
} as const

/** si_code of signals that were sent. */
export const SI_CODES = {
  SI_USER: 0, SI_KERNEL: 128, SI_QUEUE: -1, SI_TIMER: -2, SI_MESGQ: -3, SI_ASYNCIO: -4, SI_SIGIO: -5, SI_TKILL: -6, SI_DETHREAD: -7, SI_ASYNCNL: -60,
} as const

/** si_code of SIGILL. */
export const ILL_CODES = {
  ILL_ILLOPC: 1, ILL_ILLOPN: 2, ILL_ILLADR: 3, ILL_ILLTRP: 4, ILL_PRVOPC: 5, ILL_PRVREG: 6, ILL_COPROC: 7, ILL_BADSTK: 8,
} as const

/** si_code of SIGFPE. */
export const FPE_CODES = {
  FPE_INTDIV: 1, FPE_INTOVF: 2, FPE_FLTDIV: 3, FPE_FLTOVF: 4, FPE_FLTUND: 5, FPE_FLTRES: 6, FPE_FLTINV: 7, FPE_FLTSUB: 8, FPE_FLTUNK: 14,
  FPE_CONDTRAP: 15,
} as const

/** si_code of SIGSEGV. */
export const SEGV_CODES = {
  SEGV_MAPERR: 1, SEGV_ACCERR: 2, SEGV_BNDERR: 3, SEGV_PKUERR: 4, SEGV_CPERR: 10,
} as const

/** si_code of SIGBUS. */
export const BUS_CODES = {
  BUS_ADRALN: 1, BUS_ADRERR: 2, BUS_OBJERR: 3, BUS_MCEERR_AR: 4, BUS_MCEERR_AO: 5,
} as const

/** si_code of SIGTRAP. */
export const TRAP_CODES = {
  TRAP_BRKPT: 1, TRAP_TRACE: 2, TRAP_BRANCH: 3, TRAP_HWBKPT: 4, TRAP_UNK: 5, TRAP_PERF: 6,
} as const

/** si_code of SIGCHLD. */
export const CLD_CODES = {
  CLD_EXITED: 1, CLD_KILLED: 2, CLD_DUMPED: 3, CLD_TRAPPED: 4, CLD_STOPPED: 5, CLD_CONTINUED: 6,
} as const

/** si_code of SIGIO. */
export const POLL_CODES = {
  POLL_IN: 1, POLL_OUT: 2, POLL_MSG: 3, POLL_ERR: 4, POLL_PRI: 5, POLL_HUP: 6,
} as const

/** si_code of SIGSYS. */
export const SYS_CODES = {
  SYS_SECCOMP: 1, SYS_USER_DISPATCH: 2,
} as const

/** Flags of signalfd4(2). */
export const SFD = {
  SFD_CLOEXEC: 0o2000000, SFD_NONBLOCK: 0o4000,
} as const

/** sigev_notify of struct sigevent. */
export const SIGEV = {
  SIGEV_SIGNAL: 0, SIGEV_NONE: 1, SIGEV_THREAD: 2, SIGEV_THREAD_ID: 4,
} as const
