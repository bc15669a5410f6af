import { RLIMIT } from '../../abi/flags/limits.js'
import { MCL, MLOCK, MS } from '../../abi/flags/mman.js'
import { EBUSY, EFAULT, EINVAL, ENOMEM, EPERM, EAGAIN } from '../../abi/errno.js'
import { capable } from '../../kernel/creds.js'
import type { Task } from '../../kernel/task.js'
import { PROT, VM } from '../../memory/vma.js'
import { address, flags, sizeT } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { forEachVma, isAligned, lockedBytes, pageAlign } from './range.js'
import { changeMappings } from '../../memory/mappings.js'

const CAP_IPC_LOCK = 14
const msyncFlags = /* @__PURE__ */ flags('msync', MS)
const mlock2Flags = /* @__PURE__ */ flags('mlock2', MLOCK)
const mlockallFlags = /* @__PURE__ */ flags('mlockall', MCL)
const residency = /* @__PURE__ */ pointer('unsigned char', 'out')

/** mincore(2): pages that are there. Linux: mm/mincore.c. */
export const mincore = /* @__PURE__ */ defineSyscall('mincore', {
  args: [['start', address], ['len', sizeT], ['vec', residency]],
  level: 'full',
  run(task, start, length, vec) {
    const { mm } = task
    if (!isAligned(start)) return -EINVAL
    if (!task.memory.accessOk(start, length)) return -ENOMEM
    const pages = pageAlign(length) / 4096
    if (!task.memory.accessOk(vec, pages)) return -EFAULT
    const chunk = new Uint8Array(4096)
    for (let done = 0; done < pages; ) {
      const count = Math.min(4096, pages - done)
      const from = start + done * 4096
      let covered = 0
      const result = forEachVma(mm, from, from + count * 4096, false, (vma, at, to) => {
        for (let page = at; page < to; page += 4096) chunk[covered++] = mm.pages.get(page) !== 0 || (vma.backing !== null && vma.backing.page((vma.offset + page - vma.start) / 4096) > 0) ? 1 : 0
        return 0
      })
      if (covered === 0) return result
      if (task.memory.copyTo(vec + done, chunk, 0, covered) < covered) return -EFAULT
      if (result !== 0) return result
      done += covered
    }
    return 0
  },
})

/** msync(2): shared pages are the file's own here, so there is nothing to write back. Linux: mm/msync.c. */
export const msync = /* @__PURE__ */ defineSyscall('msync', {
  args: [['start', address], ['len', sizeT], ['flags', msyncFlags]],
  level: 'full',
  run(task, start, length, how) {
    if ((how & ~(MS.MS_ASYNC | MS.MS_INVALIDATE | MS.MS_SYNC)) !== 0 || !isAligned(start)) return -EINVAL
    if ((how & MS.MS_ASYNC) !== 0 && (how & MS.MS_SYNC) !== 0) return -EINVAL
    const end = start + pageAlign(length)
    if (start < 0 || length >= 2 ** 52) return -ENOMEM
    if (end === start) return 0
    return forEachVma(task.mm, start, Math.min(end, task.mm.limit + 4096), true, (vma) => ((how & MS.MS_INVALIDATE) !== 0 && (vma.flags & VM.locked) !== 0 ? -EBUSY : 0))
  },
})

/** Linux: do_mlock. Locked pages are brought in; nothing is ever swapped out. */
function lock(task: Task, start: number, length: number, onFault: boolean): number {
  const { mm } = task
  const limit = task.group.rlimits[RLIMIT.RLIMIT_MEMLOCK]!.soft
  const mayExceed = capable(task.creds, CAP_IPC_LOCK)
  if (limit === 0 && !mayExceed) return -EPERM
  const from = start - (start % 4096)
  const bytes = pageAlign(length + (start - from))
  if (mayExceed && from >= 0 && from + bytes >= 2 ** 64) return -EINVAL
  if (start < 0 || from > mm.limit || bytes >= 2 ** 52) return -ENOMEM
  if (lockedBytes(mm) + bytes > limit && !mayExceed) return -ENOMEM
  const end = from + bytes
  if (end === from) return 0
  const result = forEachVma(mm, from, Math.min(end, mm.limit + 4096), false, () => 0)
  if (result !== 0) return result
  setLocked(task, from, end, true)
  if (onFault) return 0
  for (let page = from; page < end; page += 4096) {
    const vma = mm.vmaAt(page)!
    if (vma.prot === 0 || mm.translate(page, (vma.prot & PROT.write) !== 0 && (vma.flags & VM.shared) === 0 ? 2 : 0) < 0) return mm.fault === 'oom' ? -EAGAIN : -ENOMEM
  }
  return 0
}

function setLocked(task: Task, from: number, end: number, on: boolean): void {
  changeMappings(task.mm, from, end, (vma) => {
    if ((vma.flags & VM.special) === 0) vma.flags = on ? vma.flags | VM.locked : vma.flags & ~VM.locked
  })
}

/** mlock(2). */
export const mlock = /* @__PURE__ */ defineSyscall('mlock', { args: [['start', address], ['len', sizeT]], level: 'full', run: (task, start, length) => lock(task, start, length, false) })

/** mlock2(2). */
export const mlock2 = /* @__PURE__ */ defineSyscall('mlock2', {
  args: [['start', address], ['len', sizeT], ['flags', mlock2Flags]],
  level: 'full',
  run: (task, start, length, how) => ((how & ~1) !== 0 ? -EINVAL : lock(task, start, length, how === 1)),
})

/** munlock(2). */
export const munlock = /* @__PURE__ */ defineSyscall('munlock', {
  args: [['start', address], ['len', sizeT]],
  level: 'full',
  run(task, start, length) {
    const from = start - (start % 4096)
    const end = from + pageAlign(length + (start - from))
    if (start < 0 || length >= 2 ** 52) return -EINVAL
    if (end === from) return 0
    const result = forEachVma(task.mm, from, Math.min(end, task.mm.limit + 4096), false, () => 0)
    if (result === 0) setLocked(task, from, end, false)
    return result
  },
})

/** mlockall(2). */
export const mlockall = /* @__PURE__ */ defineSyscall('mlockall', {
  args: [['flags', mlockallFlags]],
  note: 'MCL_FUTURE does not bring later mappings in ahead of use',
  run(task, how) {
    if (how === 0 || (how & ~7) !== 0 || how === 4) return -EINVAL
    const limit = task.group.rlimits[RLIMIT.RLIMIT_MEMLOCK]!.soft
    if (!capable(task.creds, CAP_IPC_LOCK)) {
      if (limit === 0) return -EPERM
      if ((how & 1) !== 0 && task.mm.totalBytes > limit) return -ENOMEM
    }
    if ((how & 1) !== 0) setLocked(task, 0, task.mm.limit, true)
    return 0
  },
})

/** munlockall(2). */
export const munlockall = /* @__PURE__ */ defineSyscall('munlockall', {
  args: [],
  level: 'full',
  run(task) {
    setLocked(task, 0, task.mm.limit, false)
    return 0
  },
})
