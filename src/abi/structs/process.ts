// Generated from facts/structs.txt by scripts/renew-structs.mjs with linux/resource.h, linux/utsname.h, linux/sysinfo.h, linux/sched.h, linux/sched/types.h, linux/futex.h, linux/rseq.h, asm/ldt.h, linux/capability.h; do not edit.

/** Limits of the ABI's own long; i386's RLIM_INFINITY is 0xffffffff. Data model lp64. */
export const RLIMIT_LP64 = {
  size: 16,
  fields: {
    rlim_cur: [0, 'u64'], rlim_max: [8, 'u64'],
  },
} as const

/** Limits of the ABI's own long; i386's RLIM_INFINITY is 0xffffffff. Data model ilp32. */
export const RLIMIT_ILP32 = {
  size: 8,
  fields: {
    rlim_cur: [0, 'u32'], rlim_max: [4, 'u32'],
  },
} as const

/** Limits of the ABI's own long; i386's RLIM_INFINITY is 0xffffffff. Data model x32. */
export const RLIMIT_X32 = RLIMIT_LP64

/** Limits of prlimit64(2). */
export const RLIMIT64 = {
  size: 16,
  fields: {
    rlim_cur: [0, 'u64'], rlim_max: [8, 'u64'],
  },
} as const

/** What getrusage(2) fills in. Data model lp64. */
export const RUSAGE_LP64 = {
  size: 144,
  fields: {
    ru_utime_tv_sec: [0, 'i64'], ru_utime_tv_usec: [8, 'i64'], ru_stime_tv_sec: [16, 'i64'], ru_stime_tv_usec: [24, 'i64'], ru_maxrss: [32, 'i64'],
    ru_ixrss: [40, 'i64'], ru_idrss: [48, 'i64'], ru_isrss: [56, 'i64'], ru_minflt: [64, 'i64'], ru_majflt: [72, 'i64'], ru_nswap: [80, 'i64'],
    ru_inblock: [88, 'i64'], ru_oublock: [96, 'i64'], ru_msgsnd: [104, 'i64'], ru_msgrcv: [112, 'i64'], ru_nsignals: [120, 'i64'],
    ru_nvcsw: [128, 'i64'], ru_nivcsw: [136, 'i64'],
  },
} as const

/** What getrusage(2) fills in. Data model ilp32. */
export const RUSAGE_ILP32 = {
  size: 72,
  fields: {
    ru_utime_tv_sec: [0, 'i32'], ru_utime_tv_usec: [4, 'i32'], ru_stime_tv_sec: [8, 'i32'], ru_stime_tv_usec: [12, 'i32'], ru_maxrss: [16, 'i32'],
    ru_ixrss: [20, 'i32'], ru_idrss: [24, 'i32'], ru_isrss: [28, 'i32'], ru_minflt: [32, 'i32'], ru_majflt: [36, 'i32'], ru_nswap: [40, 'i32'],
    ru_inblock: [44, 'i32'], ru_oublock: [48, 'i32'], ru_msgsnd: [52, 'i32'], ru_msgrcv: [56, 'i32'], ru_nsignals: [60, 'i32'], ru_nvcsw: [64, 'i32'],
    ru_nivcsw: [68, 'i32'],
  },
} as const

/** What getrusage(2) fills in. Data model x32. */
export const RUSAGE_X32 = RUSAGE_LP64

/** What newuname(2) fills in. */
export const UTSNAME = {
  size: 390,
  fields: {
    sysname: [0, 'i8', 65], nodename: [65, 'i8', 65], release: [130, 'i8', 65], version: [195, 'i8', 65], machine: [260, 'i8', 65],
    domainname: [325, 'i8', 65],
  },
} as const

/** What uname(2) of i386 (number 109) fills in. */
export const OLD_UTSNAME = {
  size: 325,
  fields: {
    sysname: [0, 'i8', 65], nodename: [65, 'i8', 65], release: [130, 'i8', 65], version: [195, 'i8', 65], machine: [260, 'i8', 65],
  },
} as const

/** What olduname(2) (number 59) fills in. */
export const OLDOLD_UTSNAME = {
  size: 45,
  fields: {
    sysname: [0, 'i8', 9], nodename: [9, 'i8', 9], release: [18, 'i8', 9], version: [27, 'i8', 9], machine: [36, 'i8', 9],
  },
} as const

/** What sysinfo(2) fills in. Data model lp64. */
export const SYSINFO_LP64 = {
  size: 112,
  fields: {
    uptime: [0, 'i64'], loads: [8, 'u64', 3], totalram: [32, 'u64'], freeram: [40, 'u64'], sharedram: [48, 'u64'], bufferram: [56, 'u64'],
    totalswap: [64, 'u64'], freeswap: [72, 'u64'], procs: [80, 'u16'], totalhigh: [88, 'u64'], freehigh: [96, 'u64'], mem_unit: [104, 'u32'],
  },
} as const

/** What sysinfo(2) fills in. Data model ilp32. */
export const SYSINFO_ILP32 = {
  size: 64,
  fields: {
    uptime: [0, 'i32'], loads: [4, 'u32', 3], totalram: [16, 'u32'], freeram: [20, 'u32'], sharedram: [24, 'u32'], bufferram: [28, 'u32'],
    totalswap: [32, 'u32'], freeswap: [36, 'u32'], procs: [40, 'u16'], totalhigh: [44, 'u32'], freehigh: [48, 'u32'], mem_unit: [52, 'u32'],
  },
} as const

/** What sysinfo(2) fills in. Data model x32. */
export const SYSINFO_X32 = SYSINFO_LP64

/** Argument of clone3(2). */
export const CLONE_ARGS = {
  size: 88,
  fields: {
    flags: [0, 'u64'], pidfd: [8, 'u64'], child_tid: [16, 'u64'], parent_tid: [24, 'u64'], exit_signal: [32, 'u64'], stack: [40, 'u64'],
    stack_size: [48, 'u64'], tls: [56, 'u64'], set_tid: [64, 'u64'], set_tid_size: [72, 'u64'], cgroup: [80, 'u64'],
  },
} as const

/** Argument of sched_setparam(2). */
export const SCHED_PARAM = {
  size: 4,
  fields: {
    sched_priority: [0, 'i32'],
  },
} as const

/** Argument of sched_setattr(2). */
export const SCHED_ATTR = {
  size: 56,
  fields: {
    size: [0, 'u32'], sched_policy: [4, 'u32'], sched_flags: [8, 'u64'], sched_nice: [16, 'i32'], sched_priority: [20, 'u32'],
    sched_runtime: [24, 'u64'], sched_deadline: [32, 'u64'], sched_period: [40, 'u64'], sched_util_min: [48, 'u32'], sched_util_max: [52, 'u32'],
  },
} as const

/** A link of a robust list. Data model lp64. */
export const ROBUST_LIST_LP64 = {
  size: 8,
  fields: {
    next: [0, 'ptr64'],
  },
} as const

/** A link of a robust list. Data model ilp32. */
export const ROBUST_LIST_ILP32 = {
  size: 4,
  fields: {
    next: [0, 'ptr32'],
  },
} as const

/** A link of a robust list. Data model x32. */
export const ROBUST_LIST_X32 = ROBUST_LIST_ILP32

/** Argument of set_robust_list(2). Data model lp64. */
export const ROBUST_LIST_HEAD_LP64 = {
  size: 24,
  fields: {
    list_next: [0, 'ptr64'], futex_offset: [8, 'i64'], list_op_pending: [16, 'ptr64'],
  },
} as const

/** Argument of set_robust_list(2). Data model ilp32. */
export const ROBUST_LIST_HEAD_ILP32 = {
  size: 12,
  fields: {
    list_next: [0, 'ptr32'], futex_offset: [4, 'i32'], list_op_pending: [8, 'ptr32'],
  },
} as const

/** Argument of set_robust_list(2). Data model x32. */
export const ROBUST_LIST_HEAD_X32 = ROBUST_LIST_HEAD_ILP32

/** An element of futex_waitv(2). */
export const FUTEX_WAITV = {
  size: 24,
  fields: {
    val: [0, 'u64'], uaddr: [8, 'u64'], flags: [16, 'u32'], __reserved: [20, 'u32'],
  },
} as const

/** Area of rseq(2), as of Linux 6.18 (32 bytes; this table's headers may know fewer fields). */
export const RSEQ = {
  size: 32,
  fields: {
    cpu_id_start: [0, 'u32'], cpu_id: [4, 'u32'], rseq_cs: [8, 'u64'], flags: [16, 'u32'],
  },
} as const

/** Descriptor of set_thread_area(2) and modify_ldt(2); the bit fields follow limit at offset 12. */
export const USER_DESC = {
  size: 16,
  fields: {
    entry_number: [0, 'u32'], base_addr: [4, 'u32'], limit: [8, 'u32'],
  },
} as const

/** Header of capget(2). */
export const CAP_HEADER = {
  size: 8,
  fields: {
    version: [0, 'u32'], pid: [4, 'i32'],
  },
} as const

/** Data of capget(2); two of them from version 2 on. */
export const CAP_DATA = {
  size: 12,
  fields: {
    effective: [0, 'u32'], permitted: [4, 'u32'], inheritable: [8, 'u32'],
  },
} as const
