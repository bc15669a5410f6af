import type { Kernel } from '../kernel/kernel.js'
import { PAGE_SHIFT, PAGE_SIZE } from '../memory/layout.js'
import { VM } from '../memory/vma.js'
import type { PageCache } from './page-cache.js'

/**
 * Takes pages [first, last) of a file out of every address space, before the file gives them up: the next access looks
 * at the file again. Linux: unmap_mapping_range.
 *
 * @param copies whether private copies go too, as truncation wants it; a hole leaves them
 */
export function unmapFilePages(kernel: Kernel, pages: PageCache, first: number, last: number, copies: boolean): void {
  if (pages.mappings === 0) return
  for (const space of new Set([...kernel.tasks.values()].map((task) => task.mm))) {
    for (const vma of space.vmas) {
      if (vma.backing === null || vma.backing.id !== pages.id) continue
      const base = vma.start - vma.offset
      const start = Math.max(vma.start, base + first * PAGE_SIZE)
      const end = Math.min(vma.end, base + last * PAGE_SIZE)
      if (start >= end) continue
      const shared = (vma.flags & VM.shared) !== 0
      space.pages.update(start, end, (page, entry) => {
        const frame = entry >>> PAGE_SHIFT
        if (!copies && !shared && frame !== pages.at((page - base) / PAGE_SIZE)) return entry
        space.memory.release(frame)
        return 0
      })
      space.stale(start, end)
    }
  }
}
