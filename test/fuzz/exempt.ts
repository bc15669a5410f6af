/** Calls that cannot do one of the two, and why; every other call must succeed and fail. */
export interface Exemption {
  readonly cannot: 'fail' | 'succeed' | 'return'
  readonly why: string
}

const never = (why: string, ...calls: readonly string[]): Record<string, Exemption> => Object.fromEntries(calls.map((call) => [call, { cannot: 'fail', why }]))

/** By the definition's name. */
export const EXEMPT: Readonly<Record<string, Exemption>> = {
  ...never('reports a number that every task has', 'getpid', 'gettid', 'getppid', 'getpgrp', 'getuid', 'geteuid', 'getgid', 'getegid', 'getuid16', 'geteuid16', 'getgid16', 'getegid16'),
  ...never('returns the old value, whatever the new one', 'umask', 'alarm', 'personality', 'setfsuid', 'setfsgid', 'setfsuid16', 'setfsgid16', 'sgetmask', 'ssetmask', 'set_tid_address'),
  ...never('returns the break, moved or not', 'brk'),
  ...never('has nothing to refuse', 'sync', 'sched_yield', 'munlockall'),
  exit: { cannot: 'return', why: 'ends the task' },
  exit_group: { cannot: 'return', why: 'ends the process' },
  pause: { cannot: 'succeed', why: 'returns EINTR after a handler' },
  rt_sigsuspend: { cannot: 'succeed', why: 'returns EINTR after a handler' },
  compat_sys_rt_sigsuspend: { cannot: 'succeed', why: 'returns EINTR after a handler' },
  sigsuspend: { cannot: 'succeed', why: 'returns EINTR after a handler' },
  restart_syscall: { cannot: 'succeed', why: 'is EINTR unless the kernel itself makes it go on with an interrupted sleep' },
  rt_sigreturn: { cannot: 'fail', why: 'returns what the frame has in its RAX; a bad frame is SIGSEGV' },
  compat_sys_rt_sigreturn: { cannot: 'return', why: 'returns what the frame has in its EAX; a bad frame, as any here is, where tasks have 64-bit frames, is SIGSEGV' },
  compat_sys_sigreturn: { cannot: 'return', why: 'returns what the frame has in its EAX; a bad frame, as any here is, where tasks have 64-bit frames, is SIGSEGV' },
}
