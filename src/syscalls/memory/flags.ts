import { flags } from '../codecs.js'

/** MAP_* (asm-generic/mman-common.h, asm/mman.h). */
export const MAP = {
  shared: 1, private: 2, sharedValidate: 3, type: 0xf, fixed: 0x10, anonymous: 0x20, bit32: 0x40,
  growsDown: 0x100, denyWrite: 0x800, executable: 0x1000, locked: 0x2000, noReserve: 0x4000, populate: 0x8000, nonBlock: 0x10000,
  stack: 0x20000, hugeTlb: 0x40000, sync: 0x80000, fixedNoReplace: 0x100000,
  /** LEGACY_MAP_MASK: what MAP_SHARED_VALIDATE knows. */
  legacy: 0x1 | 0x2 | 0x10 | 0x20 | 0x40 | 0x100 | 0x800 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000 | 0x40000,
} as const
/** mprotect's extensions to the ends of stacks. */
export const PROT_GROWSDOWN = 0x01000000
/** See {@link PROT_GROWSDOWN}. */
export const PROT_GROWSUP = 0x02000000

/** `prot` of mmap and mprotect. */
export const MMAP_PROT = /* @__PURE__ */ flags('mmap_prot', { PROT_NONE: 0, PROT_READ: 1, PROT_WRITE: 2, PROT_EXEC: 4, PROT_SEM: 8, PROT_GROWSDOWN: 0x01000000, PROT_GROWSUP: 0x02000000 }, 'unsigned long')
/** `flags` of mmap. */
export const MMAP_FLAGS = /* @__PURE__ */ flags('mmap', {
  MAP_SHARED: 1, MAP_PRIVATE: 2, MAP_SHARED_VALIDATE: 3, MAP_FIXED: 0x10, MAP_ANONYMOUS: 0x20, MAP_32BIT: 0x40, MAP_GROWSDOWN: 0x100, MAP_DENYWRITE: 0x800, MAP_EXECUTABLE: 0x1000,
  MAP_LOCKED: 0x2000, MAP_NORESERVE: 0x4000, MAP_POPULATE: 0x8000, MAP_NONBLOCK: 0x10000, MAP_STACK: 0x20000, MAP_HUGETLB: 0x40000, MAP_SYNC: 0x80000, MAP_FIXED_NOREPLACE: 0x100000,
}, 'unsigned long')
