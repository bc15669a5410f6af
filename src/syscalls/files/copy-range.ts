import { EBADF, EFAULT, EFBIG, EINVAL, EISDIR, EOVERFLOW, EXDEV } from '../../abi/errno.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { highHalf, lowHalf, signed64 } from '../../abi/int64.js'
import { MAX_RW_COUNT } from '../../fs/constants.js'
import { KernelBuffer } from '../../fs/iov-iter.js'
import { files, type File } from '../../kernel/ports/files.js'
import { fd, sizeT, uint } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { readFile, writeFile, type FilesTask } from './io.js'

const loffInOut = /* @__PURE__ */ pointer('loff_t', 'inout')
const CHUNK = 65_536

/** A loff_t of user memory, or the file's position for NULL; null when it cannot be read. */
export function offsetAt(task: FilesTask, address: number, file: File): number | null {
  if (address === 0) return file.position
  const low = task.memory.getU32(address)
  const high = task.memory.getU32(address + 4)
  return low < 0 || high < 0 ? null : signed64(low, high)
}

/** Stores where an offset got to: in user memory, or in the file. */
export function storeOffset(task: FilesTask, address: number, file: File, offset: number): number {
  if (address !== 0) return task.memory.putU64(address, lowHalf(offset), highHalf(offset))
  file.position = offset
  return 0
}

/** Linux: generic_copy_file_checks. */
function check(from: File, to: File, start: number, target: number, length: number): number {
  const types = [from, to].map((file) => file.inode.mode & STAT_MODE.S_IFMT)
  if (types.includes(STAT_MODE.S_IFDIR)) return -EISDIR
  if (types.some((type) => type !== STAT_MODE.S_IFREG)) return -EINVAL
  if (from.inode.sb.type !== to.inode.sb.type) return -EXDEV
  if (!from.readable || !to.writable || (to.flags & OPEN_FLAGS.O_APPEND) !== 0) return -EBADF
  if (start < 0 || target < 0) return -EINVAL
  if (start + length >= 2 ** 63 || target + length >= 2 ** 63) return -EOVERFLOW
  if (target > to.inode.sb.maxBytes) return -EFBIG
  return from.inode === to.inode && target + length > start && target < start + length ? -EINVAL : 0
}

/** copy_file_range(2). Linux: vfs_copy_file_range. */
export const copyFileRange = /* @__PURE__ */ defineSyscall('copy_file_range', {
  args: [['fd_in', fd], ['off_in', loffInOut], ['fd_out', fd], ['off_out', loffInOut], ['len', sizeT], ['flags', uint]],
  uses: [files],
  run(task, fdIn, offIn, fdOut, offOut, length, bits) {
    const from = task.files.get(fdIn)
    const to = task.files.get(fdOut)
    if (from === null || to === null) return -EBADF
    let start = offsetAt(task, offIn, from)
    let target = offsetAt(task, offOut, to)
    if (start === null || target === null) return -EFAULT
    if (bits !== 0) return -EINVAL
    const refused = check(from, to, start, target, length)
    if (refused !== 0) return refused
    let left = Math.min(length, MAX_RW_COUNT, Math.max(0, from.inode.size - start))
    const total = left
    let error = 0
    const space = new Uint8Array(Math.min(left, CHUNK))
    while (left > 0 && error === 0) {
      const chunk = new KernelBuffer(task.kernel.memory, space.subarray(0, Math.min(left, CHUNK)))
      const got = readFile(task, from, chunk, start)
      const sent = got <= 0 ? got : writeFile(task, to, new KernelBuffer(task.kernel.memory, chunk.bytes.subarray(0, got)), target)
      if (sent <= 0) {
        error = sent === 0 ? 1 : sent
        continue
      }
      start += sent
      target += sent
      left -= sent
    }
    if (left === total && error < 0) return error
    return storeOffset(task, offIn, from, start) !== 0 || storeOffset(task, offOut, to, target) !== 0 ? -EFAULT : total - left
  },
})
