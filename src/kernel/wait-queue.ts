import type { Task } from './task.js'

/** Who waits for something. Linux: wait_queue_entry. */
export interface Waiter {
  readonly task: Task
  /** Exclusive waiters, of which one is woken at a time (WQ_FLAG_EXCLUSIVE), stand by their rank and then as they came; -1 for others. */
  readonly rank: number
  /** What the waiter waits for on a shared queue, such as poll bits; 0 matches everything. */
  readonly key: number
}

/** Tasks that wait for an object, in order. Linux: wait_queue_head. */
export class WaitQueue {
  /** In arrival order; a waiter keeps its place while its handler runs again. */
  readonly waiters: Waiter[] = []

  /** Adds a task unless it waits here already. */
  add(task: Task, rank: number, key: number): void {
    if (this.waiters.some((w) => w.task === task)) return
    const at = this.waiters.findIndex((w) => w.rank > rank) // non-exclusive ones stand first, as __add_wait_queue puts them
    this.waiters.splice(at < 0 ? this.waiters.length : at, 0, { task, rank, key })
  }

  /** Removes a task. */
  remove(task: Task): void {
    const at = this.waiters.findIndex((w) => w.task === task)
    if (at >= 0) this.waiters.splice(at, 1)
  }

  /**
   * Wakes all non-exclusive waiters and up to `exclusive` exclusive ones whose key matches. Their handlers run again;
   * whether they then wait on is theirs to decide. Linux: __wake_up_common.
   */
  wake(exclusive = 1, key = 0): void {
    if (this.waiters.length === 0) return
    let left = exclusive
    for (const waiter of [...this.waiters]) {
      if (key !== 0 && waiter.key !== 0 && (waiter.key & key) === 0) continue
      if (waiter.rank < 0) waiter.task.wake()
      else if (left <= 0) break
      else if (waiter.task.wake()) left--
    }
  }

  /** Wakes everybody. */
  wakeAll(key = 0): void {
    this.wake(Infinity, key)
  }
}
