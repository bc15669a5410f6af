import { RLIMIT } from '../../abi/flags/limits.js'
import { CAP } from '../../abi/flags/capability.js'
import { MREMAP } from '../../abi/flags/mman.js'
import { capable } from '../../kernel/creds.js'
import { EAGAIN, EFAULT, EINVAL, ENOMEM } from '../../abi/errno.js'
import type { Task } from '../../kernel/task.js'
import { VM, type Vma } from '../../memory/vma.js'
import { address, flags, ulongSize } from '../codecs.js'
import { defineSyscall } from '../define.js'
import { isAligned, lockedBytes, pageAlign } from './range.js'
import { findFreeRange, insertMapping, movePages, overlapsMapping, removeMappings } from '../../memory/mappings.js'

const mremapFlags = /* @__PURE__ */ flags('mremap', MREMAP, 'unsigned long')

/** A mapping's part from `at` on, at another place. */
function moveTo(task: Task, vma: Vma, at: number, oldLength: number, newLength: number, to: number, keep: boolean): number {
  const { mm } = task
  const copy: Vma = { ...vma, start: to, end: to + newLength, offset: vma.offset + (at - vma.start) }
  if (vma.label === '[heap]') copy.flags &= ~VM.heap
  insertMapping(mm, copy)
  movePages(mm, at, at + Math.min(oldLength, newLength), to)
  if (!keep && oldLength > 0) removeMappings(mm, at, at + oldLength)
  return to
}

function grow(task: Task, vma: Vma, start: number, oldLength: number, newLength: number): boolean {
  const { mm } = task
  const end = start + newLength
  if (start + oldLength !== vma.end || end > mm.limit || overlapsMapping(mm, vma.end, end)) return false
  insertMapping(mm, { ...vma, start: vma.end, end, offset: vma.offset + (vma.end - vma.start) })
  return true
}

/** Linux: mlock_future_ok. */
function mayLock({ mm, creds, group }: Task, more: number): boolean {
  return lockedBytes(mm) + more <= group.rlimits[RLIMIT.RLIMIT_MEMLOCK]!.soft || capable(creds, CAP.CAP_IPC_LOCK)
}

/** mremap(2). Linux: mm/mremap.c. */
export const mremap = /* @__PURE__ */ defineSyscall('mremap', {
  args: [['addr', address], ['old_len', ulongSize], ['new_len', ulongSize], ['flags', mremapFlags], ['new_addr', address]],
  note: 'one mapping at a time',
  run(task, start, oldBytes, newBytes, how, newAddress) {
    const { mm } = task
    const fixed = (how & MREMAP.MREMAP_FIXED) !== 0
    const keep = (how & MREMAP.MREMAP_DONTUNMAP) !== 0
    const oldLength = pageAlign(oldBytes)
    const newLength = pageAlign(newBytes)
    if (!isAligned(start) || (how & ~7) !== 0 || how >= 2 ** 32) return -EINVAL
    if (newLength === 0 || newLength > mm.limit) return -EINVAL
    if ((fixed || keep) && (how & MREMAP.MREMAP_MAYMOVE) === 0) return -EINVAL
    if (keep && oldLength !== newLength) return -EINVAL
    if (fixed) {
      if (!isAligned(newAddress) || newAddress < 0 || newAddress > mm.limit - newLength) return -EINVAL
      if (newAddress + newLength > start && start + oldLength > newAddress) return -EINVAL
    }
    const vma = mm.vmaAt(start)
    if (vma === undefined) return -EFAULT
    if (keep && (vma.flags & VM.special) !== 0) return -EINVAL
    if (oldLength === 0 && (vma.flags & VM.shared) === 0) return -EINVAL
    if (!fixed && !keep && oldLength === newLength) return start
    if (!fixed && newLength < oldLength) {
      removeMappings(mm, start + newLength, Math.min(start + oldLength, mm.limit))
      return start
    }
    if (oldLength > vma.end - start) return -EFAULT
    if (newLength > oldLength && (vma.flags & VM.special) !== 0) return -EFAULT
    if (newLength > oldLength && mm.totalBytes + newLength - oldLength > task.group.rlimits[RLIMIT.RLIMIT_AS]!.soft) return -ENOMEM
    if (newLength > oldLength && (vma.flags & VM.locked) !== 0 && !mayLock(task, newLength - oldLength)) return -EAGAIN
    if (!fixed && !keep && oldLength > 0 && grow(task, vma, start, oldLength, newLength)) return start
    if ((how & MREMAP.MREMAP_MAYMOVE) === 0) return -ENOMEM
    if (fixed) removeMappings(mm, newAddress, newAddress + newLength)
    const to = fixed ? newAddress : keep && newAddress !== 0 && isAligned(newAddress) && newAddress <= mm.limit - newLength && !overlapsMapping(mm, newAddress, newAddress + newLength) ? newAddress : findFreeRange(mm, newLength)
    if (to < 0) return to
    if (fixed && newLength < oldLength) removeMappings(mm, start + newLength, start + oldLength)
    return moveTo(task, vma, start, Math.min(oldLength, fixed ? newLength : oldLength), newLength, to, keep)
  },
})
