/** Protection bits of a mapping (PROT_* of mman.h). */
export const PROT = { none: 0, read: 1, write: 2, exec: 4 } as const

/** Flags of a mapping that outlive mmap. */
export const VM = {
  /** MAP_SHARED: writes go to the backing object. */
  shared: 1,
  /** Grows down on a fault below it (the stack). */
  growsDown: 2,
  /** Never merged, moved, cut or unmapped by size accounting: the vDSO and its data page. */
  special: 4,
  /** MAP_LOCKED or mlock. */
  locked: 8,
  /** MAP_NORESERVE. */
  noReserve: 16,
  /** MADV_DONTFORK. */
  dontFork: 32,
  /** MADV_WIPEONFORK. */
  wipeOnFork: 64,
  /** The heap (brk). */
  heap: 128,
} as const

/** What lies behind a mapping: a file's page cache or shared anonymous memory. */
export interface Backing {
  /** Identity; two mappings of equal id and adjoining offsets may merge. */
  readonly id: number
  /** The name shown in /proc/PID/maps, a byte string; empty for anonymous memory. */
  readonly name: string
  /**
   * The frame that holds page `index` of the object. The object keeps its own reference; the caller takes one more.
   *
   * @returns frame; 0 when memory is used up; -1 when the page lies past the object's end (SIGBUS)
   */
  page: (index: number) => number
  /** A writable shared page was handed out: the object's bytes may change. */
  dirty: (index: number) => void
  /** A mapping was made (+1) or went away (-1). */
  mapped: (by: 1 | -1) => void
  /** Makes a hole of bytes [from, to): 0 or -errno; what has none cannot (MADV_REMOVE). */
  punch?: (from: number, to: number) => number
  /** Frames that the object itself holds a reference to; for checks (checkInvariants). */
  held?: () => Iterable<number>
  /** The open file of which every mapping holds a reference; for checks. */
  readonly file?: object
}

/** A mapping: [start, end) in pages, what may be done with it, and what lies behind it. */
export interface Vma {
  start: number
  end: number
  /** PROT bits. */
  prot: number
  /** PROT bits that mprotect may set (a file opened without write permission cannot be made writable when shared). */
  maxProt: number
  /** {@link VM} bits. */
  flags: number
  /** null for private anonymous memory. */
  backing: Backing | null
  /** Offset of `start` in the backing object, in bytes. */
  offset: number
  /** A label for /proc/PID/maps and errors, such as `[stack]`; null otherwise. */
  label: string | null
}

/** Whether `b`, which starts where `a` ends, is the same mapping continued. */
export function canMerge(a: Vma, b: Vma): boolean {
  return (
    a.end === b.start && a.prot === b.prot && a.maxProt === b.maxProt && a.flags === b.flags && a.label === b.label &&
    (a.flags & (VM.special | VM.growsDown)) === 0 && a.backing?.id === b.backing?.id &&
    (a.backing === null || a.offset + (a.end - a.start) === b.offset)
  )
}

/** Index of the first mapping that ends above `address`. */
export function findVma(vmas: readonly Vma[], address: number): number {
  let low = 0
  let high = vmas.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (vmas[middle]!.end > address) high = middle
    else low = middle + 1
  }
  return low
}
