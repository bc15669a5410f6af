import { EINVAL, ENOMEM } from '../../abi/errno.js'
import type { AddressSpace } from '../../memory/address-space.js'
import { findVma, VM, type Vma } from '../../memory/vma.js'

/** Rounds up to whole pages; beyond 2^53 the result stays beyond every address. Linux: PAGE_ALIGN. */
export function pageAlign(length: number): number {
  return Math.ceil(length / 4096) * 4096
}

/** Whether an address is at a page's start. */
export function isAligned(address: number): boolean {
  return address % 4096 === 0
}

/** Bytes of a space that are locked. Linux: mm->locked_vm. */
export function lockedBytes({ vmas }: AddressSpace): number {
  return vmas.reduce((sum, { flags, start, end }) => sum + ((flags & VM.locked) !== 0 ? end - start : 0), 0)
}

/**
 * Calls `visit` on each mapping of [start, end) in order.
 *
 * @returns 0, the first non-zero result of `visit`, or -ENOMEM when part of the range is not mapped (the rest is visited all the same when `holes` is set)
 */
export function forEachVma(mm: AddressSpace, start: number, end: number, holes: boolean, visit: (vma: Vma, from: number, to: number) => number): number {
  let at = start
  let missing = 0
  for (let i = findVma(mm.vmas, start); at < end; i++) {
    const vma = mm.vmas[i]
    if (vma === undefined || vma.start >= end) return -ENOMEM
    if (vma.start > at) {
      if (!holes) return -ENOMEM
      missing = -ENOMEM
      at = vma.start
    }
    const to = Math.min(vma.end, end)
    const result = visit(vma, at, to)
    if (result !== 0) return result
    at = to
  }
  return missing
}

/** The checks that range calls share: aligned start, no wrap. Returns the end, or -EINVAL or -ENOMEM. */
export function rangeEnd(mm: AddressSpace, start: number, length: number, overflow: number = -EINVAL): number {
  if (!isAligned(start)) return -EINVAL
  const bytes = pageAlign(length)
  const end = start + bytes
  if (start < 0 || bytes >= 2 ** 52) return overflow
  return end > mm.limit ? Math.min(end, mm.limit + 4096) : end
}
