import { EBADF, EINVAL, EOPNOTSUPP } from '../../abi/errno.js'
import { AT, AT_FLAGS } from '../../abi/flags/fcntl.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { changeMode, changeOwner, KEEP } from '../../fs/attributes.js'
import { lookupUser, type FsTask } from '../../fs/namei.js'
import { files } from '../../kernel/ports/files.js'
import { fs } from '../../kernel/ports/fs.js'
import { atFd, flags, gid, gid16, mode, ufd, uid, uid16 } from '../codecs.js'
import { path } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const chmodFlags = /* @__PURE__ */ flags('chmod_at', { AT_SYMLINK_NOFOLLOW: AT_FLAGS.AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH: AT_FLAGS.AT_EMPTY_PATH }, 'unsigned int')
const chownFlags = /* @__PURE__ */ flags('chown_at', { AT_SYMLINK_NOFOLLOW: AT_FLAGS.AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH: AT_FLAGS.AT_EMPTY_PATH })

/** Linux: do_fchmodat. */
function chmodPath(task: FsTask, dirfd: number, filename: number, bits: number, at: number): number {
  if ((at & ~(AT_FLAGS.AT_SYMLINK_NOFOLLOW | AT_FLAGS.AT_EMPTY_PATH)) !== 0) return -EINVAL
  const found = lookupUser(task, dirfd, filename, { follow: (at & AT_FLAGS.AT_SYMLINK_NOFOLLOW) === 0, empty: (at & AT_FLAGS.AT_EMPTY_PATH) !== 0 })
  if (typeof found === 'number') return found
  // permission bits of symbolic links do not exist (since 6.6)
  if ((found.dentry.inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFLNK) return -EOPNOTSUPP
  return changeMode(task, found, bits)
}

/** Linux: do_fchownat. */
function chownPath(task: FsTask, dirfd: number, filename: number, user: number, group: number, at: number): number {
  if ((at & ~(AT_FLAGS.AT_SYMLINK_NOFOLLOW | AT_FLAGS.AT_EMPTY_PATH)) !== 0) return -EINVAL
  const found = lookupUser(task, dirfd, filename, { follow: (at & AT_FLAGS.AT_SYMLINK_NOFOLLOW) === 0, empty: (at & AT_FLAGS.AT_EMPTY_PATH) !== 0 })
  return typeof found === 'number' ? found : changeOwner(task, found, user, group)
}

function chownFd(task: FsTask, fd: number, user: number, group: number): number {
  const file = task.files.get(fd)
  return file === null ? -EBADF : changeOwner(task, file.path, user, group)
}

/** An id of 16 bits; 0xffff is no change. Linux: low2highuid. */
function wide(id: number): number {
  return id === 0xffff ? KEEP : id
}

/** chmod(2). */
export const chmod = /* @__PURE__ */ defineSyscall('chmod', {
  args: [['filename', path], ['mode', mode]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, bits) => chmodPath(task, AT.AT_FDCWD, filename, bits, 0),
})

/** fchmod(2). */
export const fchmod = /* @__PURE__ */ defineSyscall('fchmod', {
  args: [['fd', ufd], ['mode', mode]],
  uses: [files, fs],
  level: 'full',
  run(task, fd, bits) {
    const file = task.files.get(fd)
    return file === null ? -EBADF : changeMode(task, file.path, bits)
  },
})

/** fchmodat(2) of the kernel: without flags. */
export const fchmodat = /* @__PURE__ */ defineSyscall('fchmodat', {
  args: [['dfd', atFd], ['filename', path], ['mode', mode]],
  uses: [files, fs],
  level: 'full',
  run: (task, dfd, filename, bits) => chmodPath(task, dfd, filename, bits, 0),
})

/** fchmodat2(2). */
export const fchmodat2 = /* @__PURE__ */ defineSyscall('fchmodat2', {
  args: [['dfd', atFd], ['filename', path], ['mode', mode], ['flags', chmodFlags]],
  uses: [files, fs],
  run: (task, dfd, filename, bits, at) => chmodPath(task, dfd, filename, bits, at),
})

/** chown(2). */
export const chown = /* @__PURE__ */ defineSyscall('chown', {
  args: [['filename', path], ['user', uid], ['group', gid]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, user, group) => chownPath(task, AT.AT_FDCWD, filename, user, group, 0),
})

/** lchown(2). */
export const lchown = /* @__PURE__ */ defineSyscall('lchown', {
  args: [['filename', path], ['user', uid], ['group', gid]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, user, group) => chownPath(task, AT.AT_FDCWD, filename, user, group, AT_FLAGS.AT_SYMLINK_NOFOLLOW),
})

/** fchown(2). */
export const fchown = /* @__PURE__ */ defineSyscall('fchown', {
  args: [['fd', ufd], ['user', uid], ['group', gid]],
  uses: [files, fs],
  level: 'full',
  run: (task, fd, user, group) => chownFd(task, fd, user, group),
})

/** fchownat(2). */
export const fchownat = /* @__PURE__ */ defineSyscall('fchownat', {
  args: [['dfd', atFd], ['filename', path], ['user', uid], ['group', gid], ['flag', chownFlags]],
  uses: [files, fs],
  level: 'full',
  run: (task, dfd, filename, user, group, at) => chownPath(task, dfd, filename, user, group, at),
})

/** chown(2) with 16-bit ids. */
export const chown16 = /* @__PURE__ */ defineSyscall('chown16', {
  args: [['filename', path], ['user', uid16], ['group', gid16]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, user, group) => chownPath(task, AT.AT_FDCWD, filename, wide(user), wide(group), 0),
})

/** lchown(2) with 16-bit ids. */
export const lchown16 = /* @__PURE__ */ defineSyscall('lchown16', {
  args: [['filename', path], ['user', uid16], ['group', gid16]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, user, group) => chownPath(task, AT.AT_FDCWD, filename, wide(user), wide(group), AT_FLAGS.AT_SYMLINK_NOFOLLOW),
})

/** fchown(2) with 16-bit ids. */
export const fchown16 = /* @__PURE__ */ defineSyscall('fchown16', {
  args: [['fd', ufd], ['user', uid16], ['group', gid16]],
  uses: [files, fs],
  level: 'full',
  run: (task, fd, user, group) => chownFd(task, fd, wide(user), wide(group)),
})
