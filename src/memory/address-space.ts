import { KernelPanic } from '../base/errors.js'
import { PAGE_SHIFT, PAGE_SIZE } from './layout.js'
import { PageTable, PTE } from './page-table.js'
import type { PhysicalMemory } from './physical.js'
import { fillTlb, flushTlb, invalidateTlb } from './tlb.js'
import { canMerge, findVma, PROT, VM, type Vma } from './vma.js'

/** A CPU's own translations, told about every change of the current address space. */
export interface Mmu {
  flush: () => void
  invalidate: (page: number, pages: number) => void
}

/** Why an access could not be resolved. */
export type FaultReason = 'maperr' | 'accerr' | 'buserr' | 'oom'

/** Access kinds: 0 read, 2 write (the W bit of a page-fault error code), 16 execute (its I bit). */
export type Access = 0 | 2 | 16

/** Options of {@link AddressSpace}. */
export interface AddressSpaceOptions {
  /** First address above user space: TASK_SIZE (0x7ffffffff000) or IA32_PAGE_OFFSET (0xffffe000 for compat). */
  limit: number
  /** Top of the area that mmap fills downwards. */
  mmapBase: number
  /** Lowest address of a mapping (vm.mmap_min_addr). */
  minimum?: number
}

/**
 * A user address space (Linux: mm_struct): mappings, the page table, and the faults that bring pages in. Addresses are
 * canonical numbers; ranges are in whole pages. Results are numbers: negative ones are -errno.
 */
export class AddressSpace {
  readonly memory: PhysicalMemory
  readonly pages = new PageTable()
  readonly limit: number
  readonly minimum: number
  mmapBase: number
  /** Sorted, disjoint. */
  readonly vmas: Vma[] = []
  /** Set while this space is the one the TLBs translate for. */
  current = false
  /** The CPU's translations; null when no CPU keeps any. */
  mmu: Mmu | null = null
  /** Why the last {@link translate} failed. */
  fault: FaultReason = 'maperr'
  /** Tasks that use this space. */
  users = 1
  /** Bytes mapped in all, and of those private and writable (what overcommit counts). */
  totalBytes = 0
  /** Start and current end of the heap. */
  brkStart = 0
  brk = 0
  /** Facts that execve records: code, data, stack, arguments, environment (prctl PR_SET_MM, /proc/PID/stat). */
  layout = { startCode: 0, endCode: 0, startData: 0, endData: 0, startStack: 0, argStart: 0, argEnd: 0, envStart: 0, envEnd: 0 }
  /** Address of the vDSO image, and in it of `__kernel_sigreturn` and `__kernel_rt_sigreturn` (32-bit programs); 0 when there is none. */
  vdso = 0
  vdsoSigreturn = 0
  vdsoRtSigreturn = 0
  /** Most bytes the stack may take (RLIMIT_STACK); set by the task's limits. */
  stackLimit = 8 << 20

  constructor(memory: PhysicalMemory, options: AddressSpaceOptions) {
    this.memory = memory
    this.limit = options.limit
    this.mmapBase = options.mmapBase
    this.minimum = options.minimum ?? 65536
  }

  /** The mapping that holds `address`, or undefined. */
  vmaAt(address: number): Vma | undefined {
    const vma = this.vmas[findVma(this.vmas, address)]
    return vma !== undefined && vma.start <= address ? vma : undefined
  }

  /** Whether [start, end) touches any mapping. */
  overlaps(start: number, end: number): boolean {
    const vma = this.vmas[findVma(this.vmas, start)]
    return vma !== undefined && vma.start < end
  }

  /**
   * Puts a mapping into the space, over whatever is there (the caller has decided that). Merges with its neighbours.
   * Linux: mmap_region.
   */
  insert(vma: Vma): void {
    if (this.overlaps(vma.start, vma.end)) this.remove(vma.start, vma.end)
    const at = findVma(this.vmas, vma.start)
    this.vmas.splice(at, 0, vma)
    vma.backing?.mapped(1)
    this.totalBytes += vma.end - vma.start
    this.mergeAround(at)
  }

  private mergeAround(at: number): void {
    const vma = this.vmas[at]!
    const next = this.vmas[at + 1]
    if (next !== undefined && canMerge(vma, next)) {
      vma.end = next.end
      next.backing?.mapped(-1)
      this.vmas.splice(at + 1, 1)
    }
    const before = this.vmas[at - 1]
    if (before !== undefined && canMerge(before, vma)) {
      before.end = vma.end
      vma.backing?.mapped(-1)
      this.vmas.splice(at, 1)
    }
  }

  /** Splits the mapping that straddles `address`, so that one starts there. Linux: split_vma. */
  private splitAt(address: number): void {
    const i = findVma(this.vmas, address)
    const vma = this.vmas[i]
    if (vma === undefined || vma.start >= address) return
    const upper: Vma = { ...vma, start: address, offset: vma.offset + (address - vma.start) }
    vma.end = address
    vma.backing?.mapped(1)
    this.vmas.splice(i + 1, 0, upper)
  }

  /** Removes all mappings in [start, end) and their pages. Linux: do_vmi_munmap. */
  remove(start: number, end: number): void {
    this.splitAt(start)
    this.splitAt(end)
    const first = findVma(this.vmas, start)
    let last = first
    while (last < this.vmas.length && this.vmas[last]!.start < end) {
      const vma = this.vmas[last++]!
      this.totalBytes -= vma.end - vma.start
      vma.backing?.mapped(-1)
    }
    this.vmas.splice(first, last - first)
    this.discard(start, end)
  }

  /** Drops the pages of [start, end); the next access brings them in afresh (munmap, MADV_DONTNEED). */
  discard(start: number, end: number): void {
    this.pages.update(start, end, (_page, entry) => {
      this.memory.release(entry >>> PAGE_SHIFT)
      return 0
    })
    this.stale(start, end)
  }

  /** Moves the pages of [start, end) to `to`, where nothing is mapped yet. Linux: move_page_tables. */
  movePages(start: number, end: number, to: number): void {
    const moved: [number, number][] = []
    this.pages.update(start, end, (page, entry) => {
      moved.push([page - start + to, entry])
      return 0
    })
    for (const [page, entry] of moved) this.pages.set(page, entry)
    this.stale(start, end)
  }

  /** Calls `change` on each mapping of [start, end), split so that none straddles the ends; then merges again. */
  change(start: number, end: number, change: (vma: Vma) => void): void {
    this.splitAt(start)
    this.splitAt(end)
    for (let i = findVma(this.vmas, start); i < this.vmas.length && this.vmas[i]!.start < end; i++) change(this.vmas[i]!)
    for (let i = findVma(this.vmas, start); i < this.vmas.length && this.vmas[i]!.start <= end; ) {
      const before = this.vmas.length
      this.mergeAround(i)
      if (this.vmas.length === before) i++
    }
  }

  /** Sets the protection of [start, end), which the caller has checked to be mapped throughout. Linux: mprotect_fixup. */
  protect(start: number, end: number, prot: number): void {
    this.change(start, end, (vma) => {
      vma.prot = prot
      // every page asks again; private frames stay where they are
      this.pages.update(vma.start, vma.end, (_page, entry) => entry & ~PTE.writable)
    })
    this.stale(start, end)
  }

  /** A free range of `length` bytes as mmap picks it: top down from `top`, else bottom up. -ENOMEM (-12) when none. Linux: arch_get_unmapped_area_topdown. */
  findFree(length: number, top = this.mmapBase): number {
    const { vmas } = this
    let i = findVma(vmas, top)
    let high = i < vmas.length ? Math.min(top, belowGuard(vmas[i]!)) : top
    for (i--; ; i--) {
      const low = Math.max(i >= 0 ? vmas[i]!.end : 0, this.minimum)
      if (high - low >= length) return high - length
      if (i < 0) break
      high = Math.min(high, belowGuard(vmas[i]!))
    }
    return top === this.mmapBase ? this.findFreeUp(length) : -12
  }

  private findFreeUp(length: number): number {
    let low = Math.max(this.mmapBase, this.minimum)
    for (let i = findVma(this.vmas, low); ; i++) {
      const vma = this.vmas[i]
      if ((vma === undefined ? this.limit : vma.start) - low >= length) return low
      if (vma === undefined) return -12
      low = Math.max(low, vma.end)
    }
  }

  /**
   * Resolves an access to a page, bringing it in, copying it or growing the stack as needed, and fills the TLB when
   * this space is current. Linux: handle_mm_fault.
   *
   * @param page linear address of the page
   * @returns byte offset of the frame, plus 1 when it may be written without asking again; negative: `~` of the
   *   page-fault error code, with {@link fault} set
   */
  translate(page: number, access: Access): number {
    const vma = this.vmaAt(page) ?? this.growStack(page)
    const entry = this.pages.get(page)
    const present = entry === 0 ? 0 : 1
    if (vma === undefined) return this.refuse('maperr', 4 | access | present)
    const { prot } = vma
    if (access === 2 ? (prot & PROT.write) === 0 : access === 16 ? (prot & PROT.exec) === 0 : prot === 0) return this.refuse('accerr', 4 | access | present)
    let frame = entry >>> PAGE_SHIFT
    let writable = entry & PTE.writable
    if (present === 0 || (access === 2 && writable === 0)) {
      const resolved = present === 0 ? this.bringIn(vma, page, access) : this.makeWritable(vma, page, frame)
      if (resolved < 0) return this.refuse(resolved === -1 ? 'buserr' : 'oom', 4 | access)
      frame = resolved >>> PAGE_SHIFT
      writable = resolved & PTE.writable
    }
    const offset = frame * PAGE_SIZE
    if (this.current) fillTlb(this.memory, page, offset, writable !== 0 && !this.memory.hasCode(frame))
    return writable !== 0 ? offset + 1 : offset
  }

  private refuse(reason: FaultReason, code: number): number {
    this.fault = reason
    return ~code
  }

  private setPage(page: number, frame: number, writable: boolean): number {
    const entry = (frame << PAGE_SHIFT) | PTE.present | (writable ? PTE.writable : 0)
    this.pages.set(page, entry)
    return entry >>> 0
  }

  /** A page that is not there yet. Returns the entry, -1 for SIGBUS, -2 for out of memory. */
  private bringIn(vma: Vma, page: number, access: Access): number {
    const { memory } = this
    const { backing } = vma
    const mayWrite = (vma.prot & PROT.write) !== 0
    if (backing === null) {
      const frame = memory.allocate()
      return frame === 0 ? -2 : this.setPage(page, frame, mayWrite)
    }
    const index = (vma.offset + (page - vma.start)) / PAGE_SIZE
    const frame = backing.page(index)
    if (frame <= 0) return frame === 0 ? -2 : -1
    if ((vma.flags & VM.shared) === 0) {
      if (access !== 2) {
        memory.hold(frame)
        return this.setPage(page, frame, false)
      }
      memory.hold(frame)
      return this.copyPage(page, frame)
    }
    memory.hold(frame)
    if (access === 2) backing.dirty(index)
    return this.setPage(page, frame, access === 2)
  }

  /** A present page that is not writable yet: shared file page, copy-on-write, or writable again after mprotect. */
  private makeWritable(vma: Vma, page: number, frame: number): number {
    if ((vma.flags & VM.shared) !== 0) {
      vma.backing?.dirty((vma.offset + (page - vma.start)) / PAGE_SIZE)
      return this.setPage(page, frame, true)
    }
    if (this.memory.references(frame) === 1) return this.setPage(page, frame, true)
    return this.copyPage(page, frame)
  }

  /** Gives the space its own copy of a frame it holds a reference to. */
  private copyPage(page: number, frame: number): number {
    const copy = this.memory.allocate()
    if (copy === 0) {
      if (this.pages.get(page) === 0) this.memory.release(frame)
      return -2
    }
    this.memory.u8.copyWithin(copy * PAGE_SIZE, frame * PAGE_SIZE, (frame + 1) * PAGE_SIZE)
    this.memory.release(frame)
    this.stale(page, page + PAGE_SIZE)
    return this.setPage(page, copy, true)
  }

  /** Linux: expand_stack. The gap of 256 pages to the mapping below stays (stack_guard_gap). */
  private growStack(page: number): Vma | undefined {
    const i = findVma(this.vmas, page)
    const vma = this.vmas[i]
    if (vma === undefined || (vma.flags & VM.growsDown) === 0 || page < this.minimum) return undefined
    if (vma.end - page > this.stackLimit) return undefined
    const below = this.vmas[i - 1]
    if (below !== undefined && below.prot !== 0 && page - below.end < 256 * PAGE_SIZE) return undefined
    this.totalBytes += vma.start - page
    vma.start = page
    return vma
  }

  /** Tells the TLB and the CPU that [start, end) changed. */
  stale(start: number, end: number): void {
    if (!this.current) return
    const pages = (end - start) / PAGE_SIZE
    invalidateTlb(this.memory, start, pages)
    this.mmu?.invalidate(start, pages)
  }

  /** Makes this the space that the TLBs and the CPU translate for. Linux: switch_mm. */
  activate(previous: AddressSpace | null): void {
    if (previous !== null) previous.current = false
    this.current = true
    flushTlb(this.memory)
    this.mmu?.flush()
  }

  /** A copy-on-write copy for fork. Linux: dup_mmap. */
  fork(): AddressSpace {
    const child = new AddressSpace(this.memory, this)
    Object.assign(child, { brkStart: this.brkStart, brk: this.brk, vdso: this.vdso, vdsoSigreturn: this.vdsoSigreturn, vdsoRtSigreturn: this.vdsoRtSigreturn, stackLimit: this.stackLimit, mmu: this.mmu, layout: { ...this.layout } })
    for (const vma of this.vmas) {
      if ((vma.flags & VM.dontFork) !== 0) continue
      child.vmas.push({ ...vma })
      child.totalBytes += vma.end - vma.start
      vma.backing?.mapped(1)
      if ((vma.flags & VM.wipeOnFork) !== 0) continue
      const shared = (vma.flags & VM.shared) !== 0
      this.pages.update(vma.start, vma.end, (page, entry) => {
        this.memory.hold(entry >>> PAGE_SHIFT)
        const copy = shared ? entry : entry & ~PTE.writable
        child.pages.set(page, copy)
        return copy
      })
    }
    if (this.current) {
      flushTlb(this.memory)
      this.mmu?.flush()
    }
    return child
  }

  /** Gives everything back; the last user calls it. Linux: exit_mmap. */
  dispose(): void {
    if (this.vmas.length > 0) this.remove(0, this.limit)
    if (this.totalBytes !== 0) throw new KernelPanic(`address space: ${this.totalBytes} bytes left after exit_mmap`)
    this.pages.clear()
  }
}

/** Highest address a mapping below `vma` may end at; stacks keep a gap. Linux: vm_start_gap. */
function belowGuard(vma: Vma): number {
  return (vma.flags & VM.growsDown) !== 0 ? vma.start - 256 * PAGE_SIZE : vma.start
}
