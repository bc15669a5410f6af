// Generated from facts/constants.txt by scripts/renew-constants.mjs with the headers of Linux; do not edit.

/** Flags of open(2) and openat(2). O_RDONLY, O_WRONLY and O_RDWR are a field (O_ACCMODE), not bits. */
export const OPEN_FLAGS = {
  O_RDONLY: 0, O_WRONLY: 0o1, O_RDWR: 0o2, O_CREAT: 0o100, O_EXCL: 0o200, O_NOCTTY: 0o400, O_TRUNC: 0o1000, O_APPEND: 0o2000, O_NONBLOCK: 0o4000,
  O_DSYNC: 0o10000, O_SYNC: 0o4010000, FASYNC: 0o20000, O_DIRECT: 0o40000, O_LARGEFILE: 0o100000, O_DIRECTORY: 0o200000, O_NOFOLLOW: 0o400000,
  O_NOATIME: 0o1000000, O_CLOEXEC: 0o2000000, O_PATH: 0o10000000, O_TMPFILE: 0o20200000,
} as const

/** Fields of open flags. */
export const OPEN_MASKS = {
  O_ACCMODE: 0o3, __O_SYNC: 0o4000000, __O_TMPFILE: 0o20000000,
} as const

/** resolve flags of openat2(2). */
export const RESOLVE = {
  RESOLVE_NO_XDEV: 0x1, RESOLVE_NO_MAGICLINKS: 0x2, RESOLVE_NO_SYMLINKS: 0x4, RESOLVE_BENEATH: 0x8, RESOLVE_IN_ROOT: 0x10, RESOLVE_CACHED: 0x20,
} as const

/** Flags of close_range(2). */
export const CLOSE_RANGE = {
  CLOSE_RANGE_UNSHARE: 0x2, CLOSE_RANGE_CLOEXEC: 0x4,
} as const

/** Flags of dup3(2). */
export const DUP3_FLAGS = {
  O_CLOEXEC: 0o2000000,
} as const

/** Flags of pipe2(2). */
export const PIPE2_FLAGS = {
  O_CLOEXEC: 0o2000000, O_NONBLOCK: 0o4000, O_DIRECT: 0o40000, O_NOTIFICATION_PIPE: 0o200,
} as const
