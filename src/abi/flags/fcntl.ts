// Generated from facts/constants.txt by scripts/renew-constants.mjs with the headers of Linux; do not edit.

/** Commands of fcntl(2). */
export const FCNTL = {
  F_DUPFD: 0, F_GETFD: 1, F_SETFD: 2, F_GETFL: 3, F_SETFL: 4, F_GETLK: 5, F_SETLK: 6, F_SETLKW: 7, F_SETOWN: 8, F_GETOWN: 9, F_SETSIG: 10,
  F_GETSIG: 11, F_GETLK64: 12, F_SETLK64: 13, F_SETLKW64: 14, F_SETOWN_EX: 15, F_GETOWN_EX: 16, F_GETOWNER_UIDS: 17, F_OFD_GETLK: 36, F_OFD_SETLK: 37,
  F_OFD_SETLKW: 38, F_SETLEASE: 1024, F_GETLEASE: 1025, F_CREATED_QUERY: 1028, F_CANCELLK: 1029, F_DUPFD_CLOEXEC: 1030, F_NOTIFY: 1026,
  F_SETPIPE_SZ: 1031, F_GETPIPE_SZ: 1032, F_ADD_SEALS: 1033, F_GET_SEALS: 1034, F_GET_RW_HINT: 1035, F_SET_RW_HINT: 1036, F_GET_FILE_RW_HINT: 1037,
  F_SET_FILE_RW_HINT: 1038, F_DUPFD_QUERY: 1027,
} as const

/** Descriptor flags of F_GETFD and F_SETFD. */
export const FD_FLAGS = {
  FD_CLOEXEC: 0x1,
} as const

/** l_type of struct flock. */
export const LOCK_TYPES = {
  F_RDLCK: 0, F_WRLCK: 1, F_UNLCK: 2,
} as const

/** type of struct f_owner_ex. */
export const F_OWNER = {
  F_OWNER_TID: 0, F_OWNER_PID: 1, F_OWNER_PGRP: 2,
} as const

/** Seals of F_ADD_SEALS. */
export const SEALS = {
  F_SEAL_SEAL: 0x1, F_SEAL_SHRINK: 0x2, F_SEAL_GROW: 0x4, F_SEAL_WRITE: 0x8, F_SEAL_FUTURE_WRITE: 0x10, F_SEAL_EXEC: 0x20,
} as const

/** Events of F_NOTIFY. */
export const NOTIFY = {
  DN_ACCESS: 0x1, DN_MODIFY: 0x2, DN_CREATE: 0x4, DN_DELETE: 0x8, DN_RENAME: 0x10, DN_ATTRIB: 0x20, DN_MULTISHOT: 0x80000000,
} as const

/** Operations of flock(2). */
export const FLOCK = {
  LOCK_SH: 0x1, LOCK_EX: 0x2, LOCK_NB: 0x4, LOCK_UN: 0x8,
} as const

/** Operations of flock(2) that mean nothing any more. */
export const FLOCK_MASKS = {
  LOCK_MAND: 0x20,
} as const

/** Flags of the *at calls. */
export const AT_FLAGS = {
  AT_SYMLINK_NOFOLLOW: 0x100, AT_REMOVEDIR: 0x200, AT_SYMLINK_FOLLOW: 0x400, AT_NO_AUTOMOUNT: 0x800, AT_EMPTY_PATH: 0x1000, AT_RECURSIVE: 0x8000,
} as const

/** Values with a meaning of their own for a directory descriptor. */
export const AT = {
  AT_FDCWD: -100,
} as const

/** Flags of faccessat2(2). */
export const ACCESS_AT_FLAGS = {
  AT_SYMLINK_NOFOLLOW: 0x100, AT_EACCESS: 0x200, AT_EMPTY_PATH: 0x1000,
} as const

/** Flags of statx(2). */
export const STATX_AT_FLAGS = {
  AT_SYMLINK_NOFOLLOW: 0x100, AT_NO_AUTOMOUNT: 0x800, AT_EMPTY_PATH: 0x1000, AT_STATX_FORCE_SYNC: 0x2000, AT_STATX_DONT_SYNC: 0x4000,
} as const

/** Modes of fallocate(2). */
export const FALLOC = {
  FALLOC_FL_KEEP_SIZE: 0x1, FALLOC_FL_PUNCH_HOLE: 0x2, FALLOC_FL_NO_HIDE_STALE: 0x4, FALLOC_FL_COLLAPSE_RANGE: 0x8, FALLOC_FL_ZERO_RANGE: 0x10,
  FALLOC_FL_INSERT_RANGE: 0x20, FALLOC_FL_UNSHARE_RANGE: 0x40, FALLOC_FL_WRITE_ZEROES: 0x80,
} as const

/** Advice of fadvise64(2). */
export const FADVISE = {
  POSIX_FADV_NORMAL: 0, POSIX_FADV_RANDOM: 1, POSIX_FADV_SEQUENTIAL: 2, POSIX_FADV_WILLNEED: 3, POSIX_FADV_DONTNEED: 4, POSIX_FADV_NOREUSE: 5,
} as const
