import { RLIMIT } from '../../abi/flags/limits.js'
import { PROT, VM } from '../../memory/vma.js'
import { address } from '../codecs.js'
import { defineSyscall } from '../define.js'
import { pageAlign } from './range.js'
import { insertMapping, removeMappings } from '../../memory/mappings.js'

/** brk(2): moves the end of the heap; returns where it is now, moved or not. Linux: mm/mmap.c. */
export const brk = /* @__PURE__ */ defineSyscall('brk', {
  args: [['brk', address]],
  level: 'full',
  run(task, end) {
    const { mm } = task
    if (end < mm.brkStart || end > mm.limit) return mm.brk
    const oldEnd = pageAlign(mm.brk)
    const newEnd = pageAlign(end)
    const limit = task.group.rlimits[RLIMIT.RLIMIT_DATA]!.soft
    if (end - mm.brkStart + (mm.layout.endData - mm.layout.startData) > limit) return mm.brk
    if (newEnd > oldEnd) {
      // one page stays free below the next mapping, and below a stack its guard gap
      const next = mm.vmas.find((v) => v.end > oldEnd)
      const gap = next !== undefined && (next.flags & VM.growsDown) !== 0 ? 256 * 4096 : 4096
      if (next !== undefined && next.start < newEnd + gap) return mm.brk
      if (mm.totalBytes + newEnd - oldEnd > task.group.rlimits[RLIMIT.RLIMIT_AS]!.soft || newEnd - oldEnd > mm.memory.total * 4096) return mm.brk
      insertMapping(mm, { start: oldEnd, end: newEnd, prot: PROT.read | PROT.write, maxProt: 7, flags: VM.heap, backing: null, offset: 0, label: '[heap]' })
    } else if (newEnd < oldEnd) removeMappings(mm, newEnd, oldEnd)
    mm.brk = end
    return end
  },
})
