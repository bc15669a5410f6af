import type { Kernel } from './kernel.js'
import type { SavedParts, Service, Subsystem } from './ports/subsystem.js'
import type { Token } from './ports/token.js'
import type { Task } from './task.js'

/** A task that waits on a futex word. Linux: struct futex_q. */
export interface FutexWaiter {
  readonly task: Task
  /** What the word's page is: a space and an address, or a shared object and an offset. Changes by requeueing. */
  key: string
  readonly bitset: number
  /** Set by the waker: the wait is over, whatever the word holds by then. */
  woken: boolean
  /** Index among futex_waitv's words. */
  readonly index: number
}

/** Futexes of a kernel: `task.futexes`. Linux: kernel/futex. */
export class Futexes {
  /** In order of arrival. */
  readonly waiters: FutexWaiter[] = []

  /** The key of a word: private words are the space's own; shared ones are found by the object behind the mapping. Null: the address is not mapped. Linux: get_futex_key. */
  key(task: Task, address: number, shared: boolean): string | null {
    const { mm } = task
    if (shared) {
      const vma = mm.vmaAt(address)
      if (vma === undefined) return null
      if (vma.backing !== null && (vma.flags & 1) !== 0) return `s${vma.backing.id}:${vma.offset + address - vma.start}`
    }
    return `p${this.spaceId(task)}:${address}`
  }

  private readonly spaces = new WeakMap<object, number>()
  private lastSpace = 0
  private spaceId(task: Task): number {
    let id = this.spaces.get(task.mm)
    if (id === undefined) this.spaces.set(task.mm, (id = ++this.lastSpace))
    return id
  }

  /** The table, and the numbers of the spaces that tasks use: keys are made of them. */
  saving(kernel: Kernel): SavedParts {
    const numbers = new Map<object, number>()
    for (const { mm } of kernel.tasks.values()) {
      const id = this.spaces.get(mm)
      if (id !== undefined) numbers.set(mm, id)
    }
    return { filled: { table: this, numbers }, restored: () => numbers.forEach((id, space) => this.spaces.set(space, id)) }
  }

  /** The waiter of a task for a key, or the first one that was woken. */
  find(task: Task): FutexWaiter | undefined {
    return this.waiters.find((w) => w.task === task && w.woken) ?? this.waiters.find((w) => w.task === task)
  }

  /** Enters a waiter at the end. */
  add(waiter: FutexWaiter): void {
    this.waiters.push(waiter)
  }

  /** Forgets all waiters of a task. */
  remove(task: Task): void {
    for (let i = this.waiters.length - 1; i >= 0; i--) if (this.waiters[i]!.task === task) this.waiters.splice(i, 1)
  }

  /** Wakes up to `count` waiters whose bits match; how many. Linux: futex_wake. */
  wake(key: string, count: number, bitset: number): number {
    let woken = 0
    for (const waiter of this.waiters) {
      if (woken >= count) break
      if (waiter.key !== key || waiter.woken || (waiter.bitset & bitset) === 0) continue
      waiter.woken = true
      waiter.task.wake()
      woken++
    }
    return woken
  }

  /** Moves up to `count` waiters to another word; how many. Linux: futex_requeue. */
  requeue(key: string, target: string, count: number): number {
    let moved = 0
    for (const waiter of this.waiters) {
      if (moved >= count) break
      if (waiter.key !== key || waiter.woken) continue
      waiter.key = target
      moved++
    }
    return moved
  }
}

/** Token of the futexes. */
export const futexes: Token<'futexes', Futexes> = { key: 'futexes' }

const FUTEX_WAITERS = 0x80000000
const FUTEX_OWNER_DIED = 0x40000000
const FUTEX_TID_MASK = 0x3fffffff
const ROBUST_LIST_LIMIT = 2048

/** Futexes for a machine: waiting, waking, robust lists, and the word that a thread's end clears. */
export function createFutexes(): Subsystem<'futexes', Futexes> {
  return { key: 'futexes', version: 1, create }
}

function create(kernel: Kernel): Service<Futexes> {
  const table = new Futexes()
  return {
    attach: () => table,
    saving: () => table.saving(kernel),
    exec: (task) => release(table, task),
    exit(task) {
      table.remove(task)
      release(table, task)
      // the exiting thread's word, for joiners; only while others share the memory (mm_release)
      if (task.clearChildTid !== 0 && task.mm.users > 1) {
        task.memory.putU32(task.clearChildTid, 0)
        const key = table.key(task, task.clearChildTid, false)
        if (key !== null) table.wake(key, 1, -1)
      }
      task.clearChildTid = 0
    },
  }
}

/** Marks the robust mutexes of a task that ends. Linux: exit_robust_list. */
function release(table: Futexes, task: Task): void {
  if (task.robustList !== 0) walk(table, task, task.robustList, true)
  if (task.compatRobustList !== 0) walk(table, task, task.compatRobustList, false)
  task.robustList = task.compatRobustList = 0
}

function walk(table: Futexes, task: Task, head: number, is64: boolean): void {
  const word = (address: number): number => {
    const low = task.memory.getU32(address)
    const high = is64 ? task.memory.getU32(address + 4) : 0
    return low < 0 || high < 0 ? -1 : high * 4294967296 + low
  }
  const size = is64 ? 8 : 4
  const rawOffset = word(head + size)
  if (rawOffset < 0) return
  const offset = is64 ? (rawOffset >= 2 ** 63 ? rawOffset - 2 ** 64 : rawOffset) : rawOffset | 0
  const pending = word(head + 2 * size)
  if (pending < 0) return
  let entry = word(head)
  for (let n = 0; entry >= 0 && entry !== head && n < ROBUST_LIST_LIMIT; n++) {
    const next = word(entry - (entry % 2))
    if (entry !== pending && !died(table, task, entry - (entry % 2) + offset)) return
    entry = next
  }
  if (pending > 0) died(table, task, pending - (pending % 2) + offset)
}

/** Linux: handle_futex_death. */
function died(table: Futexes, task: Task, address: number): boolean {
  if (address % 4 !== 0) return false
  const value = task.memory.getU32(address)
  if (value < 0) return false
  if ((value & FUTEX_TID_MASK) !== task.pid) return true
  if (task.memory.putU32(address, ((value & FUTEX_WAITERS) | FUTEX_OWNER_DIED) >>> 0) !== 0) return false
  const key = (value & FUTEX_WAITERS) !== 0 ? table.key(task, address, true) : null
  if (key !== null) table.wake(key, 1, -1)
  return true
}
