import { AddressSpace } from './address-space.js'
import { PAGE_SHIFT } from './layout.js'
import { PTE } from './page-table.js'
import { flushTlb } from './tlb.js'
import { VM } from './vma.js'

/** A copy-on-write copy of a space for fork. Linux: dup_mmap. */
export function forkSpace(parent: AddressSpace): AddressSpace {
  const child = new AddressSpace(parent.memory, parent)
  const { brkStart, brk, vdso, vdsoSigreturn, vdsoRtSigreturn, stackLimit, mmu, exe, membarriers } = parent
  exe?.hold()
  Object.assign(child, { brkStart, brk, vdso, vdsoSigreturn, vdsoRtSigreturn, stackLimit, mmu, exe, membarriers, layout: { ...parent.layout } })
  for (const vma of parent.vmas) {
    if ((vma.flags & VM.dontFork) !== 0) continue
    child.vmas.push({ ...vma })
    child.totalBytes += vma.end - vma.start
    vma.backing?.mapped(1)
    if ((vma.flags & VM.wipeOnFork) !== 0) continue
    const shared = (vma.flags & VM.shared) !== 0
    parent.pages.update(vma.start, vma.end, (page, entry) => {
      parent.memory.hold(entry >>> PAGE_SHIFT)
      const copy = shared ? entry : entry & ~PTE.writable
      child.pages.set(page, copy)
      return copy
    })
  }
  if (parent.current) {
    flushTlb(parent.memory)
    parent.mmu?.flush()
  }
  return child
}
