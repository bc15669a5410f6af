/** What a segment descriptor says, decoded (Intel SDM volume 3, 3.4.5). */
export interface SegmentDescriptor {
  /** Linear address of byte 0; 32 bits, or 64 for a TSS or LDT in long mode (canonical number). */
  base: number
  /** Last valid offset, in bytes (the granularity bit is worked in). */
  limit: number
  /** Type field, 4 bits; with S set: 8 code, else data; 4 conforming or expand-down; 2 readable or writable; 1 accessed. */
  type: number
  /** S: a code or data segment rather than a system one. */
  s: boolean
  /** Privilege level. */
  dpl: number
  /** P: present. */
  present: boolean
  /** AVL: free for the system. */
  avl: boolean
  /** L: 64-bit code. */
  long: boolean
  /** D/B: 32-bit operands or stack. */
  big: boolean
  /** G: the limit counts pages. */
  granular: boolean
}

/** Decodes a descriptor from its two words. */
export function decodeDescriptor(low: number, high: number): SegmentDescriptor {
  const granular = (high & 0x800000) !== 0
  const raw = (low & 0xffff) | (high & 0xf0000)
  return {
    base: ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff000000)) >>> 0,
    limit: granular ? raw * 4096 + 4095 : raw,
    type: (high >>> 8) & 15, s: (high & 0x1000) !== 0, dpl: (high >>> 13) & 3, present: (high & 0x8000) !== 0,
    avl: (high & 0x100000) !== 0, long: (high & 0x200000) !== 0, big: (high & 0x400000) !== 0, granular,
  }
}

/** Low word of a descriptor. `limit` is the raw 20-bit field, in bytes or pages as `flags` says. */
export function descriptorLow(base: number, limit: number): number {
  return ((limit & 0xffff) | (base << 16)) >>> 0
}
/** High word of a descriptor. `flags` holds bits 8 to 23 of it: 0xc09b is flat 32-bit kernel code. */
export function descriptorHigh(base: number, limit: number, flags: number): number {
  return ((base & 0xff000000) | ((base >>> 16) & 0xff) | (limit & 0xf0000) | ((flags & 0xf0ff) << 8)) >>> 0
}

/** Gate types (Intel SDM volume 3, table 3-2). */
export const GATE = { task: 5, interrupt: 14, trap: 15 } as const

/** A gate of the IDT, decoded. */
export interface GateDescriptor {
  /** Where the handler starts: canonical number. */
  offset: number
  /** Code segment of the handler, or the TSS of a task gate. */
  selector: number
  /** One of `GATE`, or something that is no gate. */
  type: number
  /** Least privileged level that may come by `int n`. */
  dpl: number
  present: boolean
  /** Interrupt stack table entry, 0 for none; long mode only. */
  ist: number
}
