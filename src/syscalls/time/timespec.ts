import type { Task } from '../../kernel/task.js'
import { KTIME_MAX } from '../../kernel/timers.js'

/** A timespec as user code gave it; not checked. */
export interface UserTimespec {
  readonly seconds: number
  readonly nanoseconds: number
}

/** Widths of time structures: 64-bit (`__kernel_timespec`), or 32-bit (`old_timespec32`). */
export type TimeWidth = 64 | 32

/** Reads two words of a width: seconds, and nanoseconds or microseconds. For 32-bit programs the upper half of 64-bit nanoseconds is ignored. Null: it cannot be read. */
export function takePair(task: Task, address: number, width: TimeWidth): [number, number] | null {
  const bytes = new Uint8Array(width === 64 ? 16 : 8)
  if (task.memory.copyFrom(address, bytes) < bytes.length) return null
  const view = new DataView(bytes.buffer)
  if (width === 32) return [view.getInt32(0, true), view.getInt32(4, true)]
  const compat = task.syscallAbi === 'i386'
  const second = compat ? view.getInt32(8, true) : view.getInt32(12, true) * 4294967296 + view.getUint32(8, true)
  return [view.getInt32(4, true) * 4294967296 + view.getUint32(0, true), second]
}

/** Writes two words of a width; 0 or -EFAULT. */
export function putPair(task: Task, address: number, first: number, second: number, width: TimeWidth): number {
  const view = new DataView(new ArrayBuffer(width === 64 ? 16 : 8))
  if (width === 32) {
    view.setInt32(0, first, true)
    view.setInt32(4, second, true)
  } else {
    view.setUint32(0, first >>> 0, true)
    view.setInt32(4, Math.floor(first / 4294967296), true)
    view.setUint32(8, second >>> 0, true)
    view.setInt32(12, Math.floor(second / 4294967296), true)
  }
  return task.memory.copyTo(address, new Uint8Array(view.buffer)) < view.byteLength ? -14 : 0
}

/** Reads a timespec; null when it cannot be read. */
export function takeTimespec(task: Task, address: number, width: TimeWidth): UserTimespec | null {
  const pair = takePair(task, address, width)
  return pair === null ? null : { seconds: pair[0], nanoseconds: pair[1] }
}

/** Linux: timespec64_valid. */
export function isValid(time: UserTimespec): boolean {
  return time.seconds >= 0 && time.nanoseconds >= 0 && time.nanoseconds < 1e9
}

/** Nanoseconds, saturating where KTIME_MAX does. */
export function toNanoseconds(time: UserTimespec): number {
  return Math.min(time.seconds * 1e9 + time.nanoseconds, KTIME_MAX)
}

/** Writes nanoseconds as a timespec; 0 or -EFAULT. */
export function putNanoseconds(task: Task, address: number, ns: number, width: TimeWidth): number {
  return putPair(task, address, Math.floor(ns / 1e9), Math.floor(ns % 1e9), width)
}
