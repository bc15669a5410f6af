import { TLB_EMPTY, TLB_ENTRIES, TLB_ENTRY_SIZE, TLB_READ, TLB_WRITE } from './layout.js'
import type { PhysicalMemory } from './physical.js'

const BYTES = TLB_ENTRIES * TLB_ENTRY_SIZE

/** Makes every entry of the software data TLBs stale; also the way to initialise them. Linux: flush_tlb_mm. */
export function flushTlb(memory: PhysicalMemory): void {
  memory.i32.fill(TLB_EMPTY, TLB_READ >> 2, (TLB_WRITE + BYTES) >> 2)
}

/** Enters a page: reads of [page, page+4096) go to host offset `offset`, writes too when `writable`. */
export function fillTlb(memory: PhysicalMemory, page: number, offset: number, writable: boolean): void {
  const low = page >>> 0
  const slot = ((low >>> 12) & (TLB_ENTRIES - 1)) << 2
  const high = Math.floor(page / 4294967296) | 0
  const delta = (offset - low) | 0
  const i32 = memory.i32
  const read = (TLB_READ >> 2) + slot
  i32[read] = low
  i32[read + 1] = high
  i32[read + 2] = delta
  if (!writable) return
  const write = (TLB_WRITE >> 2) + slot
  i32[write] = low
  i32[write + 1] = high
  i32[write + 2] = delta
}

/** Drops the entries of `pages` pages from `page` on. Linux: flush_tlb_range. */
export function invalidateTlb(memory: PhysicalMemory, page: number, pages: number): void {
  if (pages >= TLB_ENTRIES) return flushTlb(memory)
  const i32 = memory.i32
  for (let n = 0, slot = (page >>> 12) & (TLB_ENTRIES - 1); n < pages; n++, slot = (slot + 1) & (TLB_ENTRIES - 1)) {
    i32[(TLB_READ >> 2) + (slot << 2)] = TLB_EMPTY
    i32[(TLB_WRITE >> 2) + (slot << 2)] = TLB_EMPTY
  }
}
