import { PAGE_SIZE, TLB_EMPTY, TLB_ENTRIES, TLB_ENTRY_SIZE, TLB_WRITE } from '../memory/layout.js'
import type { PhysicalMemory } from '../memory/physical.js'

/** The software TLBs that the executor looks into (layout: memory/layout). `tlb` is TLB_READ or TLB_WRITE. */
export function tlbEnter(memory: PhysicalMemory, tlb: number, lo: number, hi: number, frameOffset: number): void {
  const w = (tlb + ((lo >>> 12) & (TLB_ENTRIES - 1)) * TLB_ENTRY_SIZE) >>> 2
  const tag = (lo & ~(PAGE_SIZE - 1)) >>> 0
  memory.u32[w] = tag
  memory.i32[w + 1] = hi
  memory.u32[w + 2] = frameOffset - tag
}

/** Drops a frame (by its byte offset) from the write TLB, wherever it is mapped. */
export function tlbProtect(memory: PhysicalMemory, frameOffset: number): void {
  const { u32 } = memory
  for (let w = TLB_WRITE >>> 2; w < (TLB_WRITE + TLB_ENTRIES * TLB_ENTRY_SIZE) >>> 2; w += TLB_ENTRY_SIZE >>> 2) {
    if (u32[w] !== TLB_EMPTY && (u32[w]! + u32[w + 2]!) >>> 0 === frameOffset) u32[w] = TLB_EMPTY
  }
}
