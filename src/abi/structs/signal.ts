// Generated from facts/structs.txt by scripts/renew-structs.mjs with asm/signal.h, asm/siginfo.h, linux/signal.h; do not edit.

/** struct sigaction of rt_sigaction(2) as the kernel has it (include/linux/signal_types.h). Data model lp64. */
export const SIGACTION_LP64 = {
  size: 32,
  fields: {
    handler: [0, 'ptr64'], flags: [8, 'u64'], restorer: [16, 'ptr64'], mask: [24, 'u64', 1],
  },
} as const

/** struct sigaction of rt_sigaction(2) as the kernel has it (include/linux/signal_types.h). Data model ilp32. */
export const SIGACTION_ILP32 = {
  size: 20,
  fields: {
    handler: [0, 'ptr32'], flags: [4, 'u32'], restorer: [8, 'ptr32'], mask: [12, 'u32', 2],
  },
} as const

/** struct sigaction of rt_sigaction(2) as the kernel has it (include/linux/signal_types.h). Data model x32. */
export const SIGACTION_X32 = SIGACTION_ILP32

/** struct sigaction of i386's sigaction(2). */
export const OLD_SIGACTION = {
  size: 16,
  fields: {
    handler: [0, 'ptr32'], mask: [4, 'u32'], flags: [8, 'u32'], restorer: [12, 'ptr32'],
  },
} as const

/** An alternate signal stack. Data model lp64. */
export const STACK_T_LP64 = {
  size: 24,
  fields: {
    ss_sp: [0, 'ptr64'], ss_flags: [8, 'i32'], ss_size: [16, 'u64'],
  },
} as const

/** An alternate signal stack. Data model ilp32. */
export const STACK_T_ILP32 = {
  size: 12,
  fields: {
    ss_sp: [0, 'ptr32'], ss_flags: [4, 'i32'], ss_size: [8, 'u32'],
  },
} as const

/** An alternate signal stack. Data model x32. */
export const STACK_T_X32 = STACK_T_ILP32

/** siginfo_t: the common fields and each of the union's members. Data model lp64. */
export const SIGINFO_LP64 = {
  size: 128,
  fields: {
    si_signo: [0, 'i32'], si_errno: [4, 'i32'], si_code: [8, 'i32'], kill_pid: [16, 'i32'], kill_uid: [20, 'u32'], timer_tid: [16, 'i32'],
    timer_overrun: [20, 'i32'], timer_sigval_sival_int: [24, 'i32'], rt_pid: [16, 'i32'], rt_uid: [20, 'u32'], rt_sigval_sival_ptr: [24, 'ptr64'],
    sigchld_pid: [16, 'i32'], sigchld_uid: [20, 'u32'], sigchld_status: [24, 'i32'], sigchld_utime: [32, 'i64'], sigchld_stime: [40, 'i64'],
    sigfault_addr: [16, 'ptr64'], sigfault_addr_lsb: [24, 'i16'], sigpoll_band: [16, 'i64'], sigpoll_fd: [24, 'i32'], sigsys_call_addr: [16, 'ptr64'],
    sigsys_syscall: [24, 'i32'], sigsys_arch: [28, 'u32'],
  },
} as const

/** siginfo_t: the common fields and each of the union's members. Data model ilp32. */
export const SIGINFO_ILP32 = {
  size: 128,
  fields: {
    si_signo: [0, 'i32'], si_errno: [4, 'i32'], si_code: [8, 'i32'], kill_pid: [12, 'i32'], kill_uid: [16, 'u32'], timer_tid: [12, 'i32'],
    timer_overrun: [16, 'i32'], timer_sigval_sival_int: [20, 'i32'], rt_pid: [12, 'i32'], rt_uid: [16, 'u32'], rt_sigval_sival_ptr: [20, 'ptr32'],
    sigchld_pid: [12, 'i32'], sigchld_uid: [16, 'u32'], sigchld_status: [20, 'i32'], sigchld_utime: [24, 'i32'], sigchld_stime: [28, 'i32'],
    sigfault_addr: [12, 'ptr32'], sigfault_addr_lsb: [16, 'i16'], sigpoll_band: [12, 'i32'], sigpoll_fd: [16, 'i32'], sigsys_call_addr: [12, 'ptr32'],
    sigsys_syscall: [16, 'i32'], sigsys_arch: [20, 'u32'],
  },
} as const

/** siginfo_t: the common fields and each of the union's members. Data model x32. */
export const SIGINFO_X32 = {
  size: 128,
  fields: {
    si_signo: [0, 'i32'], si_errno: [4, 'i32'], si_code: [8, 'i32'], kill_pid: [12, 'i32'], kill_uid: [16, 'u32'], timer_tid: [12, 'i32'],
    timer_overrun: [16, 'i32'], timer_sigval_sival_int: [20, 'i32'], rt_pid: [12, 'i32'], rt_uid: [16, 'u32'], rt_sigval_sival_ptr: [20, 'ptr32'],
    sigchld_pid: [12, 'i32'], sigchld_uid: [16, 'u32'], sigchld_status: [20, 'i32'], sigchld_utime: [24, 'i64'], sigchld_stime: [32, 'i64'],
    sigfault_addr: [12, 'ptr32'], sigfault_addr_lsb: [16, 'i16'], sigpoll_band: [12, 'i32'], sigpoll_fd: [16, 'i32'], sigsys_call_addr: [12, 'ptr32'],
    sigsys_syscall: [16, 'i32'], sigsys_arch: [20, 'u32'],
  },
} as const

/** struct sigevent of timer_create(2) (asm-generic/siginfo.h). Data model lp64. */
export const SIGEVENT_LP64 = {
  size: 64,
  fields: {
    sigev_value_sival_ptr: [0, 'ptr64'], sigev_value_sival_int: [0, 'i32'], sigev_signo: [8, 'i32'], sigev_notify: [12, 'i32'],
    sigev_tid: [16, 'i32'],
  },
} as const

/** struct sigevent of timer_create(2) (asm-generic/siginfo.h). Data model ilp32. */
export const SIGEVENT_ILP32 = {
  size: 64,
  fields: {
    sigev_value_sival_ptr: [0, 'ptr32'], sigev_value_sival_int: [0, 'i32'], sigev_signo: [4, 'i32'], sigev_notify: [8, 'i32'], sigev_tid: [12, 'i32'],
  },
} as const

/** struct sigevent of timer_create(2) (asm-generic/siginfo.h). Data model x32. */
export const SIGEVENT_X32 = SIGEVENT_ILP32
