// Generated from facts/constants.txt by scripts/renew-constants.mjs with the headers of Linux; do not edit.

/** Flags of clone(2); the low byte (CSIGNAL) is the exit signal. */
export const CLONE = {
  CLONE_VM: 0x100, CLONE_FS: 0x200, CLONE_FILES: 0x400, CLONE_SIGHAND: 0x800, CLONE_PIDFD: 0x1000, CLONE_PTRACE: 0x2000, CLONE_VFORK: 0x4000,
  CLONE_PARENT: 0x8000, CLONE_THREAD: 0x10000, CLONE_NEWNS: 0x20000, CLONE_SYSVSEM: 0x40000, CLONE_SETTLS: 0x80000, CLONE_PARENT_SETTID: 0x100000,
  CLONE_CHILD_CLEARTID: 0x200000, CLONE_DETACHED: 0x400000, CLONE_UNTRACED: 0x800000, CLONE_CHILD_SETTID: 0x1000000, CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000, CLONE_NEWIPC: 0x8000000, CLONE_NEWUSER: 0x10000000, CLONE_NEWPID: 0x20000000, CLONE_NEWNET: 0x40000000,
  CLONE_IO: 0x80000000,
} as const

/** Flags of clone3(2) beyond those of clone(2). */
export const CLONE3 = {
  CLONE_CLEAR_SIGHAND: 0x100000000, CLONE_INTO_CGROUP: 0x200000000, CLONE_NEWTIME: 0x80,
} as const

/** Fields of clone flags. */
export const CLONE_MASKS = {
  CSIGNAL: 0xff,
} as const

/** Flags of unshare(2) and setns(2). */
export const UNSHARE = {
  CLONE_FS: 0x200, CLONE_FILES: 0x400, CLONE_SYSVSEM: 0x40000, CLONE_VM: 0x100, CLONE_SIGHAND: 0x800, CLONE_THREAD: 0x10000, CLONE_NEWTIME: 0x80,
  CLONE_NEWNS: 0x20000, CLONE_NEWCGROUP: 0x2000000, CLONE_NEWUTS: 0x4000000, CLONE_NEWIPC: 0x8000000, CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000, CLONE_NEWNET: 0x40000000,
} as const

/** Options of wait4(2) and waitid(2). */
export const WAIT = {
  WNOHANG: 0x1, WUNTRACED: 0x2, WEXITED: 0x4, WCONTINUED: 0x8, WNOWAIT: 0x1000000, __WNOTHREAD: 0x20000000, __WALL: 0x40000000, __WCLONE: 0x80000000,
} as const

/** Types of id of waitid(2). */
export const WAIT_ID = {
  P_ALL: 0, P_PID: 1, P_PGID: 2, P_PIDFD: 3,
} as const

/** Flags of pidfd_open(2). */
export const PIDFD = {
  PIDFD_NONBLOCK: 0x800, PIDFD_THREAD: 0x80,
} as const

/** Flags of pidfd_send_signal(2). */
export const PIDFD_SIGNAL = {
  PIDFD_SIGNAL_THREAD: 0x1, PIDFD_SIGNAL_THREAD_GROUP: 0x2, PIDFD_SIGNAL_PROCESS_GROUP: 0x4,
} as const

/** Scheduling policies. */
export const SCHED = {
  SCHED_NORMAL: 0, SCHED_FIFO: 1, SCHED_RR: 2, SCHED_BATCH: 3, SCHED_IDLE: 5, SCHED_DEADLINE: 6, SCHED_EXT: 7,
} as const

/** Flags in the policy and in struct sched_attr. */
export const SCHED_FLAGS = {
  SCHED_RESET_ON_FORK: 0x40000000, SCHED_FLAG_RESET_ON_FORK: 0x1, SCHED_FLAG_RECLAIM: 0x2, SCHED_FLAG_DL_OVERRUN: 0x4, SCHED_FLAG_KEEP_POLICY: 0x8,
  SCHED_FLAG_KEEP_PARAMS: 0x10, SCHED_FLAG_UTIL_CLAMP_MIN: 0x20, SCHED_FLAG_UTIL_CLAMP_MAX: 0x40,
} as const

/** which of getpriority(2). */
export const PRIO = {
  PRIO_PROCESS: 0, PRIO_PGRP: 1, PRIO_USER: 2,
} as const

/** which of ioprio_get(2). */
export const IOPRIO_WHO = {
  IOPRIO_WHO_PROCESS: 1, IOPRIO_WHO_PGRP: 2, IOPRIO_WHO_USER: 3,
} as const

/** Classes of ioprio_set(2). */
export const IOPRIO_CLASS = {
  IOPRIO_CLASS_NONE: 0, IOPRIO_CLASS_RT: 1, IOPRIO_CLASS_BE: 2, IOPRIO_CLASS_IDLE: 3,
} as const

/** Types of kcmp(2). */
export const KCMP = {
  KCMP_FILE: 0, KCMP_VM: 1, KCMP_FILES: 2, KCMP_FS: 3, KCMP_SIGHAND: 4, KCMP_IO: 5, KCMP_SYSVSEM: 6, KCMP_EPOLL_TFD: 7,
} as const
