import { EINVAL, ENOMEM } from '../../abi/errno.js'
import { findVma } from '../../memory/vma.js'
import { address, sizeT } from '../codecs.js'
import { defineSyscall } from '../define.js'
import { isAligned, pageAlign } from './range.js'
import { removeMappings } from '../../memory/mappings.js'

const MAX_MAP_COUNT = 65530

/** munmap(2). Linux: mm/vma.c, do_vmi_munmap. */
export const munmap = /* @__PURE__ */ defineSyscall('munmap', {
  args: [['addr', address], ['len', sizeT]],
  level: 'full',
  run(task, start, length) {
    const { mm } = task
    if (!isAligned(start) || start < 0 || start > mm.limit || length > mm.limit - start) return -EINVAL
    const end = start + pageAlign(length)
    if (end === start) return -EINVAL
    const vma = mm.vmas[findVma(mm.vmas, start)]
    if (vma === undefined || vma.start >= end) return 0
    if (vma.start < start && vma.end > end && mm.vmas.length >= MAX_MAP_COUNT) return -ENOMEM
    removeMappings(mm, start, end)
    return 0
  },
})
