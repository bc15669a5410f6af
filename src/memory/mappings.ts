import type { AddressSpace } from './address-space.js'
import { PAGE_SHIFT, PAGE_SIZE } from './layout.js'
import { PTE } from './page-table.js'
import { canMerge, findVma, VM, type Vma } from './vma.js'

/** Whether [start, end) touches any mapping. */
export function overlapsMapping({ vmas }: AddressSpace, start: number, end: number): boolean {
  const vma = vmas[findVma(vmas, start)]
  return vma !== undefined && vma.start < end
}

/**
 * Puts a mapping into a space, over whatever is there (the caller has decided that). Merges with its neighbours.
 * Linux: mmap_region.
 */
export function insertMapping(space: AddressSpace, vma: Vma): void {
  if (overlapsMapping(space, vma.start, vma.end)) removeMappings(space, vma.start, vma.end)
  const at = findVma(space.vmas, vma.start)
  space.vmas.splice(at, 0, vma)
  vma.backing?.mapped(1)
  space.totalBytes += vma.end - vma.start
  mergeAround(space.vmas, at)
}

function mergeAround(vmas: Vma[], at: number): void {
  const vma = vmas[at]!
  const next = vmas[at + 1]
  if (next !== undefined && canMerge(vma, next)) {
    vma.end = next.end
    next.backing?.mapped(-1)
    vmas.splice(at + 1, 1)
  }
  const before = vmas[at - 1]
  if (before !== undefined && canMerge(before, vma)) {
    before.end = vma.end
    vma.backing?.mapped(-1)
    vmas.splice(at, 1)
  }
}

/** Splits the mapping that straddles `address`, so that one starts there. Linux: split_vma. */
function splitAt(vmas: Vma[], address: number): void {
  const i = findVma(vmas, address)
  const vma = vmas[i]
  if (vma === undefined || vma.start >= address) return
  const upper: Vma = { ...vma, start: address, offset: vma.offset + (address - vma.start) }
  vma.end = address
  vma.backing?.mapped(1)
  vmas.splice(i + 1, 0, upper)
}

/** Removes all mappings in [start, end) and their pages. Linux: do_vmi_munmap. */
export function removeMappings(space: AddressSpace, start: number, end: number): void {
  const { vmas } = space
  splitAt(vmas, start)
  splitAt(vmas, end)
  const first = findVma(vmas, start)
  let last = first
  while (last < vmas.length && vmas[last]!.start < end) {
    const vma = vmas[last++]!
    space.totalBytes -= vma.end - vma.start
    vma.backing?.mapped(-1)
  }
  vmas.splice(first, last - first)
  discardPages(space, start, end)
}

/** Drops the pages of [start, end); the next access brings them in afresh (munmap, MADV_DONTNEED). */
export function discardPages(space: AddressSpace, start: number, end: number): void {
  space.pages.update(start, end, (_page, entry) => {
    space.memory.release(entry >>> PAGE_SHIFT)
    return 0
  })
  space.stale(start, end)
}

/** Moves the pages of [start, end) to `to`, where nothing is mapped yet. Linux: move_page_tables. */
export function movePages(space: AddressSpace, start: number, end: number, to: number): void {
  const moved: [number, number][] = []
  space.pages.update(start, end, (page, entry) => {
    moved.push([page - start + to, entry])
    return 0
  })
  for (const [page, entry] of moved) space.pages.set(page, entry)
  space.stale(start, end)
}

/** Calls `change` on each mapping of [start, end), split so that none straddles the ends; then merges again. */
export function changeMappings({ vmas }: AddressSpace, start: number, end: number, change: (vma: Vma) => void): void {
  splitAt(vmas, start)
  splitAt(vmas, end)
  for (let i = findVma(vmas, start); i < vmas.length && vmas[i]!.start < end; i++) change(vmas[i]!)
  for (let i = findVma(vmas, start); i < vmas.length && vmas[i]!.start <= end; ) {
    const before = vmas.length
    mergeAround(vmas, i)
    if (vmas.length === before) i++
  }
}

/** Sets the protection of [start, end), which the caller has checked to be mapped throughout. Linux: mprotect_fixup. */
export function protectMappings(space: AddressSpace, start: number, end: number, prot: number): void {
  changeMappings(space, start, end, (vma) => {
    vma.prot = prot
    // every page asks again; private frames stay where they are
    space.pages.update(vma.start, vma.end, (_page, entry) => entry & ~PTE.writable)
  })
  space.stale(start, end)
}

/** A free range of `length` bytes as mmap picks it: top down from `top`, else bottom up. -ENOMEM (-12) when none. Linux: arch_get_unmapped_area_topdown. */
export function findFreeRange(space: AddressSpace, length: number, top = space.mmapBase): number {
  const { vmas } = space
  let i = findVma(vmas, top)
  let high = i < vmas.length ? Math.min(top, belowGuard(vmas[i]!)) : top
  for (i--; ; i--) {
    const low = Math.max(i >= 0 ? vmas[i]!.end : 0, space.minimum)
    if (high - low >= length) return high - length
    if (i < 0) break
    high = Math.min(high, belowGuard(vmas[i]!))
  }
  return top === space.mmapBase ? findFreeRangeUp(space, length, space.mmapBase, space.limit) : -12
}

/** The lowest free range of `length` bytes between two addresses, or -ENOMEM. Linux: unmapped_area. */
export function findFreeRangeUp({ vmas, minimum }: AddressSpace, length: number, from: number, to: number): number {
  let low = Math.max(from, minimum)
  for (let i = findVma(vmas, low); ; i++) {
    const vma = vmas[i]
    if (Math.min(to, vma === undefined ? to : belowGuard(vma)) - low >= length) return low
    if (vma === undefined || vma.start >= to) return -12
    low = Math.max(low, vma.end)
  }
}

/** Highest address a mapping below `vma` may end at; stacks keep a gap. Linux: vm_start_gap. */
function belowGuard(vma: Vma): number {
  return (vma.flags & VM.growsDown) !== 0 ? vma.start - 256 * PAGE_SIZE : vma.start
}
