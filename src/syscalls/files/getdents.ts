import { EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR, EOVERFLOW } from '../../abi/errno.js'
import { IN_EVENTS } from '../../abi/flags/inotify.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { highHalf, lowHalf } from '../../abi/int64.js'
import { bytesOf } from '../../base/bytes.js'
import { notifyPath } from '../../fs/notify.js'
import { touchAtime } from '../../fs/times.js'
import { files, type File } from '../../kernel/ports/files.js'
import { ufd, uint } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'

const dirent64 = /* @__PURE__ */ pointer('struct linux_dirent64', 'out')
const dirent = /* @__PURE__ */ pointer('struct linux_dirent', 'out')
const compatDirent = /* @__PURE__ */ pointer('struct compat_linux_dirent', 'out')
const oldDirent = /* @__PURE__ */ pointer('struct compat_old_linux_dirent', 'out')

/** Layouts of an entry: getdents64, getdents of 64-bit programs, getdents of 32-bit programs. */
type DirentKind = 'dirent64' | 'lp64' | 'ilp32'

/** Bytes of an entry, its record length a multiple of the word. Linux: filldir64, filldir, compat_filldir. */
function entryBytes(kind: DirentKind, name: string, ino: number, type: number, next: number): Uint8Array {
  const head = kind === 'dirent64' ? 19 : kind === 'lp64' ? 18 : 10
  const word = kind === 'ilp32' ? 4 : 8
  const tail = kind === 'dirent64' ? 1 : 2
  const bytes = new Uint8Array(Math.ceil((head + name.length + tail) / word) * word)
  const view = new DataView(bytes.buffer)
  if (kind === 'ilp32') {
    view.setUint32(0, ino >>> 0, true)
    view.setUint32(4, lowHalf(next), true)
  } else {
    view.setUint32(0, lowHalf(ino), true)
    view.setUint32(4, highHalf(ino), true)
    view.setUint32(8, lowHalf(next), true)
    view.setUint32(12, highHalf(next), true)
  }
  view.setUint16(head - (kind === 'dirent64' ? 3 : 2), bytes.length, true)
  bytes[kind === 'dirent64' ? 18 : bytes.length - 1] = type
  bytes.set(bytesOf(name), head)
  return bytes
}

function openDirectory(task: FilesTask, fd: number): File | number {
  const file = task.files.get(fd)
  if (file === null) return -EBADF
  return file.ops.iterate === undefined || (file.inode.mode & STAT_MODE.S_IFMT) !== STAT_MODE.S_IFDIR ? -ENOTDIR : file
}

/** Linux: iterate_dir with ksys_getdents64. */
function list(task: FilesTask, fd: number, address: number, count: number, kind: DirentKind): number {
  const file = openDirectory(task, fd)
  if (typeof file === 'number') return file
  if (file.path.dentry.unlinked) return -ENOENT
  let used = 0
  let error = 0
  const failed = file.ops.iterate!(file, (name, ino, type, _offset, next) => {
    if (kind === 'ilp32' && ino > 0xffffffff) error = -EOVERFLOW
    const bytes = entryBytes(kind, name, ino, type, next)
    if (error === 0 && used + bytes.length > count) error = -EINVAL
    if (error === 0 && task.memory.copyTo(address + used, bytes) < bytes.length) error = -EFAULT
    if (error !== 0) return false
    used += bytes.length
    return true
  }, task)
  touchAtime(task.kernel, file.path, file.flags)
  notifyPath(file.path, IN_EVENTS.IN_ACCESS)
  if (failed < 0) return failed
  return used > 0 ? used : error
}

/** getdents64(2). */
export const getdents64 = /* @__PURE__ */ defineSyscall('getdents64', {
  args: [['fd', ufd], ['dirent', dirent64], ['count', uint]],
  uses: [files],
  level: 'full',
  run: (task, fd, address, count) => list(task, fd, address, count, 'dirent64'),
})

/** getdents(2). */
export const getdents = /* @__PURE__ */ defineSyscall('getdents', {
  args: [['fd', ufd], ['dirent', dirent], ['count', uint]],
  uses: [files],
  level: 'full',
  run: (task, fd, address, count) => list(task, fd, address, count, 'lp64'),
})

/** getdents(2) of 32-bit programs. */
export const compatGetdents = /* @__PURE__ */ defineSyscall('compat_sys_getdents', {
  args: [['fd', ufd], ['dirent', compatDirent], ['count', uint]],
  uses: [files],
  level: 'full',
  run: (task, fd, address, count) => list(task, fd, address, count, 'ilp32'),
})

/** readdir(2) of the first 32-bit programs: one entry, 1 for it, 0 at the end. Linux: compat_fillonedir. */
export const compatOldReaddir = /* @__PURE__ */ defineSyscall('compat_sys_old_readdir', {
  args: [['fd', ufd], ['dirent', oldDirent], ['count', uint]],
  uses: [files],
  run(task, fd, address) {
    const file = openDirectory(task, fd)
    if (typeof file === 'number') return file
    let result = 0
    const failed = file.ops.iterate!(file, (name, ino, _type, offset) => {
      if (result !== 0) return false
      const bytes = new Uint8Array(11 + name.length)
      const view = new DataView(bytes.buffer)
      view.setUint32(0, ino >>> 0, true)
      view.setUint32(4, lowHalf(offset), true)
      view.setUint16(8, name.length, true)
      bytes.set(bytesOf(name), 10)
      result = task.memory.copyTo(address, bytes) < bytes.length ? -EFAULT : 1
      return result === 1
    }, task)
    return failed < 0 ? failed : result
  },
})
