// Generated from facts/structs.txt by scripts/renew-structs.mjs with linux/stat.h; do not edit.

/** What statx(2) fills in. */
export const STATX = {
  size: 256,
  fields: {
    stx_mask: [0, 'u32'], stx_blksize: [4, 'u32'], stx_attributes: [8, 'u64'], stx_nlink: [16, 'u32'], stx_uid: [20, 'u32'], stx_gid: [24, 'u32'],
    stx_mode: [28, 'u16'], stx_ino: [32, 'u64'], stx_size: [40, 'u64'], stx_blocks: [48, 'u64'], stx_attributes_mask: [56, 'u64'],
    stx_atime_tv_sec: [64, 'i64'], stx_atime_tv_nsec: [72, 'u32'], stx_btime_tv_sec: [80, 'i64'], stx_btime_tv_nsec: [88, 'u32'],
    stx_ctime_tv_sec: [96, 'i64'], stx_ctime_tv_nsec: [104, 'u32'], stx_mtime_tv_sec: [112, 'i64'], stx_mtime_tv_nsec: [120, 'u32'],
    stx_rdev_major: [128, 'u32'], stx_rdev_minor: [132, 'u32'], stx_dev_major: [136, 'u32'], stx_dev_minor: [140, 'u32'], stx_mnt_id: [144, 'u64'],
    stx_dio_mem_align: [152, 'u32'], stx_dio_offset_align: [156, 'u32'],
  },
} as const

/** A time of statx(2). */
export const STATX_TIMESTAMP = {
  size: 16,
  fields: {
    tv_sec: [0, 'i64'], tv_nsec: [8, 'u32'],
  },
} as const
