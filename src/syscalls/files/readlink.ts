import { EFAULT, EINVAL, ENOENT } from '../../abi/errno.js'
import { AT } from '../../abi/flags/fcntl.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { bytesOf } from '../../base/bytes.js'
import { getName, lookup, type FsTask } from '../../fs/namei.js'
import { touchAtime } from '../../fs/times.js'
import { files } from '../../kernel/ports/files.js'
import { fs } from '../../kernel/ports/fs.js'
import { atFd, int } from '../codecs.js'
import { bytesOut, path } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

/** Linux: do_readlinkat. An empty path is the link that `dirfd` is open on (O_PATH). */
function readlink(task: FsTask, dirfd: number, pathname: number, buffer: number, size: number): number {
  if (size <= 0) return -EINVAL
  const name = getName(task, pathname, true)
  if (typeof name === 'number') return name
  const found = lookup(task, dirfd, name, { follow: false, empty: true })
  if (typeof found === 'number') return found
  const { dentry } = found
  if ((dentry.inode.mode & STAT_MODE.S_IFMT) !== STAT_MODE.S_IFLNK) return name === '' ? -ENOENT : -EINVAL
  touchAtime(task.kernel, found, 0)
  const target = dentry.inode.readlink(dentry, task)
  if (typeof target === 'number') return target
  const length = Math.min(target.length, size)
  return task.memory.copyTo(buffer, bytesOf(target.slice(0, length))) < length ? -EFAULT : length
}

/** readlink(2). */
export const readlinkCall = /* @__PURE__ */ defineSyscall('readlink', {
  args: [['path', path], ['buf', bytesOut], ['bufsiz', int]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, buffer, size) => readlink(task, AT.AT_FDCWD, pathname, buffer, size),
})

/** readlinkat(2). */
export const readlinkat = /* @__PURE__ */ defineSyscall('readlinkat', {
  args: [['dfd', atFd], ['pathname', path], ['buf', bytesOut], ['bufsiz', int]],
  uses: [files, fs],
  level: 'full',
  run: (task, dfd, pathname, buffer, size) => readlink(task, dfd, pathname, buffer, size),
})
