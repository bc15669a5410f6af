// Generated from facts/constants.txt by scripts/renew-constants.mjs with the headers of Linux; do not edit.

/** Protection of mmap(2) and mprotect(2). */
export const PROT = {
  PROT_NONE: 0x0, PROT_READ: 0x1, PROT_WRITE: 0x2, PROT_EXEC: 0x4, PROT_SEM: 0x8, PROT_GROWSDOWN: 0x1000000, PROT_GROWSUP: 0x2000000,
} as const

/** Types of mapping, a field of the flags (MAP_TYPE). */
export const MAP_TYPES = {
  MAP_SHARED: 0x1, MAP_PRIVATE: 0x2, MAP_SHARED_VALIDATE: 0x3, MAP_DROPPABLE: 0x8,
} as const

/** Flags of mmap(2). */
export const MAP_FLAGS = {
  MAP_SHARED: 0x1, MAP_PRIVATE: 0x2, MAP_FIXED: 0x10, MAP_ANONYMOUS: 0x20, MAP_32BIT: 0x40, MAP_ABOVE4G: 0x80, MAP_GROWSDOWN: 0x100,
  MAP_DENYWRITE: 0x800, MAP_EXECUTABLE: 0x1000, MAP_LOCKED: 0x2000, MAP_NORESERVE: 0x4000, MAP_POPULATE: 0x8000, MAP_NONBLOCK: 0x10000,
  MAP_STACK: 0x20000, MAP_HUGETLB: 0x40000, MAP_SYNC: 0x80000, MAP_FIXED_NOREPLACE: 0x100000, MAP_UNINITIALIZED: 0x4000000,
} as const

/** Fields of mmap flags. */
export const MAP_MASKS = {
  MAP_TYPE: 0xf, MAP_HUGE_SHIFT: 0x1a, MAP_HUGE_MASK: 0x3f,
} as const

/** Flags of mremap(2). */
export const MREMAP = {
  MREMAP_MAYMOVE: 0x1, MREMAP_FIXED: 0x2, MREMAP_DONTUNMAP: 0x4,
} as const

/** Flags of msync(2). */
export const MS = {
  MS_ASYNC: 0x1, MS_INVALIDATE: 0x2, MS_SYNC: 0x4,
} as const

/** Flags of mlock2(2). */
export const MLOCK = {
  MLOCK_ONFAULT: 0x1,
} as const

/** Flags of mlockall(2). */
export const MCL = {
  MCL_CURRENT: 0x1, MCL_FUTURE: 0x2, MCL_ONFAULT: 0x4,
} as const

/** Advice of madvise(2). */
export const MADV = {
  MADV_NORMAL: 0, MADV_RANDOM: 1, MADV_SEQUENTIAL: 2, MADV_WILLNEED: 3, MADV_DONTNEED: 4, MADV_FREE: 8, MADV_REMOVE: 9, MADV_DONTFORK: 10,
  MADV_DOFORK: 11, MADV_HWPOISON: 100, MADV_SOFT_OFFLINE: 101, MADV_MERGEABLE: 12, MADV_UNMERGEABLE: 13, MADV_HUGEPAGE: 14, MADV_NOHUGEPAGE: 15,
  MADV_DONTDUMP: 16, MADV_DODUMP: 17, MADV_WIPEONFORK: 18, MADV_KEEPONFORK: 19, MADV_COLD: 20, MADV_PAGEOUT: 21, MADV_POPULATE_READ: 22,
  MADV_POPULATE_WRITE: 23, MADV_DONTNEED_LOCKED: 24, MADV_COLLAPSE: 25, MADV_GUARD_INSTALL: 102, MADV_GUARD_REMOVE: 103,
} as const

/** Flags of memfd_create(2). */
export const MFD = {
  MFD_CLOEXEC: 0x1, MFD_ALLOW_SEALING: 0x2, MFD_HUGETLB: 0x4, MFD_NOEXEC_SEAL: 0x8, MFD_EXEC: 0x10,
} as const

/** Access rights of pkey_alloc(2). */
export const PKEY = {
  PKEY_DISABLE_ACCESS: 0x1, PKEY_DISABLE_WRITE: 0x2,
} as const

/** Modes of set_mempolicy(2) and mbind(2). */
export const MPOL = {
  MPOL_DEFAULT: 0, MPOL_PREFERRED: 1, MPOL_BIND: 2, MPOL_INTERLEAVE: 3, MPOL_LOCAL: 4, MPOL_PREFERRED_MANY: 5, MPOL_WEIGHTED_INTERLEAVE: 6,
} as const

/** Flags of get_mempolicy(2). */
export const MPOL_FLAGS = {
  MPOL_F_NODE: 0x1, MPOL_F_ADDR: 0x2, MPOL_F_MEMS_ALLOWED: 0x4,
} as const
