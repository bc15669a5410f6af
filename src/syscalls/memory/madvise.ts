import { MADV } from '../../abi/flags/mman.js'
import { EACCES, EAGAIN, EBADF, EINVAL, ENOMEM } from '../../abi/errno.js'
import type { Task } from '../../kernel/task.js'
import { PROT, VM, type Vma } from '../../memory/vma.js'
import { address, enumeration, sizeT } from '../codecs.js'
import { defineSyscall } from '../define.js'
import { forEachVma, isAligned, pageAlign } from './range.js'
import { changeMappings, discardPages } from '../../memory/mappings.js'

const advice = /* @__PURE__ */ enumeration('madvise', MADV)

/** What the kernel knows but this machine has no use for: 0. Not here at all: EINVAL. */
function supported(behavior: number): boolean {
  return (behavior >= 0 && behavior <= 4) || (behavior >= 8 && behavior <= 24)
}

function apply(task: Task, behavior: number, from: number, to: number, vmaFlags: number, isPrivateAnonymous: boolean): number {
  const { mm } = task
  switch (behavior) {
    case MADV.MADV_DONTNEED: case MADV.MADV_DONTNEED_LOCKED:
      if (behavior === MADV.MADV_DONTNEED && (vmaFlags & VM.locked) !== 0) return -EINVAL
      if ((vmaFlags & VM.special) !== 0) return -EINVAL
      discardPages(mm, from, to)
      return 0
    case MADV.MADV_FREE:
      return isPrivateAnonymous ? 0 : -EINVAL // "may be freed at any time": there is no need here
    case MADV.MADV_DONTFORK: return setFlag(task, from, to, VM.dontFork, true)
    case MADV.MADV_DOFORK: return (vmaFlags & VM.special) !== 0 ? -EINVAL : setFlag(task, from, to, VM.dontFork, false)
    case MADV.MADV_WIPEONFORK: return isPrivateAnonymous ? setFlag(task, from, to, VM.wipeOnFork, true) : -EINVAL
    case MADV.MADV_KEEPONFORK: return setFlag(task, from, to, VM.wipeOnFork, false)
    default: return 0
  }
}

/** MADV_REMOVE: a hole in the file behind a shared mapping. Linux: madvise_remove. */
function remove(vma: Vma, from: number, to: number): number {
  if ((vma.flags & VM.locked) !== 0 || vma.backing === null) return -EINVAL
  if ((vma.flags & VM.shared) === 0 || (vma.maxProt & PROT.write) === 0) return -EACCES
  return vma.backing.punch?.(vma.offset + (from - vma.start), vma.offset + (to - vma.start)) ?? -EINVAL
}

function setFlag(task: Task, from: number, to: number, flag: number, on: boolean): number {
  changeMappings(task.mm, from, to, (vma) => {
    vma.flags = on ? vma.flags | flag : vma.flags & ~flag
  })
  return 0
}

/** MADV_POPULATE_READ and _WRITE: the first page that cannot be brought in decides. */
function populate(task: Task, from: number, to: number, write: boolean): number {
  const { mm } = task
  for (let page = from; page < to; page += 4096) {
    const vma = mm.vmaAt(page)
    if (vma === undefined) return -ENOMEM
    if ((vma.prot & (write ? PROT.write : PROT.read)) === 0 || (vma.flags & VM.special) !== 0) return -EINVAL
    if (mm.translate(page, write ? 2 : 0) < 0) return mm.fault === 'oom' ? -EAGAIN : mm.fault === 'buserr' ? -14 : -EINVAL
  }
  return 0
}

/** madvise(2). Linux: mm/madvise.c. */
export const madvise = /* @__PURE__ */ defineSyscall('madvise', {
  args: [['start', address], ['len_in', sizeT], ['behavior', advice]],
  note: 'no huge pages, KSM or swap: such advice changes nothing',
  run(task, start, bytes, behavior) {
    const { mm } = task
    if (!supported(behavior) || !isAligned(start)) return -EINVAL
    const length = pageAlign(bytes)
    const end = start + length
    if (start < 0 || length >= 2 ** 52) return -EINVAL
    if (length === 0) return 0
    if (behavior === MADV.MADV_POPULATE_READ || behavior === MADV.MADV_POPULATE_WRITE) return populate(task, start, Math.min(end, mm.limit + 4096), behavior === MADV.MADV_POPULATE_WRITE)
    const pieces: [number, number, Vma][] = []
    const holes = forEachVma(mm, start, Math.min(end, mm.limit + 4096), true, (vma, from, to) => {
      pieces.push([from, to, { ...vma }])
      return 0
    })
    for (const [from, to, vma] of pieces) {
      const anonymous = vma.backing === null
      const { flags: vmaFlags } = vma
      const result = behavior === MADV.MADV_WILLNEED && anonymous ? -EBADF : behavior === MADV.MADV_REMOVE ? remove(vma, from, to) : apply(task, behavior, from, to, vmaFlags, anonymous && (vmaFlags & VM.shared) === 0)
      if (result === -EBADF) continue // anonymous memory without swap has nothing to read ahead
      if (result !== 0) return result
    }
    return holes
  },
})
