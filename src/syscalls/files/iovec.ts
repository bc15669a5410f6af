import { EFAULT, EINVAL } from '../../abi/errno.js'
import { LIMITS } from '../../abi/flags/limits.js'
import type { Task } from '../../kernel/task.js'

/** Highest user address and one: TASK_SIZE_MAX of 64-bit kernels, which access_ok uses for 32-bit programs too. */
const TASK_SIZE_MAX = 0x7ffffffff000

/** Whether a range may be user memory at all; where it is not mapped is found when it is copied. Linux: access_ok. */
export function accessOk(address: number, length: number): boolean {
  return address >= 0 && address + length <= TASK_SIZE_MAX
}

/**
 * Copies a vector of segments in. Linux: import_iovec.
 *
 * @param wide whether a segment is two 64-bit words
 * @returns address and length in turn, or -errno: -EINVAL for too many or too long, -EFAULT
 */
export function importIovec(task: Task, address: number, count: number, wide: boolean): number[] | number {
  if (count === 0) return []
  if (count > LIMITS.UIO_MAXIOV) return -EINVAL
  const size = wide ? 16 : 8
  const bytes = new Uint8Array(count * size)
  if (task.memory.copyFrom(address, bytes) < bytes.length) return -EFAULT
  const view = new DataView(bytes.buffer)
  const segments: number[] = []
  for (let at = 0; at < bytes.length; at += size) {
    const low = view.getUint32(at, true)
    const base = wide ? view.getInt32(at + 4, true) * 4294967296 + low : low
    const length = wide ? view.getInt32(at + 12, true) * 4294967296 + view.getUint32(at + 8, true) : view.getInt32(at + 4, true)
    if (length < 0) return -EINVAL
    if (!accessOk(base, length)) return -EFAULT
    segments.push(base, length)
  }
  return segments
}
