import { PAGE_SIZE, TLB_ENTRIES, TLB_ENTRY_SIZE, TLB_READ, TLB_WRITE } from '../memory/layout.js'
import type { PhysicalMemory } from '../memory/physical.js'

/** The software TLBs that the executor looks into (layout: memory/layout). `tlb` is TLB_READ or TLB_WRITE. */
export function tlbEnter(memory: PhysicalMemory, tlb: number, lo: number, hi: number, frameOffset: number): void {
  const w = (tlb + ((lo >>> 12) & (TLB_ENTRIES - 1)) * TLB_ENTRY_SIZE) >>> 2
  const tag = (lo & ~(PAGE_SIZE - 1)) >>> 0
  memory.u32[w] = tag
  memory.i32[w + 1] = hi
  memory.u32[w + 2] = frameOffset - tag
}

/** Empties both data TLBs. */
export function tlbFlush(memory: PhysicalMemory): void {
  for (const tlb of [TLB_READ, TLB_WRITE]) {
    memory.u32.fill(0, tlb >>> 2, (tlb + TLB_ENTRIES * TLB_ENTRY_SIZE) >>> 2)
    memory.u32[tlb >>> 2] = 1
  }
}

/** Drops one page (low half of its linear address) from both. */
export function tlbDrop(memory: PhysicalMemory, lo: number): void {
  const slot = (lo >>> 12) & (TLB_ENTRIES - 1)
  for (const tlb of [TLB_READ, TLB_WRITE]) {
    const w = (tlb + slot * TLB_ENTRY_SIZE) >>> 2
    memory.u32[w] = slot === 0 ? 1 : 0
    memory.u32[w + 1] = 0
  }
}
