import type { ProgressTypes } from './progress.js'
import { BLOCKED } from './results.js'
import type { Task } from './task.js'

/**
 * Parks a task's current call until the host has an answer. The outcome is put into the call's progress, and the handler
 * is run again. A handler returns the result.
 *
 * @param settle puts the outcome (or the error) into the progress data
 * @returns BLOCKED, or -ERESTARTSYS when a signal is pending
 */
export function waitHost<K extends keyof ProgressTypes, T>(
  task: Task, call: K, data: ProgressTypes[K], promise: PromiseLike<T>, settle: (data: ProgressTypes[K], outcome: T | null, error: unknown) => void,
): number {
  const result = task.block(call, data, [])
  if (result !== BLOCKED) return result
  const { kernel } = task
  kernel.hostWaits++
  const done = (outcome: T | null, error: unknown): void => {
    kernel.hostWaits--
    if (task.progress?.data === data) {
      settle(data, outcome, error)
      task.wake()
    }
    kernel.wakeHost()
  }
  promise.then((outcome) => done(outcome, null), (error: unknown) => done(null, error))
  return BLOCKED
}
