// Generated from facts/structs.txt by scripts/renew-structs.mjs with asm/statfs.h; do not edit.

/** What statfs(2) fills in. Data model lp64. */
export const STATFS_LP64 = {
  size: 120,
  fields: {
    f_type: [0, 'i64'], f_bsize: [8, 'i64'], f_blocks: [16, 'i64'], f_bfree: [24, 'i64'], f_bavail: [32, 'i64'], f_files: [40, 'i64'],
    f_ffree: [48, 'i64'], f_fsid_val: [56, 'i32', 2], f_namelen: [64, 'i64'], f_frsize: [72, 'i64'], f_flags: [80, 'i64'],
  },
} as const

/** What statfs(2) fills in. Data model ilp32. */
export const STATFS_ILP32 = {
  size: 64,
  fields: {
    f_type: [0, 'u32'], f_bsize: [4, 'u32'], f_blocks: [8, 'u32'], f_bfree: [12, 'u32'], f_bavail: [16, 'u32'], f_files: [20, 'u32'],
    f_ffree: [24, 'u32'], f_fsid_val: [28, 'i32', 2], f_namelen: [36, 'u32'], f_frsize: [40, 'u32'], f_flags: [44, 'u32'],
  },
} as const

/** What statfs(2) fills in. Data model x32. */
export const STATFS_X32 = STATFS_ILP32

/** What statfs64(2) fills in; i386 gives its size as an argument. Data model lp64. */
export const STATFS64_LP64 = {
  size: 120,
  fields: {
    f_type: [0, 'i64'], f_bsize: [8, 'i64'], f_blocks: [16, 'u64'], f_bfree: [24, 'u64'], f_bavail: [32, 'u64'], f_files: [40, 'u64'],
    f_ffree: [48, 'u64'], f_fsid_val: [56, 'i32', 2], f_namelen: [64, 'i64'], f_frsize: [72, 'i64'], f_flags: [80, 'i64'],
  },
} as const

/** What statfs64(2) fills in; i386 gives its size as an argument. Data model ilp32. */
export const STATFS64_ILP32 = {
  size: 84,
  fields: {
    f_type: [0, 'u32'], f_bsize: [4, 'u32'], f_blocks: [8, 'u64'], f_bfree: [16, 'u64'], f_bavail: [24, 'u64'], f_files: [32, 'u64'],
    f_ffree: [40, 'u64'], f_fsid_val: [48, 'i32', 2], f_namelen: [56, 'u32'], f_frsize: [60, 'u32'], f_flags: [64, 'u32'],
  },
} as const

/** What statfs64(2) fills in; i386 gives its size as an argument. Data model x32. */
export const STATFS64_X32 = {
  size: 88,
  fields: {
    f_type: [0, 'u32'], f_bsize: [4, 'u32'], f_blocks: [8, 'u64'], f_bfree: [16, 'u64'], f_bavail: [24, 'u64'], f_files: [32, 'u64'],
    f_ffree: [40, 'u64'], f_fsid_val: [48, 'i32', 2], f_namelen: [56, 'u32'], f_frsize: [60, 'u32'], f_flags: [64, 'u32'],
  },
} as const

/** What ustat(2) fills in (include/linux/types.h). Data model lp64. */
export const USTAT_LP64 = {
  size: 32,
  fields: {
    f_tfree: [0, 'i32'], f_tinode: [8, 'u64'], f_fname: [16, 'i8', 6], f_fpack: [22, 'i8', 6],
  },
} as const

/** What ustat(2) fills in (include/linux/types.h). Data model ilp32. */
export const USTAT_ILP32 = {
  size: 20,
  fields: {
    f_tfree: [0, 'i32'], f_tinode: [4, 'u32'], f_fname: [8, 'i8', 6], f_fpack: [14, 'i8', 6],
  },
} as const

/** What ustat(2) fills in (include/linux/types.h). Data model x32. */
export const USTAT_X32 = USTAT_ILP32
