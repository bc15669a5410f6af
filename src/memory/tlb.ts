import { PAGE_SIZE, TLB_EMPTY, TLB_ENTRIES, TLB_ENTRY_SIZE, TLB_READ, TLB_SPAN, TLB_WRITE } from './layout.js'
import type { PhysicalMemory } from './physical.js'

const BYTES = TLB_ENTRIES * TLB_ENTRY_SIZE
const WORDS = TLB_ENTRY_SIZE >> 2

/** Makes every entry of the software data TLBs stale; also the way to initialise them. Linux: flush_tlb_mm. */
export function flushTlb(memory: PhysicalMemory): void {
  memory.i32.fill(TLB_EMPTY, TLB_READ >> 2, (TLB_WRITE + BYTES) >> 2)
}

/** Enters a page: reads of [page, page+4096) go to host offset `offset`, writes too when `writable`. */
export function fillTlb(memory: PhysicalMemory, page: number, offset: number, writable: boolean): void {
  const slot = ((page >>> 12) & (TLB_ENTRIES - 1)) * WORDS
  enter(memory.i32, (TLB_READ >> 2) + slot, page, offset)
  if (writable) enter(memory.i32, (TLB_WRITE >> 2) + slot, page, offset)
}

function enter(i32: Int32Array, at: number, page: number, offset: number): void {
  const low = page >>> 0
  i32[at] = low
  i32[at + 1] = Math.floor(page / 4294967296)
  i32[at + 2] = offset - low
  i32[at + 3] = Math.floor(page / TLB_SPAN)
}

/** Drops the entries of `pages` pages from `page` on. Linux: flush_tlb_range. */
export function invalidateTlb(memory: PhysicalMemory, page: number, pages: number): void {
  if (pages >= TLB_ENTRIES) return flushTlb(memory)
  const { i32 } = memory
  for (let n = 0, slot = (page >>> 12) & (TLB_ENTRIES - 1); n < pages; n++, slot = (slot + 1) & (TLB_ENTRIES - 1)) {
    empty(i32, (TLB_READ >> 2) + slot * WORDS)
    empty(i32, (TLB_WRITE >> 2) + slot * WORDS)
  }
}

/** Drops a frame from the write TLB, wherever it is mapped: writes to it are to be noticed. */
export function protectFrame(memory: PhysicalMemory, frame: number): void {
  const { i32 } = memory
  const offset = (frame * PAGE_SIZE) | 0
  for (let at = TLB_WRITE >> 2; at < (TLB_WRITE + BYTES) >> 2; at += WORDS) if (((i32[at]! + i32[at + 2]!) | 0) === offset) empty(i32, at)
}

function empty(i32: Int32Array, at: number): void {
  i32[at] = TLB_EMPTY
  i32[at + 3] = TLB_EMPTY
}
