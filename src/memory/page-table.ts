import { PAGE_SHIFT, PAGE_SIZE } from './layout.js'

/** Page-table entry bits; the frame number stands in bits 31..12, so an entry is an int32. */
export const PTE = { present: 1, writable: 2 } as const

const SPAN = 512 * PAGE_SIZE

/**
 * The page map of an address space: leaf tables of 512 entries found by address / 2 MiB, as on x86.
 * Entry 0 means nothing is there yet. Pure data; the truth that every TLB and foreign MMU is filled from.
 */
export class PageTable {
  private readonly leaves = new Map<number, Int32Array>()
  private lastKey = -1
  private lastLeaf: Int32Array | undefined = undefined

  private leaf(page: number): Int32Array | undefined {
    const key = Math.floor(page / SPAN)
    if (key !== this.lastKey) {
      this.lastKey = key
      this.lastLeaf = this.leaves.get(key)
    }
    return this.lastLeaf
  }

  /** The entry of the page at linear address `page`. */
  get(page: number): number {
    const leaf = this.leaf(page)
    return leaf === undefined ? 0 : leaf[(page >>> PAGE_SHIFT) & 511]!
  }

  /** Sets the entry of a page. */
  set(page: number, entry: number): void {
    let leaf = this.leaf(page)
    if (leaf === undefined) {
      leaf = new Int32Array(512)
      this.leaves.set(this.lastKey, leaf)
      this.lastLeaf = leaf
    }
    leaf[(page >>> PAGE_SHIFT) & 511] = entry
  }

  /** Calls `visit` for every present page in [start, end), in ascending order; it may change the entry through the returned value. */
  update(start: number, end: number, visit: (page: number, entry: number) => number): void {
    const first = Math.floor(start / SPAN), last = Math.ceil(end / SPAN)
    const keys = last - first > this.leaves.size ? [...this.leaves.keys()].filter((key) => key >= first && key < last).sort((a, b) => a - b)
      : Array.from({ length: last - first }, (_, i) => first + i)
    for (const key of keys) {
      const leaf = this.leaves.get(key), base = key * SPAN
      const to = Math.min(SPAN, end - base) >>> PAGE_SHIFT
      for (let i = Math.max(0, start - base) >>> PAGE_SHIFT; leaf !== undefined && i < to; i++) if (leaf[i] !== 0) leaf[i] = visit(base + i * PAGE_SIZE, leaf[i]!)
    }
  }

  /** Forgets everything; frames are the caller's to release. */
  clear(): void {
    this.leaves.clear()
    this.lastKey = -1
    this.lastLeaf = undefined
  }
}
