import { MAP_FLAGS, PROT } from '../../abi/flags/mman.js'
import { flags } from '../codecs.js'

/** What MAP_SHARED_VALIDATE knows beside MAP_SYNC: everything older, with the sizes of huge pages. Linux: LEGACY_MAP_MASK. */
export const LEGACY_MAP = 0x7c07f9f3

/** `prot` of mmap and mprotect. */
export const MMAP_PROT = /* @__PURE__ */ flags('mmap_prot', PROT, 'unsigned long')
/** `flags` of mmap. */
export const MMAP_FLAGS = /* @__PURE__ */ flags('mmap', MAP_FLAGS, 'unsigned long')
