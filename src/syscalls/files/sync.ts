import { EBADF, EINVAL, ESPIPE } from '../../abi/errno.js'
import { FADVISE } from '../../abi/flags/fcntl.js'
import { SYNC_FILE_RANGE } from '../../abi/flags/rw.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { signed64 } from '../../abi/int64.js'
import { files } from '../../kernel/ports/files.js'
import { enumeration, fd, flags, loffT, sizeT, ufd, uint } from '../codecs.js'
import { uint32 } from '../codecs-rare.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'

const advice = /* @__PURE__ */ enumeration('fadvise', FADVISE)
const rangeFlags = /* @__PURE__ */ flags('sync_file_range', SYNC_FILE_RANGE, 'unsigned int')
const rangeFlagsInt = /* @__PURE__ */ flags('sync_file_range', SYNC_FILE_RANGE)

function fsyncOf(task: FilesTask, descriptor: number): number {
  const file = task.files.get(descriptor)
  return file === null ? -EBADF : (file.ops.fsync?.(file) ?? -EINVAL)
}

/** Linux: sync_file_range. There is nothing to write back. */
function syncRange(task: FilesTask, descriptor: number, offset: number, length: number, bits: number): number {
  const file = task.files.get(descriptor)
  if (file === null) return -EBADF
  if ((bits & ~7) !== 0 || offset < 0 || length < 0 || offset + length > 2 ** 63) return -EINVAL
  const type = file.inode.mode & STAT_MODE.S_IFMT
  return type === STAT_MODE.S_IFREG || type === STAT_MODE.S_IFBLK || type === STAT_MODE.S_IFDIR || type === STAT_MODE.S_IFLNK ? 0 : -ESPIPE
}

/** Linux: generic_fadvise. */
function advise(task: FilesTask, descriptor: number, length: number, kind: number): number {
  const file = task.files.get(descriptor)
  if (file === null) return -EBADF
  if ((file.inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFIFO) return -ESPIPE
  return length < 0 || kind < 0 || kind > 5 ? -EINVAL : 0
}

/** Linux: ksys_readahead. */
function readaheadOf(task: FilesTask, descriptor: number): number {
  const file = task.files.get(descriptor)
  if (file === null || !file.readable) return -EBADF
  const type = file.inode.mode & STAT_MODE.S_IFMT
  return type === STAT_MODE.S_IFREG || type === STAT_MODE.S_IFBLK ? 0 : -EINVAL
}

/** fsync(2). */
export const fsync = /* @__PURE__ */ defineSyscall('fsync', { args: [['fd', ufd]], uses: [files], level: 'full', run: (task, descriptor) => fsyncOf(task, descriptor) })

/** fdatasync(2). */
export const fdatasync = /* @__PURE__ */ defineSyscall('fdatasync', { args: [['fd', ufd]], uses: [files], level: 'full', run: (task, descriptor) => fsyncOf(task, descriptor) })

/** sync(2). */
export const sync = /* @__PURE__ */ defineSyscall('sync', { args: [], level: 'full', run: () => 0 })

/** syncfs(2). */
export const syncfs = /* @__PURE__ */ defineSyscall('syncfs', {
  args: [['fd', fd]],
  uses: [files],
  level: 'full',
  run: (task, descriptor) => (task.files.get(descriptor) === null ? -EBADF : 0),
})

/** sync_file_range(2). */
export const syncFileRange = /* @__PURE__ */ defineSyscall('sync_file_range', {
  args: [['fd', fd], ['offset', loffT], ['nbytes', loffT], ['flags', rangeFlags]],
  uses: [files],
  level: 'full',
  run: (task, descriptor, offset, length, bits) => syncRange(task, descriptor, offset, length, bits),
})

/** sync_file_range(2) of 32-bit programs. */
export const ia32SyncFileRange = /* @__PURE__ */ defineSyscall('ia32_sync_file_range', {
  args: [['fd', fd], ['off_low', uint], ['off_hi', uint], ['n_low', uint], ['n_hi', uint], ['flags', rangeFlagsInt]],
  uses: [files],
  level: 'full',
  run: (task, descriptor, low, high, lengthLow, lengthHigh, bits) => syncRange(task, descriptor, signed64(low, high), signed64(lengthLow, lengthHigh), bits),
})

/** fadvise64(2). */
export const fadvise64 = /* @__PURE__ */ defineSyscall('fadvise64', {
  args: [['fd', fd], ['offset', loffT], ['len', sizeT], ['advice', advice]],
  uses: [files],
  level: 'full',
  run: (task, descriptor, _offset, length, kind) => advise(task, descriptor, length, kind),
})

/** fadvise64(2) of 32-bit programs. */
export const ia32Fadvise64 = /* @__PURE__ */ defineSyscall('ia32_fadvise64', {
  args: [['fd', fd], ['offset_lo', uint], ['offset_hi', uint], ['len', sizeT], ['advice', advice]],
  uses: [files],
  level: 'full',
  run: (task, descriptor, _low, _high, length, kind) => advise(task, descriptor, length, kind),
})

/** fadvise64_64(2) of 32-bit programs. */
export const ia32Fadvise6464 = /* @__PURE__ */ defineSyscall('ia32_fadvise64_64', {
  args: [['fd', fd], ['offset_low', uint32], ['offset_high', uint32], ['len_low', uint32], ['len_high', uint32], ['advice', advice]],
  uses: [files],
  level: 'full',
  run: (task, descriptor, _low, _high, lengthLow, lengthHigh, kind) => advise(task, descriptor, signed64(lengthLow, lengthHigh), kind),
})

/** readahead(2). */
export const readahead = /* @__PURE__ */ defineSyscall('readahead', {
  args: [['fd', fd], ['offset', loffT], ['count', sizeT]],
  uses: [files],
  level: 'full',
  run: (task, descriptor) => readaheadOf(task, descriptor),
})

/** readahead(2) of 32-bit programs. */
export const ia32Readahead = /* @__PURE__ */ defineSyscall('ia32_readahead', {
  args: [['fd', fd], ['off_lo', uint], ['off_hi', uint], ['count', sizeT]],
  uses: [files],
  level: 'full',
  run: (task, descriptor) => readaheadOf(task, descriptor),
})

