import { EACCES, EBADF, EFAULT, ENOENT, ENOTDIR, EPERM, ERANGE } from '../../abi/errno.js'
import { CAP } from '../../abi/flags/capability.js'
import { AT } from '../../abi/flags/fcntl.js'
import { bytesOf } from '../../base/bytes.js'
import { MAY } from '../../fs/constants.js'
import { pathName } from '../../fs/dentry.js'
import { isDirectory, lookupUser, type FsTask } from '../../fs/namei.js'
import { inodePermission } from '../../fs/permission.js'
import { capable } from '../../kernel/creds.js'
import { files } from '../../kernel/ports/files.js'
import { fs, type Path } from '../../kernel/ports/fs.js'
import { int, ufd, ulong } from '../codecs.js'
import { bytesOut, path } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

function enterable(task: FsTask, filename: number): Path | number {
  const found = lookupUser(task, AT.AT_FDCWD, filename, { directory: true })
  if (typeof found === 'number') return found
  return inodePermission(task.creds, found.dentry.inode, MAY.exec) === 0 ? found : -EACCES
}

/** chdir(2). */
export const chdir = /* @__PURE__ */ defineSyscall('chdir', {
  args: [['filename', path]],
  uses: [files, fs],
  level: 'full',
  run(task, filename) {
    const found = enterable(task, filename)
    if (typeof found === 'number') return found
    task.fs.cwd = found
    return 0
  },
})

/** fchdir(2). */
export const fchdir = /* @__PURE__ */ defineSyscall('fchdir', {
  args: [['fd', ufd]],
  uses: [files, fs],
  level: 'full',
  run(task, fd) {
    const file = task.files.getRaw(fd)
    if (file === null) return -EBADF
    if (!isDirectory(file.path)) return -ENOTDIR
    if (inodePermission(task.creds, file.inode, MAY.exec) !== 0) return -EACCES
    task.fs.cwd = file.path
    return 0
  },
})

/** chroot(2). */
export const chroot = /* @__PURE__ */ defineSyscall('chroot', {
  args: [['filename', path]],
  uses: [files, fs],
  level: 'full',
  run(task, filename) {
    const found = enterable(task, filename)
    if (typeof found === 'number') return found
    if (!capable(task.creds, CAP.CAP_SYS_CHROOT)) return -EPERM
    task.fs.root = found
    return 0
  },
})

/** getcwd(2): the length with its NUL. Linux: fs/d_path.c. */
export const getcwd = /* @__PURE__ */ defineSyscall('getcwd', {
  args: [['buf', bytesOut], ['size', ulong]],
  uses: [files, fs],
  level: 'full',
  run(task, buffer, size) {
    const { cwd, root } = task.fs
    if (cwd.dentry.unlinked) return -ENOENT
    const name = pathName(cwd, root, false, 'mark')
    if (name.length + 1 > size) return -ERANGE
    return task.memory.copyTo(buffer, bytesOf(`${name}\0`)) <= name.length ? -EFAULT : name.length + 1
  },
})

/** umask(2). */
export const umask = /* @__PURE__ */ defineSyscall('umask', {
  args: [['mask', int]],
  uses: [fs],
  level: 'full',
  run(task, mask) {
    const old = task.fs.umask
    task.fs.umask = mask & 0o777
    return old
  },
})
