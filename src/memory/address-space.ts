import { KernelPanic } from '../base/errors.js'
import { PAGE_SHIFT, PAGE_SIZE } from './layout.js'
import { PageTable, PTE } from './page-table.js'
import type { PhysicalMemory } from './physical.js'
import { fillTlb, flushTlb, invalidateTlb } from './tlb.js'
import { findVma, PROT, VM, type Vma } from './vma.js'

/** A CPU's own translations, told about every change of the current address space. */
export interface Mmu {
  /** All translations are stale. */
  flush: () => void
  /** Translations of `pages` pages from `page` on are stale. */
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

/** A file that a space keeps from being written. */
export interface HeldFile {
  /** Another space has it too. */
  readonly hold: () => void
  /** A space ends. */
  readonly release: () => void
}

/**
 * A user address space (Linux: mm_struct): mappings, the page table, and the faults that bring pages in. Addresses are
 * canonical numbers; ranges are in whole pages. What changes mappings stands in mappings.ts, so that machines whose
 * calls change none do not carry it.
 */
export class AddressSpace {
  readonly memory: PhysicalMemory
  readonly pages = new PageTable()
  readonly limit: number
  readonly minimum: number
  mmapBase: number
  /** Sorted, disjoint. */
  readonly vmas: Vma[] = []
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
  /** The executable that runs here, kept open; fork takes a reference, the last user gives it back. Linux: mm->exe_file. */
  exe: HeldFile | null = null
  /** Address of the vDSO image, and in it of `__kernel_sigreturn` and `__kernel_rt_sigreturn` (32-bit programs); 0 when there is none. */
  vdso = 0
  vdsoSigreturn = 0
  vdsoRtSigreturn = 0
  /** Kinds of membarrier(2) that its tasks have registered for. */
  membarriers = 0
  /** Most bytes the stack may take (RLIMIT_STACK); set by the task's limits. */
  stackLimit = 8 << 20

  constructor(memory: PhysicalMemory, options: AddressSpaceOptions) {
    this.memory = memory
    this.limit = options.limit
    this.mmapBase = options.mmapBase
    this.minimum = options.minimum ?? 65536
  }

  /** Whether this space is the one the TLBs translate for. */
  get current(): boolean {
    return this.memory.translated === this
  }

  /** The mapping that holds `address`, or undefined. */
  vmaAt(address: number): Vma | undefined {
    const vma = this.vmas[findVma(this.vmas, address)]
    return vma !== undefined && vma.start <= address ? vma : undefined
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
  activate(): void {
    this.memory.translated = this
    flushTlb(this.memory)
    this.mmu?.flush()
  }

  /** Gives everything back; the last user calls it. Linux: exit_mmap. */
  dispose(): void {
    for (const vma of this.vmas.splice(0)) {
      this.totalBytes -= vma.end - vma.start
      vma.backing?.mapped(-1)
    }
    this.pages.update(0, this.limit, (_page, entry) => {
      this.memory.release(entry >>> PAGE_SHIFT)
      return 0
    })
    this.stale(0, this.limit)
    if (this.totalBytes !== 0) throw new KernelPanic(`address space: ${this.totalBytes} bytes left after exit_mmap`)
    this.pages.clear()
    this.exe?.release()
    this.exe = null
  }
}
