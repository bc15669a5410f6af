import { EFAULT, EINVAL } from '../../abi/errno.js'
import { LIMITS } from '../../abi/flags/limits.js'
import type { Task } from '../../kernel/task.js'

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
    if (!task.memory.accessOk(base, length)) return -EFAULT
    segments.push(base, length)
  }
  return segments
}
