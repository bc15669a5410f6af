// Generated from facts/structs.txt by scripts/renew-structs.mjs with asm/stat.h; do not edit.

/** What newstat(2), newlstat(2) and newfstat(2) fill in. Data model lp64. */
export const STAT_LP64 = {
  size: 144,
  fields: {
    st_dev: [0, 'u64'], st_ino: [8, 'u64'], st_nlink: [16, 'u64'], st_mode: [24, 'u32'], st_uid: [28, 'u32'], st_gid: [32, 'u32'],
    st_rdev: [40, 'u64'], st_size: [48, 'i64'], st_blksize: [56, 'i64'], st_blocks: [64, 'i64'], st_atime: [72, 'u64'], st_atime_nsec: [80, 'u64'],
    st_mtime: [88, 'u64'], st_mtime_nsec: [96, 'u64'], st_ctime: [104, 'u64'], st_ctime_nsec: [112, 'u64'],
  },
} as const

/** What newstat(2), newlstat(2) and newfstat(2) fill in. Data model ilp32. */
export const STAT_ILP32 = {
  size: 64,
  fields: {
    st_dev: [0, 'u32'], st_ino: [4, 'u32'], st_nlink: [10, 'u16'], st_mode: [8, 'u16'], st_uid: [12, 'u16'], st_gid: [14, 'u16'],
    st_rdev: [16, 'u32'], st_size: [20, 'u32'], st_blksize: [24, 'u32'], st_blocks: [28, 'u32'], st_atime: [32, 'u32'], st_atime_nsec: [36, 'u32'],
    st_mtime: [40, 'u32'], st_mtime_nsec: [44, 'u32'], st_ctime: [48, 'u32'], st_ctime_nsec: [52, 'u32'],
  },
} as const

/** What newstat(2), newlstat(2) and newfstat(2) fill in. Data model x32. */
export const STAT_X32 = STAT_LP64

/** What the oldest stat(2) fills in; i386 has it with 16-bit fields. */
export const OLD_STAT = {
  size: 32,
  fields: {
    st_dev: [0, 'u16'], st_ino: [2, 'u16'], st_mode: [4, 'u16'], st_nlink: [6, 'u16'], st_uid: [8, 'u16'], st_gid: [10, 'u16'], st_rdev: [12, 'u16'],
    st_size: [16, 'u32'], st_atime: [20, 'u32'], st_mtime: [24, 'u32'], st_ctime: [28, 'u32'],
  },
} as const

/** What stat64(2) fills in for i386. */
export const STAT64 = {
  size: 96,
  fields: {
    st_dev: [0, 'u64'], __st_ino: [12, 'u32'], st_mode: [16, 'u32'], st_nlink: [20, 'u32'], st_uid: [24, 'u32'], st_gid: [28, 'u32'],
    st_rdev: [32, 'u64'], st_size: [44, 'i64'], st_blksize: [52, 'u32'], st_blocks: [56, 'u64'], st_atime: [64, 'u32'], st_atime_nsec: [68, 'u32'],
    st_mtime: [72, 'u32'], st_mtime_nsec: [76, 'u32'], st_ctime: [80, 'u32'], st_ctime_nsec: [84, 'u32'], st_ino: [88, 'u64'],
  },
} as const
