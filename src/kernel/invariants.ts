import { TLB_EMPTY, TLB_ENTRIES, TLB_ENTRY_SIZE, TLB_READ, TLB_SPAN, TLB_WRITE, PAGE_SHIFT, PAGE_SIZE } from '../memory/layout.js'
import type { AddressSpace } from '../memory/address-space.js'
import { PTE } from '../memory/page-table.js'
import { PROT, VM, type Backing } from '../memory/vma.js'
import type { Kernel } from './kernel.js'
import { files, type File, type FileTable } from './ports/files.js'
import type { Pinned } from './progress.js'
import type { Task } from './task.js'
import { checkTimers } from './invariants-timers.js'

/** What a check has found wrong, and what of the kernel it looks at. */
interface Check {
  readonly kernel: Kernel
  readonly wrong: string[]
}

const living = (task: Task): boolean => task.state !== 'zombie' && task.state !== 'dead'

/** The cheap part of {@link checkInvariants}, about one address space: its mappings are sorted, disjoint, in whole pages, below its limit, and add up. */
export function checkMappings(space: AddressSpace, wrong: string[] = []): string[] {
  let total = 0
  let end = 0
  for (const vma of space.vmas) {
    if (vma.start < end || vma.end <= vma.start || vma.start % PAGE_SIZE !== 0 || vma.end % PAGE_SIZE !== 0)
      wrong.push(`mapping ${vma.start.toString(16)}-${vma.end.toString(16)}: follows one that ends at ${end.toString(16)}`)
    total += vma.end - vma.start
    end = vma.end
  }
  if (end > space.limit) wrong.push(`mappings end at ${end.toString(16)}, above the limit ${space.limit.toString(16)}`)
  if (total !== space.totalBytes) wrong.push(`mappings have ${total} bytes, totalBytes says ${space.totalBytes}`)
  return wrong
}

/**
 * Looks for anything that must hold in a kernel between two system calls and does not: a debugging function, for tests
 * and for hosts that suspect a subsystem of theirs.
 *
 * It compares the frames' reference counts with the page tables and with what backing objects hold, the mappings with
 * each other and with the pages, the TLBs with the page tables, wait queues, timers and the run queue with the tasks,
 * pids, groups, parents and children with each other, and open files' counts with descriptors, pins and mappings.
 *
 * @returns what is wrong, one sentence each; empty when everything holds
 * @example
 * const wrong = checkInvariants(machine.kernel)
 * if (wrong.length > 0) throw new Error(wrong.join('\n'))
 */
export function checkInvariants(kernel: Kernel): string[] {
  const check: Check = { kernel, wrong: [] }
  const spaces = new Map<AddressSpace, number>()
  for (const task of kernel.tasks.values()) if (living(task)) spaces.set(task.mm, (spaces.get(task.mm) ?? 0) + 1)
  checkSpaces(check, spaces)
  checkTasks(check)
  checkQueues(check)
  checkTimers(kernel, check.wrong)
  checkFiles(check, spaces)
  return check.wrong
}

function checkSpaces({ kernel: { memory }, wrong }: Check, spaces: ReadonlyMap<AddressSpace, number>): void {
  const holds = new Map<number, number>()
  const backings = new Set<Backing>()
  const uncounted = new Set<number>()
  let current: AddressSpace | null = null
  for (const [space, users] of spaces) {
    if (space.users !== users) wrong.push(`an address space of ${users} tasks says that it has ${space.users} users`)
    if (space.current) current = space
    checkMappings(space, wrong)
    for (const { backing } of space.vmas) if (backing !== null) backings.add(backing)
    space.pages.update(0, space.limit, (page, entry) => {
      const frame = entry >>> PAGE_SHIFT
      holds.set(frame, (holds.get(frame) ?? 0) + 1)
      const vma = space.vmaAt(page)
      const at = page.toString(16)
      if (vma === undefined) wrong.push(`page ${at}: present outside of every mapping`)
      else if ((entry & PTE.present) === 0) wrong.push(`page ${at}: entry ${entry >>> 0} without its present bit`)
      else if ((entry & PTE.writable) !== 0) {
        if ((vma.prot & PROT.write) === 0) wrong.push(`page ${at}: writable in a mapping that is not`)
        if ((vma.flags & VM.shared) === 0 && memory.references(frame) !== 1) wrong.push(`page ${at}: private and writable, but its frame ${frame} has ${memory.references(frame)} references`)
      }
      if (vma?.backing !== null && vma?.backing.held === undefined) uncounted.add(frame)
      return entry
    })
  }
  const seen = new Set<number>()
  for (const backing of backings) {
    if (seen.has(backing.id)) continue
    seen.add(backing.id)
    for (const frame of backing.held?.() ?? []) holds.set(frame, (holds.get(frame) ?? 0) + 1)
  }
  for (const [frame, count] of holds) {
    const references = memory.references(frame)
    if (references !== count && !(uncounted.has(frame) && references === count + 1)) wrong.push(`frame ${frame}: ${references} references, but ${count} are held`)
  }
  if (current !== null) checkTlb(memory.i32, current, wrong)
}

/** Every translation is one that the page table has; those of the write TLB are writable there. */
function checkTlb(i32: Int32Array, { pages }: AddressSpace, wrong: string[]): void {
  for (const [base, needed] of [[TLB_READ, 0], [TLB_WRITE, PTE.writable]] as const) {
    for (let slot = 0; slot < TLB_ENTRIES; slot++) {
      const at = (base + slot * TLB_ENTRY_SIZE) >> 2
      const low = i32[at]! >>> 0
      const page = i32[at + 1]! * 4294967296 + low
      const upper = i32[at + 3]!
      if (low % PAGE_SIZE !== 0 && upper === TLB_EMPTY) continue
      if (upper !== Math.floor(page / TLB_SPAN)) wrong.push(`TLB: page ${page.toString(16)} has ${upper} as its upper bits`)
      const entry = pages.get(page)
      const frame = ((i32[at + 2]! + low) >>> 0) >>> PAGE_SHIFT
      if (entry === 0 || entry >>> PAGE_SHIFT !== frame || (entry & needed) !== needed)
        wrong.push(`${needed === 0 ? 'read' : 'write'} TLB: page ${page.toString(16)} is frame ${frame}, its page table entry ${(entry >>> 0).toString(16)}`)
    }
  }
}

function checkTasks({ kernel, wrong }: Check): void {
  const { current, queue } = kernel.scheduler
  const order = [...(current === null ? [] : [current]), ...queue].map((task) => task.pid)
  const queued = new Set(order)
  if (queued.size !== order.length) wrong.push(`the run queue holds a task twice: ${order.join(' ')}`)
  const frames = new Set<number>()
  for (const [pid, task] of kernel.tasks) {
    const { group } = task
    const say = (what: string): void => void wrong.push(`pid ${pid} (${task.state}): ${what}`)
    if (task.pid !== pid) say(`is entered as ${pid}`)
    if (task.state === 'dead') say('is still entered')
    if (task.state === 'running' && !queued.has(pid)) say('can run but is not in the run queue')
    if (!group.tasks.includes(task)) say(`is not among the tasks of its group ${group.tgid}`)
    if (group.tasks[0]?.pid !== group.tgid) say(`its group ${group.tgid} is led by ${String(group.tasks[0]?.pid)}`)
    if (frames.has(task.contextFrame)) say('shares its kernel stack')
    frames.add(task.contextFrame)
    if (!living(task) && (task.progress !== null || task.held.pins.length > 0 || task.held.queues.length > 0)) say('has ended within a call')
    if (task.state === 'sleeping' && !task.inSyscall) say('sleeps outside of a call')
    if (task !== group.leader) continue
    const { parent, children } = group
    if (group.exitStatus === null && !group.tasks.some(living)) say('its group lives without a living task')
    if (group.exitStatus !== null && group.tasks.some(living)) say('its group has ended with a living task')
    if (parent !== null && !parent.children.has(group)) say(`is not among the children of its parent ${parent.tgid}`)
    if (parent !== null && parent.exitStatus !== null) say(`its parent ${parent.tgid} has ended`)
    for (const child of children) {
      if (child.parent !== group) say(`its child ${child.tgid} has parent ${String(child.parent?.tgid)}`)
      if (!kernel.tasks.has(child.tgid)) say(`its child ${child.tgid} is gone`)
    }
  }
}

/** A waiter is a living task within a call, and knows of the queue. */
function checkQueues({ kernel, wrong }: Check): void {
  for (const task of kernel.tasks.values()) {
    const { queues } = task.held
    if (queues.length > 0 && !task.inSyscall) wrong.push(`pid ${task.pid}: waits in ${queues.length} queues outside of a call`)
    for (const queue of queues) {
      if (queue.waiters.filter((w) => w.task === task).length !== 1) wrong.push(`pid ${task.pid}: not once in a queue that it waits in`)
      for (const { task: other } of queue.waiters)
        if (!living(other) || !other.held.queues.includes(queue)) wrong.push(`pid ${other.pid} (${other.state}): in a queue that it does not wait in`)
    }
  }
}

/** An open file is referred to by descriptors, by calls under way, by mappings and by other files that hold it; by nothing else. */
function checkFiles({ kernel, wrong }: Check, spaces: ReadonlyMap<AddressSpace, number>): void {
  const tables = new Set<FileTable>()
  const counts = new Map<object, number>()
  const found = new Map<object, File>()
  const holders = new Set<File>()
  const add = (file: object): void => void counts.set(file, (counts.get(file) ?? 0) + 1)
  const keep = (file: File): void => {
    if (holders.has(file)) return
    holders.add(file)
    for (const held of file.ops.holds?.(file) ?? []) {
      add(held)
      keep(held)
    }
  }
  for (const task of kernel.tasks.values()) {
    if (living(task) && hasFiles(task)) tables.add(task.files)
    for (const pin of task.held.pins) {
      add(pin)
      if (isFile(pin)) keep(pin)
    }
  }
  for (const table of tables) {
    for (const fd of table.descriptors()) {
      const file = table.getRaw(fd)
      if (file === null) continue
      add(file)
      found.set(file, file)
      keep(file)
      for (const queue of file.ops.queues?.(file, null) ?? [])
        for (const { task } of queue.waiters) if (!living(task) || !task.held.queues.includes(queue)) wrong.push(`pid ${task.pid} (${task.state}): in a queue of descriptor ${fd} that it does not wait in`)
    }
  }
  for (const space of spaces.keys()) for (const { backing } of space.vmas) if (backing?.file !== undefined) add(backing.file)
  for (const [file, { id, count }] of found) if (count !== counts.get(file)) wrong.push(`file ${id}: ${count} references, but ${counts.get(file)} are held`)
}

function isFile(pin: Pinned): pin is File {
  return 'ops' in pin
}

function hasFiles(task: Task): task is Task & { readonly files: FileTable } {
  return files.key in task
}
