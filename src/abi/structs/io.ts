// Generated from facts/structs.txt by scripts/renew-structs.mjs with linux/uio.h, asm/poll.h, linux/eventpoll.h, asm/fcntl.h, asm/termios.h, linux/inotify.h, linux/openat2.h, linux/signalfd.h; do not edit.

/** A segment of readv(2). Data model lp64. */
export const IOVEC_LP64 = {
  size: 16,
  fields: {
    iov_base: [0, 'ptr64'], iov_len: [8, 'u64'],
  },
} as const

/** A segment of readv(2). Data model ilp32. */
export const IOVEC_ILP32 = {
  size: 8,
  fields: {
    iov_base: [0, 'ptr32'], iov_len: [4, 'u32'],
  },
} as const

/** A segment of readv(2). Data model x32. */
export const IOVEC_X32 = IOVEC_ILP32

/** An element of poll(2). */
export const POLLFD = {
  size: 8,
  fields: {
    fd: [0, 'i32'], events: [4, 'i16'], revents: [6, 'i16'],
  },
} as const

/** An event of epoll(7); packed on x86_64. */
export const EPOLL_EVENT = {
  size: 12,
  fields: {
    events: [0, 'u32'], data: [4, 'u64'],
  },
} as const

/** A lock of fcntl(2). Data model lp64. */
export const FLOCK_LP64 = {
  size: 32,
  fields: {
    l_type: [0, 'i16'], l_whence: [2, 'i16'], l_start: [8, 'i64'], l_len: [16, 'i64'], l_pid: [24, 'i32'],
  },
} as const

/** A lock of fcntl(2). Data model ilp32. */
export const FLOCK_ILP32 = {
  size: 16,
  fields: {
    l_type: [0, 'i16'], l_whence: [2, 'i16'], l_start: [4, 'i32'], l_len: [8, 'i32'], l_pid: [12, 'i32'],
  },
} as const

/** A lock of fcntl(2). Data model x32. */
export const FLOCK_X32 = FLOCK_LP64

/** A lock of i386's fcntl64(2). Compat tasks of x86_64 kernels use the same. */
export const FLOCK64 = {
  size: 24,
  fields: {
    l_type: [0, 'i16'], l_whence: [2, 'i16'], l_start: [4, 'i64'], l_len: [12, 'i64'], l_pid: [20, 'i32'],
  },
} as const

/** Argument of F_SETOWN_EX. */
export const F_OWNER_EX = {
  size: 8,
  fields: {
    type: [0, 'i32'], pid: [4, 'i32'],
  },
} as const

/** Argument of TIOCGWINSZ. */
export const WINSIZE = {
  size: 8,
  fields: {
    ws_row: [0, 'u16'], ws_col: [2, 'u16'], ws_xpixel: [4, 'u16'], ws_ypixel: [6, 'u16'],
  },
} as const

/** Terminal attributes as the kernel has them (TCGETS). */
export const TERMIOS = {
  size: 36,
  fields: {
    c_iflag: [0, 'u32'], c_oflag: [4, 'u32'], c_cflag: [8, 'u32'], c_lflag: [12, 'u32'], c_line: [16, 'u8'], c_cc: [17, 'u8', 19],
  },
} as const

/** Terminal attributes with speeds (TCGETS2). */
export const TERMIOS2 = {
  size: 44,
  fields: {
    c_iflag: [0, 'u32'], c_oflag: [4, 'u32'], c_cflag: [8, 'u32'], c_lflag: [12, 'u32'], c_line: [16, 'u8'], c_cc: [17, 'u8', 19],
    c_ispeed: [36, 'u32'], c_ospeed: [40, 'u32'],
  },
} as const

/** Terminal attributes of System V (TCGETA). */
export const TERMIO = {
  size: 18,
  fields: {
    c_iflag: [0, 'u16'], c_oflag: [2, 'u16'], c_cflag: [4, 'u16'], c_lflag: [6, 'u16'], c_line: [8, 'u8'], c_cc: [9, 'u8', 8],
  },
} as const

/** What getdents(2) fills in; d_type is the last byte of the record. Data model lp64. */
export const DIRENT_LP64 = {
  size: 24,
  fields: {
    d_ino: [0, 'u64'], d_off: [8, 'u64'], d_reclen: [16, 'u16'], d_name: [18, 'i8', 1],
  },
} as const

/** What getdents(2) fills in; d_type is the last byte of the record. Data model ilp32. */
export const DIRENT_ILP32 = {
  size: 12,
  fields: {
    d_ino: [0, 'u32'], d_off: [4, 'u32'], d_reclen: [8, 'u16'], d_name: [10, 'i8', 1],
  },
} as const

/** What getdents(2) fills in; d_type is the last byte of the record. Data model x32. */
export const DIRENT_X32 = DIRENT_LP64

/** What getdents64(2) fills in. Data model lp64. */
export const DIRENT64_LP64 = {
  size: 24,
  fields: {
    d_ino: [0, 'u64'], d_off: [8, 'i64'], d_reclen: [16, 'u16'], d_type: [18, 'u8'], d_name: [19, 'i8', 1],
  },
} as const

/** What getdents64(2) fills in. Data model ilp32. */
export const DIRENT64_ILP32 = {
  size: 20,
  fields: {
    d_ino: [0, 'u64'], d_off: [8, 'i64'], d_reclen: [16, 'u16'], d_type: [18, 'u8'], d_name: [19, 'i8', 1],
  },
} as const

/** What getdents64(2) fills in. Data model x32. */
export const DIRENT64_X32 = DIRENT64_LP64

/** What readdir(2) fills in. Data model lp64. */
export const OLD_DIRENT_LP64 = {
  size: 24,
  fields: {
    d_ino: [0, 'u64'], d_offset: [8, 'u64'], d_namlen: [16, 'u16'], d_name: [18, 'i8', 1],
  },
} as const

/** What readdir(2) fills in. Data model ilp32. */
export const OLD_DIRENT_ILP32 = {
  size: 12,
  fields: {
    d_ino: [0, 'u32'], d_offset: [4, 'u32'], d_namlen: [8, 'u16'], d_name: [10, 'i8', 1],
  },
} as const

/** What readdir(2) fills in. Data model x32. */
export const OLD_DIRENT_X32 = OLD_DIRENT_LP64

/** Sixth argument of pselect6(2). Data model lp64. */
export const PSELECT_SIGSET_LP64 = {
  size: 16,
  fields: {
    p: [0, 'ptr64'], size: [8, 'u64'],
  },
} as const

/** Sixth argument of pselect6(2). Data model ilp32. */
export const PSELECT_SIGSET_ILP32 = {
  size: 8,
  fields: {
    p: [0, 'ptr32'], size: [4, 'u32'],
  },
} as const

/** Argument of openat2(2). */
export const OPEN_HOW = {
  size: 24,
  fields: {
    flags: [0, 'u64'], mode: [8, 'u64'], resolve: [16, 'u64'],
  },
} as const

/** What reading an inotify descriptor gives; the name follows. */
export const INOTIFY_EVENT = {
  size: 16,
  fields: {
    wd: [0, 'i32'], mask: [4, 'u32'], cookie: [8, 'u32'], len: [12, 'u32'],
  },
} as const

/** What reading a signalfd gives. */
export const SIGNALFD_SIGINFO = {
  size: 128,
  fields: {
    ssi_signo: [0, 'u32'], ssi_errno: [4, 'i32'], ssi_code: [8, 'i32'], ssi_pid: [12, 'u32'], ssi_uid: [16, 'u32'], ssi_fd: [20, 'i32'],
    ssi_tid: [24, 'u32'], ssi_band: [28, 'u32'], ssi_overrun: [32, 'u32'], ssi_trapno: [36, 'u32'], ssi_status: [40, 'i32'], ssi_int: [44, 'i32'],
    ssi_ptr: [48, 'u64'], ssi_utime: [56, 'u64'], ssi_stime: [64, 'u64'], ssi_addr: [72, 'u64'], ssi_addr_lsb: [80, 'u16'], ssi_syscall: [84, 'i32'],
    ssi_call_addr: [88, 'u64'], ssi_arch: [96, 'u32'],
  },
} as const
