import type { Task } from './task.js'
import type { ThreadGroup } from './thread-group.js'

/** Takes back a task that could not be finished; it never ran. */
export function abandonTask(task: Task): void {
  const { kernel, group } = task
  task.state = 'zombie'
  for (const service of [...kernel.services.values()].reverse()) service.exit?.(task)
  if (--task.mm.users === 0) task.mm.dispose()
  group.parent?.children.delete(group)
  kernel.reap(task)
}

/** Gives a process another parent. */
export function adoptGroup(group: ThreadGroup, parent: ThreadGroup | null): void {
  group.parent?.children.delete(group)
  group.parent = parent
  parent?.children.add(group)
}
