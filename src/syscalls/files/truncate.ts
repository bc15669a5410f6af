import { EBADF, EFBIG, EINVAL, EISDIR, ENODEV, EOPNOTSUPP, EPERM, ESPIPE, ETXTBSY } from '../../abi/errno.js'
import { AT, FALLOC } from '../../abi/flags/fcntl.js'
import { IN_EVENTS } from '../../abi/flags/inotify.js'
import { RLIMIT } from '../../abi/flags/limits.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { signed64 } from '../../abi/int64.js'
import { MAY } from '../../fs/constants.js'
import { lookupUser, type FsTask } from '../../fs/namei.js'
import { notifyPath } from '../../fs/notify.js'
import { inodePermission, wantWrite } from '../../fs/permission.js'
import { fileTooBig, truncatePath } from '../../fs/truncate.js'
import { files } from '../../kernel/ports/files.js'
import { fs, type Path } from '../../kernel/ports/fs.js'
import { fd, flags, loffT, long, offT, ufd, uint, ulong } from '../codecs.js'
import { compatOffT } from '../codecs-compat.js'
import { path } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'

const fallocateMode = /* @__PURE__ */ flags('fallocate', FALLOC)

/** Tells of a change that was made. */
function told(at: Path, result: number): number {
  if (result === 0) notifyPath(at, IN_EVENTS.IN_MODIFY)
  return result
}

/** Linux: do_sys_truncate, vfs_truncate. */
function truncateOf(task: FsTask, filename: number, length: number): number {
  if (length < 0) return -EINVAL
  const found = lookupUser(task, AT.AT_FDCWD, filename)
  if (typeof found === 'number') return found
  const { inode } = found.dentry
  const type = inode.mode & STAT_MODE.S_IFMT
  if (type === STAT_MODE.S_IFDIR) return -EISDIR
  if (type !== STAT_MODE.S_IFREG) return -EINVAL
  return wantWrite(found.mount) || inodePermission(task.creds, inode, MAY.write) || (inode.writers < 0 ? -ETXTBSY : told(found, truncatePath(task, inode, length)))
}

/** Linux: do_ftruncate. */
function ftruncateOf(task: FilesTask, descriptor: number, length: number, small: boolean): number {
  if (length < 0) return -EINVAL
  const file = task.files.get(descriptor)
  if (file === null) return -EBADF
  if ((file.inode.mode & STAT_MODE.S_IFMT) !== STAT_MODE.S_IFREG || !file.writable) return -EINVAL
  if (small && (file.flags & OPEN_FLAGS.O_LARGEFILE) === 0 && length > 0x7fffffff) return -EINVAL
  return told(file.path, truncatePath(task, file.inode, length))
}

/** Linux: vfs_fallocate. */
function fallocateOf(task: FilesTask, descriptor: number, mode: number, offset: number, length: number): number {
  const file = task.files.get(descriptor)
  if (file === null) return -EBADF
  if (offset < 0 || length <= 0) return -EINVAL
  if ((mode & ~0x7f) !== 0) return -EOPNOTSUPP
  if ((mode & (FALLOC.FALLOC_FL_PUNCH_HOLE | FALLOC.FALLOC_FL_ZERO_RANGE)) === (FALLOC.FALLOC_FL_PUNCH_HOLE | FALLOC.FALLOC_FL_ZERO_RANGE)) return -EOPNOTSUPP
  if ((mode & FALLOC.FALLOC_FL_PUNCH_HOLE) !== 0 && (mode & FALLOC.FALLOC_FL_KEEP_SIZE) === 0) return -EOPNOTSUPP
  if (!file.writable) return -EBADF
  if ((mode & ~FALLOC.FALLOC_FL_KEEP_SIZE) !== 0 && (file.flags & OPEN_FLAGS.O_APPEND) !== 0) return -EPERM
  switch (file.inode.mode & STAT_MODE.S_IFMT) {
    case STAT_MODE.S_IFIFO: return -ESPIPE
    case STAT_MODE.S_IFDIR: return -EISDIR
    case STAT_MODE.S_IFREG: break
    default: return -ENODEV
  }
  if (offset + length > file.inode.sb.maxBytes) return -EFBIG
  if ((mode & FALLOC.FALLOC_FL_PUNCH_HOLE) === 0 && offset + length > file.inode.size && offset + length > task.group.rlimits[RLIMIT.RLIMIT_FSIZE]!.soft) return fileTooBig(task)
  return told(file.path, file.ops.fallocate?.(file, mode, offset, length, task) ?? -EOPNOTSUPP)
}

/** truncate(2). */
export const truncate = /* @__PURE__ */ defineSyscall('truncate', {
  args: [['path', path], ['length', long]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, length) => truncateOf(task, filename, length),
})

/** truncate(2) of 32-bit programs. */
export const compatTruncate = /* @__PURE__ */ defineSyscall('compat_sys_truncate', {
  args: [['path', path], ['length', compatOffT]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, length) => truncateOf(task, filename, length),
})

/** truncate64(2) of 32-bit programs. */
export const ia32Truncate64 = /* @__PURE__ */ defineSyscall('ia32_truncate64', {
  args: [['filename', path], ['offset_low', ulong], ['offset_high', ulong]],
  uses: [files, fs],
  run: (task, filename, low, high) => truncateOf(task, filename, signed64(low, high)),
})

/** ftruncate(2). */
export const ftruncate = /* @__PURE__ */ defineSyscall('ftruncate', {
  args: [['fd', ufd], ['length', offT]],
  uses: [files],
  level: 'full',
  run: (task, descriptor, length) => ftruncateOf(task, descriptor, length, true),
})

/** ftruncate(2) of 32-bit programs. */
export const compatFtruncate = /* @__PURE__ */ defineSyscall('compat_sys_ftruncate', {
  args: [['fd', ufd], ['length', compatOffT]],
  uses: [files],
  level: 'full',
  run: (task, descriptor, length) => ftruncateOf(task, descriptor, length, true),
})

/** ftruncate64(2) of 32-bit programs. */
export const ia32Ftruncate64 = /* @__PURE__ */ defineSyscall('ia32_ftruncate64', {
  args: [['fd', ufd], ['offset_low', ulong], ['offset_high', ulong]],
  uses: [files],
  level: 'full',
  run: (task, descriptor, low, high) => ftruncateOf(task, descriptor, signed64(low, high), false),
})

/** fallocate(2). */
export const fallocate = /* @__PURE__ */ defineSyscall('fallocate', {
  args: [['fd', fd], ['mode', fallocateMode], ['offset', loffT], ['len', loffT]],
  uses: [files],
  note: 'tmpfs has no collapsing, inserting or zeroing of ranges',
  run: (task, descriptor, mode, offset, length) => fallocateOf(task, descriptor, mode, offset, length),
})

/** fallocate(2) of 32-bit programs. */
export const ia32Fallocate = /* @__PURE__ */ defineSyscall('ia32_fallocate', {
  args: [['fd', fd], ['mode', fallocateMode], ['offset_lo', uint], ['offset_hi', uint], ['len_lo', uint], ['len_hi', uint]],
  uses: [files],
  note: 'tmpfs has no collapsing, inserting or zeroing of ranges',
  run: (task, descriptor, mode, low, high, lengthLow, lengthHigh) => fallocateOf(task, descriptor, mode, signed64(low, high), signed64(lengthLow, lengthHigh)),
})
