// Generated from facts/constants.txt by scripts/renew-constants.mjs with the headers of Linux; do not edit.

/** Flags of preadv2(2) and pwritev2(2). */
export const RWF = {
  RWF_HIPRI: 0x1, RWF_DSYNC: 0x2, RWF_SYNC: 0x4, RWF_NOWAIT: 0x8, RWF_APPEND: 0x10, RWF_NOAPPEND: 0x20, RWF_ATOMIC: 0x40, RWF_DONTCACHE: 0x80,
} as const

/** Flags of splice(2), tee(2) and vmsplice(2). */
export const SPLICE = {
  SPLICE_F_MOVE: 0x1, SPLICE_F_NONBLOCK: 0x2, SPLICE_F_MORE: 0x4, SPLICE_F_GIFT: 0x8,
} as const

/** Flags of sync_file_range(2). */
export const SYNC_FILE_RANGE = {
  SYNC_FILE_RANGE_WAIT_BEFORE: 0x1, SYNC_FILE_RANGE_WRITE: 0x2, SYNC_FILE_RANGE_WAIT_AFTER: 0x4,
} as const
