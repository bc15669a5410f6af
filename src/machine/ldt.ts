import { setGdt } from '../arch/x86/gdt.js'
import { CREG } from '../arch/x86/msr.js'
import type { Kernel } from '../kernel/kernel.js'
import { LDT_ENTRIES, LDT_ENTRY_SIZE, type LocalDescriptors } from '../kernel/ports/ldt.js'
import type { Subsystem } from '../kernel/ports/subsystem.js'
import type { Task } from '../kernel/task.js'
import type { AddressSpace } from '../memory/address-space.js'
import { PAGE_SIZE } from '../memory/layout.js'

const PER_FRAME = PAGE_SIZE / LDT_ENTRY_SIZE
/** Frames of a table that does not fit one. */
const WHOLE = LDT_ENTRIES / PER_FRAME

/** A table: its frames, which lie one after the other, and entries in use. Linux: struct ldt_struct. */
interface Table {
  readonly frame: number
  readonly frames: number
  entries: number
}

/** Tables in frames of their own, and the CPU's LDTR. Linux: arch/x86/kernel/ldt.c. */
class DescriptorTables implements LocalDescriptors {
  private readonly kernel: Kernel
  private readonly tables = new Map<AddressSpace, Table>()
  /** First frames of whole tables that nobody has any more: memory gives runs of frames but takes only single ones. */
  private readonly spare: number[] = []
  private watching = false

  constructor(kernel: Kernel) {
    this.kernel = kernel
  }

  entries(space: AddressSpace): number {
    return this.tables.get(space)?.entries ?? 0
  }

  bytes(space: AddressSpace, size: number): Uint8Array {
    const table = this.tables.get(space)
    if (table === undefined) return new Uint8Array(0)
    const start = table.frame * PAGE_SIZE
    return this.kernel.memory.u8.slice(start, start + Math.min(size, table.entries * LDT_ENTRY_SIZE))
  }

  write(space: AddressSpace, entry: number, low: number, high: number): boolean {
    const table = this.sized(space, Math.max(entry + 1, this.entries(space)))
    if (table === null) return false
    const at = (table.frame * PAGE_SIZE + entry * LDT_ENTRY_SIZE) >>> 2
    this.kernel.memory.u32[at] = low
    this.kernel.memory.u32[at + 1] = high
    this.load(space)
    return true
  }

  /** A child's copy of its parent's table; without memory for it the child has none, where Linux's fork fails. Linux: ldt_dup_context. */
  copy(from: AddressSpace, to: AddressSpace): void {
    const table = this.tables.get(from)
    if (table === undefined) return
    const copy = this.sized(to, table.entries)
    if (copy !== null) this.move(table, copy)
  }

  /** The tables of spaces that nobody uses any more go, and `ending`'s. Linux: destroy_context_ldt. */
  sweep(ending: AddressSpace | null): void {
    for (const [space, table] of this.tables) if (space === ending || space.users === 0) this.free(space, table)
  }

  /** Makes a space's table the CPU's. Linux: load_mm_ldt, set_ldt. */
  load(space: AddressSpace): void {
    const { cpuState } = this.kernel
    const table = this.tables.get(space)
    const selector = table === undefined ? 0 : cpuState.profile.selectors.tss + (cpuState.profile.kernel === 'x86_64' ? 16 : 8)
    cpuState.set(CREG.ldtrSelector, selector)
    if (table === undefined) return
    const base = cpuState.address(table.frame * PAGE_SIZE), limit = table.entries * LDT_ENTRY_SIZE - 1
    setGdt(cpuState, selector >> 3, base >>> 0, limit, 0x0082) // an LDT, present
    cpuState.set(CREG.ldtrBase, base)
    cpuState.set(CREG.ldtrLimit, limit)
  }

  /** Switches tables with tasks from now on; nothing is paid for where nobody has one. */
  watch(): void {
    if (this.watching || this.tables.size === 0) return
    this.watching = true
    this.kernel.events.subscribe('switch', ({ to }) => this.load(to.mm))
  }

  /** What a saved machine brought: only who listens is not among it. */
  restored(): void {
    this.watching = false
    this.watch()
  }

  /** A space's table with room for so many entries, or null without memory. */
  private sized(space: AddressSpace, entries: number): Table | null {
    const old = this.tables.get(space)
    if (old !== undefined && entries <= old.frames * PER_FRAME) {
      old.entries = entries
      return old
    }
    const frames = entries <= PER_FRAME ? 1 : WHOLE
    const { memory } = this.kernel
    const frame = frames === 1 ? memory.allocate() : (this.spare.pop() ?? memory.allocateRun(WHOLE))
    if (frame === 0) return null
    memory.u8.fill(0, frame * PAGE_SIZE, (frame + frames) * PAGE_SIZE)
    const table: Table = { frame, frames, entries }
    if (old !== undefined) {
      this.move(old, table)
      this.free(space, old)
    }
    this.tables.set(space, table)
    this.watch()
    return table
  }

  private move(from: Table, to: Table): void {
    this.kernel.memory.u8.copyWithin(to.frame * PAGE_SIZE, from.frame * PAGE_SIZE, from.frame * PAGE_SIZE + from.entries * LDT_ENTRY_SIZE)
  }

  private free(space: AddressSpace, { frame, frames }: Table): void {
    this.tables.delete(space)
    if (frames === 1) this.kernel.memory.release(frame)
    else this.spare.push(frame)
  }
}

/** Local descriptor tables: modify_ldt(2). */
export function createLdt(): Subsystem<'ldt', LocalDescriptors> {
  return {
    key: 'ldt',
    version: 1,
    create(kernel) {
      const descriptors = new DescriptorTables(kernel)
      return {
        saving: () => ({ filled: { descriptors }, restored: () => descriptors.restored() }),
        attach(task: Task, parent: Task | null) {
          if (parent !== null && parent.mm !== task.mm) descriptors.copy(parent.mm, task.mm)
          return descriptors
        },
        exec(task) {
          descriptors.sweep(null)
          descriptors.load(task.mm)
        },
        exit(task) {
          descriptors.sweep(task.mm.users === 1 ? task.mm : null)
        },
      }
    },
  }
}
