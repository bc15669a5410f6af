import type { Task } from './task.js'

/** Round robin over runnable tasks: a deterministic order is what replay and tests need. */
export class Scheduler {
  /** Who waits for a turn, in order. */
  readonly queue: Task[] = []
  /** The current task gives way at the end of its call. */
  needResched = false
  /** Who runs; null between tasks. */
  current: Task | null = null

  /** Adds a runnable task to the end of the queue, once. */
  enqueue(task: Task): void {
    if (task !== this.current && !this.queue.includes(task)) this.queue.push(task)
  }

  /** The next runnable task, or null. The current one goes to the end when it can still run. */
  pick(): Task | null {
    const last = this.current
    this.current = null
    this.needResched = false
    if (last !== null && last.state === 'running') this.queue.push(last)
    for (let task = this.queue.shift(); task !== undefined; task = this.queue.shift()) {
      if (task.state !== 'running') continue
      this.current = task
      return task
    }
    return null
  }
}
