import { expect, test } from 'vitest'
import { tableOf } from '../../src/fs/file-table.js'
import { checkInvariants } from '../../src/kernel/invariants.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import type { Task } from '../../src/kernel/task.js'
import { PAGE_SHIFT } from '../../src/memory/layout.js'
import { PTE } from '../../src/memory/page-table.js'
import { fillTlb, invalidateTlb } from '../../src/memory/tlb.js'
import { MAP } from './map.js'
import { randomCalls } from './random-calls.js'

/** Breaks one thing; what it returns mends it. */
type Mutation = (kernel: Kernel, task: Task) => () => void

const frameOf = (task: Task): number => task.mm.pages.get(MAP.scratch) >>> PAGE_SHIFT

const mutations: Readonly<Record<string, readonly [says: RegExp, mutation: Mutation]>> = {
  'a frame with a reference too many': [/frame \d+: \d+ references/, ({ memory }, task) => {
    const frame = frameOf(task)
    memory.hold(frame)
    return () => memory.release(frame)
  }],
  'a private page that two spaces could write': [/private and writable/, ({ memory }, task) => {
    const frame = frameOf(task)
    memory.hold(frame)
    return () => memory.release(frame)
  }],
  'a page outside of mappings': [/outside of every mapping/, ({ memory }, { mm }) => {
    const frame = memory.allocate()
    mm.pages.set(0x7000_0000, (frame << PAGE_SHIFT) | PTE.present)
    return () => {
      mm.pages.set(0x7000_0000, 0)
      memory.release(frame)
    }
  }],
  'a byte count that is off': [/totalBytes says/, (_kernel, { mm }) => {
    mm.totalBytes += 4096
    return () => void (mm.totalBytes -= 4096)
  }],
  'mappings out of order': [/follows one that ends/, (_kernel, { mm }) => {
    mm.vmas.reverse()
    return () => void mm.vmas.reverse()
  }],
  'a user of the space too few': [/users/, (_kernel, { mm }) => {
    mm.users--
    return () => void mm.users++
  }],
  'a stale translation': [/read TLB/, ({ memory }) => {
    fillTlb(memory, 0x7000_0000, 0x20000, false)
    return () => invalidateTlb(memory, 0x7000_0000, 1)
  }],
  'a runnable task that nobody will run': [/not in the run queue/, ({ scheduler }, task) => {
    scheduler.current = null
    return () => void (scheduler.current = task)
  }],
  'a pid that is not its own': [/is entered as/, (kernel, task) => {
    kernel.tasks.set(30_000, task)
    return () => void kernel.tasks.delete(30_000)
  }],
  'a child of nobody': [/is not among the children/, (_kernel, { group }) => {
    const { parent } = group
    group.parent = group
    return () => void (group.parent = parent)
  }],
  'a timer of nobody': [/belongs to nobody/, ({ timers }, task) => {
    const timer = timers.add(1e15, 'wake', task.pid)
    return () => void timers.cancel(timer)
  }],
  'a file held by nobody': [/file \d+: \d+ references/, (_kernel, task) => {
    const file = tableOf(task)!.getRaw(4)!
    file.hold()
    return () => file.release()
  }],
  'a waiter that does not wait': [/does not wait in/, (_kernel, task) => {
    const table = tableOf(task)!
    const queue = table.descriptors().flatMap((fd) => table.getRaw(fd)!.ops.queues?.(table.getRaw(fd)!, null) ?? [])[0]!
    queue.add(task, -1, 0)
    return () => queue.remove(task)
  }],
}

test.each(Object.entries(mutations))('checkInvariants finds %s', async (_name, [says, mutation]) => {
  let calls = 0
  let found: string[] | null = null
  const { thrown } = await randomCalls(40, 3, (kernel) => {
    const task = kernel.scheduler.current
    if (++calls < 40 || found !== null || task === null || task.mm.vmaAt(MAP.scratch) === undefined) return
    expect(checkInvariants(kernel)).toEqual([])
    const mend = mutation(kernel, task)
    found = checkInvariants(kernel)
    mend()
    expect(checkInvariants(kernel)).toEqual([])
  })
  expect([...thrown.keys()]).toEqual([])
  expect(found ?? []).toContainEqual(expect.stringMatching(says))
})
