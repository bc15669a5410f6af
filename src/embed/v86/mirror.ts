import { SyscallkitError } from '../../base/errors.js'
import { flushTlb } from '../../memory/tlb.js'
import type { PhysicalMemory } from '../../memory/physical.js'
import { STUB_LINEAR, STUB_PHYSICAL } from './stub-layout.js'
import type { V86Inside, V86Views } from './internals.js'

const PAGE = 4096
const PTE = { present: 1, writable: 2, user: 4, dirty: 0x40 } as const

/** A frame of the machine's memory that is mirrored in v86's RAM. */
interface MirroredFrame {
  /** Physical address in v86. */
  readonly physical: number
  /** Word indices of page-table entries that map it. */
  readonly entries: Set<number>
}

/**
 * v86's memory is its own, so it holds copies of the machine's frames and page tables that map them. A frame has at most
 * one copy. Pages that user code wrote (the dirty bit says so) are copied back at each trap; a frame that the kernel
 * writes (PhysicalMemory.wrote tells, because copied frames are marked as code) loses its copy, and the next access
 * brings it in again.
 */
export class Mirror {
  private readonly memory: PhysicalMemory
  private readonly inside: V86Inside
  private readonly views: V86Views
  /** Physical address of the page directory. */
  readonly directory: number
  private readonly frames = new Map<number, MirroredFrame>()
  /** The frame that each entry maps, by word index; and the same for those that allow writing. */
  private readonly mapped = new Map<number, number>()
  private readonly writable = new Map<number, number>()
  private readonly tables = new Map<number, number>()
  private readonly free: number[] = []
  private next: number
  private staleTlb = false

  constructor(memory: PhysicalMemory, inside: V86Inside, views: V86Views, firstFree: number) {
    this.memory = memory
    this.inside = inside
    this.views = views
    this.next = Math.ceil(firstFree / PAGE) * PAGE
    this.directory = this.take()
    for (let at = 0; at < 2; at++) this.mapStub(STUB_LINEAR + at * PAGE, STUB_PHYSICAL + at * PAGE)
    for (let at = 0; at < 2; at++) this.mapStub(STUB_PHYSICAL + at * PAGE, STUB_PHYSICAL + at * PAGE)
  }

  private mapStub(linear: number, physical: number): void {
    this.views.ram32[this.entryOf(linear, true)] = physical | PTE.present | PTE.writable
  }

  /** Unmaps the image where it was loaded, once it runs above user space: programs may want that address. */
  dropBootMapping(): void {
    for (let at = 0; at < 2; at++) this.views.ram32[this.entryOf(STUB_PHYSICAL + at * PAGE, true)] = 0
    this.staleTlb = true
  }

  /** A zeroed page of v86's RAM. */
  private take(): number {
    const page = this.free.pop() ?? this.next
    if (page === this.next) this.next += PAGE
    if (page + PAGE > this.views.ram8.length) {
      this.next -= PAGE
      return -1
    }
    this.views.ram8.fill(0, page, page + PAGE)
    return page
  }

  /** Word index of the page-table entry of a linear address, or -1 when its table is missing and not made. */
  private entryOf(linear: number, make: boolean): number {
    const slot = linear >>> 22
    let table = this.tables.get(slot)
    if (table === undefined) {
      if (!make) return -1
      table = this.takeOrEmpty()
      this.tables.set(slot, table)
      this.views.ram32[(this.directory >> 2) + slot] = table | PTE.present | PTE.writable | PTE.user
    }
    return (table >> 2) + ((linear >>> 12) & 1023)
  }

  /** A page, after giving all copies back if need be. */
  private takeOrEmpty(): number {
    const page = this.take()
    if (page >= 0) return page
    this.dropAll()
    const again = this.take()
    if (again < 0) throw new SyscallkitError('ERR_SYSCALLKIT_MEMORY', 'v86: no room for the page tables of one program', { hint: 'Raise ramBytes.' })
    return again
  }

  /** Maps a page of the current address space; `offset` is its frame's place in the machine's memory. */
  map(linear: number, offset: number, writable: boolean): void {
    const frame = offset / PAGE
    let index = this.entryOf(linear, true)
    let copy = this.frames.get(frame)
    if (copy === undefined) {
      copy = { physical: this.takeOrEmpty(), entries: new Set() }
      index = this.entryOf(linear, true) // making room may have dropped the table
      this.views.ram8.set(this.memory.u8.subarray(offset, offset + PAGE), copy.physical)
      this.inside.jit_dirty_cache(copy.physical, copy.physical + PAGE)
      this.frames.set(frame, copy)
      this.memory.markCode(frame, true)
      flushTlb(this.memory) // the kernel's translations that allow writing it unannounced
    }
    this.clearEntry(index)
    copy.entries.add(index)
    this.mapped.set(index, frame)
    this.views.ram32[index] = copy.physical | PTE.present | PTE.user | (writable ? PTE.writable : 0)
    if (writable) this.writable.set(index, frame)
    this.staleTlb = true
  }

  /** Copies what user code has written back to the machine's memory; at the start of each trap. */
  collect(): void {
    const { ram32, ram8 } = this.views
    for (const [index, frame] of this.writable) {
      const entry = ram32[index]!
      if ((entry & PTE.dirty) === 0) continue
      const physical = (entry & ~0xfff) >>> 0
      this.memory.u8.set(ram8.subarray(physical, physical + PAGE), frame * PAGE)
      ram32[index] = entry & ~PTE.dirty
      this.staleTlb = true
    }
  }

  /** Forgets a frame's copy: somebody else writes it. */
  drop(frame: number): void {
    const copy = this.frames.get(frame)
    if (copy === undefined) return
    for (const index of copy.entries) this.clearEntry(index)
    this.frames.delete(frame)
    this.memory.markCode(frame, false)
    this.free.push(copy.physical)
    this.staleTlb = true
  }

  /** Translations of `pages` pages from `page` on are stale. */
  unmap(page: number, pages: number): void {
    for (let i = 0; i < pages; ) {
      const linear = page + i * PAGE
      if (linear >= STUB_LINEAR) return
      const index = this.entryOf(linear, false)
      if (index < 0) {
        i += 1024 - ((linear >>> 12) & 1023) // the rest of a table that is not there
        continue
      }
      this.clearEntry(index)
      i++
    }
  }

  private clearEntry(index: number): void {
    const frame = this.mapped.get(index)
    if (frame === undefined) return
    this.views.ram32[index] = 0
    this.mapped.delete(index)
    this.writable.delete(index)
    this.frames.get(frame)?.entries.delete(index)
    this.staleTlb = true
  }

  /** Another address space: every user translation is stale. Copies stay. */
  unmapAll(): void {
    for (const index of this.mapped.keys()) this.clearEntry(index)
  }

  private dropAll(): void {
    this.collect()
    for (const frame of this.frames.keys()) this.drop(frame)
    for (const [slot, table] of this.tables) {
      if (slot === STUB_LINEAR >>> 22) continue
      this.views.ram32[(this.directory >> 2) + slot] = 0
      this.tables.delete(slot)
      this.free.push(table)
    }
  }

  /** Makes changed page tables count; before user code goes on. */
  flushTlb(): void {
    if (!this.staleTlb) return
    this.inside.full_clear_tlb()
    this.staleTlb = false
  }
}
