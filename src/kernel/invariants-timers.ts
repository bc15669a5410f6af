import { timers, type ProcessTimers } from './itimers.js'
import type { Kernel } from './kernel.js'
import type { Task } from './task.js'
import type { Timer } from './timers.js'

/** Every kernel timer that a task or a process has armed is in the kernel's queue, and what the queue holds of them belongs to somebody alive. */
export function checkTimers(kernel: Kernel, wrong: string[]): void {
  const expected = new Map<Timer, string>()
  for (const task of kernel.tasks.values()) {
    const { timer } = task.held
    if (timer !== null) expected.set(timer, `the deadline of pid ${task.pid}`)
    if (task !== task.group.leader || !hasTimers(task) || task.group.exitStatus !== null) continue
    if (task.timers.handle !== null) expected.set(task.timers.handle, `the interval timer of ${task.pid}`)
    for (const { id, handle } of task.timers.posix.values()) if (handle !== null) expected.set(handle, `timer ${id} of ${task.pid}`)
  }
  const queued = new Set(kernel.timers.list())
  for (const [timer, what] of expected) if (!queued.has(timer)) wrong.push(`${what} is not in the timer queue`)
  for (const timer of queued)
    if (!expected.has(timer) && ['wake', 'itimer', 'posix-timer'].includes(timer.kind)) wrong.push(`a timer of kind ${timer.kind} for ${timer.id} belongs to nobody`)
}

function hasTimers(task: Task): task is Task & { readonly timers: ProcessTimers } {
  return timers.key in task
}
