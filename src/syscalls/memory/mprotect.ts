import { EACCES, EINVAL, ENOMEM } from '../../abi/errno.js'
import type { Task } from '../../kernel/task.js'
import { VM } from '../../memory/vma.js'
import { address, int, sizeT } from '../codecs.js'
import { defineSyscall } from '../define.js'
import { PROT } from '../../abi/flags/mman.js'
import { MMAP_PROT } from './flags.js'
import { effectiveProt } from './mmap.js'
import { forEachVma, isAligned, pageAlign } from './range.js'
import { protectMappings } from '../../memory/mappings.js'

/** Linux: do_mprotect_pkey. Mappings before a refused one keep their new protection. */
function protect(task: Task, start: number, length: number, prot: number): number {
  const { mm } = task
  const grows = prot & (PROT.PROT_GROWSDOWN | PROT.PROT_GROWSUP)
  if (grows === (PROT.PROT_GROWSDOWN | PROT.PROT_GROWSUP)) return -EINVAL
  if (!isAligned(start)) return -EINVAL
  if (length === 0) return 0
  let from = start
  const end = start + pageAlign(length)
  if (end <= start || start < 0 || length >= 2 ** 52) return -ENOMEM
  if ((prot & ~grows & ~0xf) !== 0) return -EINVAL
  if (grows !== 0) {
    const vma = mm.vmaAt(start) ?? mm.vmas.find((v) => v.end > start)
    if (vma === undefined) return -ENOMEM
    if (grows === PROT.PROT_GROWSUP || (vma.flags & VM.growsDown) === 0) return -EINVAL
    if (vma.start >= end) return -ENOMEM
    from = vma.start
  }
  const bits = effectiveProt(task, prot)
  let done = from
  const result = forEachVma(mm, from, end, false, (vma, _at, to) => {
    if ((bits & ~vma.maxProt) !== 0) return -EACCES
    done = to
    return 0
  })
  if (done > from) protectMappings(mm, from, done, bits)
  return result
}

/** mprotect(2). Linux: mm/mprotect.c. */
export const mprotect = /* @__PURE__ */ defineSyscall('mprotect', {
  args: [['start', address], ['len', sizeT], ['prot', MMAP_PROT]],
  level: 'full',
  run: (task, start, length, prot) => protect(task, start, length, prot),
})

/** pkey_mprotect(2): this CPU has no protection keys, so only -1 is a key. */
export const pkeyMprotect = /* @__PURE__ */ defineSyscall('pkey_mprotect', {
  args: [['start', address], ['len', sizeT], ['prot', MMAP_PROT], ['pkey', int]],
  note: 'no protection keys, as on a CPU without PKU',
  run: (task, start, length, prot, key) => (key === -1 ? protect(task, start, length, prot) : -EINVAL),
})
