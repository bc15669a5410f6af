import { EBADF, EFAULT, EINVAL, ENXIO, ESPIPE } from '../../abi/errno.js'
import { SEEK, STAT_MODE } from '../../abi/flags/stat.js'
import { highHalf, lowHalf, signed64 } from '../../abi/int64.js'
import { files, type File } from '../../kernel/ports/files.js'
import { enumeration, offT, typed, ufd, ulong } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'

const whence = /* @__PURE__ */ enumeration('seek', SEEK, 'unsigned int')
const loffOut = /* @__PURE__ */ pointer('loff_t', 'out')
const compatOff = /* @__PURE__ */ typed(offT, 'compat_off_t')
const SEEK_MAX = 4

/** Moves a file's position. Linux: vfs_llseek, generic_file_llseek_size. */
function seek(file: File, offset: number, from: number): number {
  const { ops, inode } = file
  if (ops.llseek !== undefined) return ops.llseek(file, offset, from)
  if (ops.seekable !== true) return -ESPIPE
  if (from === SEEK.SEEK_DATA || from === SEEK.SEEK_HOLE) {
    const found = ops.seekData === undefined ? seekPlain(file, offset, from) : ops.seekData(file, offset, from)
    if (found >= 0) file.position = found
    return found
  }
  const size = (inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFREG ? inode.size : 0
  const to = from === SEEK.SEEK_SET ? offset : from === SEEK.SEEK_CUR ? file.position + offset : size + offset
  if (to < 0 || to > inode.sb.maxBytes + 1023) return -EINVAL
  file.position = to
  return to
}

/** A file without holes that it could tell of. */
function seekPlain(file: File, offset: number, from: number): number {
  if (offset < 0 || offset >= file.inode.size) return -ENXIO
  return from === SEEK.SEEK_DATA ? offset : file.inode.size
}

function lseekOf(task: FilesTask, fd: number, offset: number, from: number): number {
  const file = task.files.get(fd)
  if (file === null) return -EBADF
  return from > SEEK_MAX ? -EINVAL : seek(file, offset, from)
}

/** lseek(2). */
export const lseek = /* @__PURE__ */ defineSyscall('lseek', {
  args: [['fd', ufd], ['offset', offT], ['whence', whence]],
  uses: [files],
  level: 'full',
  run: (task, fd, offset, from) => lseekOf(task, fd, offset, from),
})

/** lseek(2) of 32-bit programs: of positions above 4 GiB they see the low half. */
export const compatLseek = /* @__PURE__ */ defineSyscall('compat_sys_lseek', {
  args: [['fd', ufd], ['offset', compatOff], ['whence', whence]],
  uses: [files],
  level: 'full',
  run(task, fd, offset, from) {
    const to = lseekOf(task, fd, offset, from)
    return to < 0 ? to : lowHalf(to) | 0
  },
})

/** _llseek(2). */
export const llseek = /* @__PURE__ */ defineSyscall('llseek', {
  args: [['fd', ufd], ['offset_high', ulong], ['offset_low', ulong], ['result', loffOut], ['whence', whence]],
  uses: [files],
  level: 'full',
  run(task, fd, high, low, result, from) {
    const to = lseekOf(task, fd, signed64(low, high), from)
    if (to < 0) return to
    return task.memory.putU64(result, lowHalf(to), highHalf(to)) === 0 ? 0 : -EFAULT
  },
})
