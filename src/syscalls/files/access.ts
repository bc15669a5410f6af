import { EACCES, EINVAL, EROFS } from '../../abi/errno.js'
import { ACCESS_AT_FLAGS, AT } from '../../abi/flags/fcntl.js'
import { MS_MOUNT } from '../../abi/flags/mount.js'
import { ACCESS, STAT_MODE } from '../../abi/flags/stat.js'
import { lookupUser, type FsTask } from '../../fs/namei.js'
import { inodePermission, realRights, wantWrite } from '../../fs/permission.js'
import { files } from '../../kernel/ports/files.js'
import { fs } from '../../kernel/ports/fs.js'
import { atFd, flags } from '../codecs.js'
import { path } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const accessMode = /* @__PURE__ */ flags('access', ACCESS)
const accessFlags = /* @__PURE__ */ flags('access_at', ACCESS_AT_FLAGS)

/** Linux: do_faccessat. */
function access(task: FsTask, dirfd: number, filename: number, mode: number, bits: number): number {
  if ((mode & ~7) !== 0 || (bits & ~(ACCESS_AT_FLAGS.AT_EACCESS | ACCESS_AT_FLAGS.AT_SYMLINK_NOFOLLOW | ACCESS_AT_FLAGS.AT_EMPTY_PATH)) !== 0) return -EINVAL
  const rights = (bits & ACCESS_AT_FLAGS.AT_EACCESS) !== 0 ? task.creds : realRights(task.creds)
  const found = lookupUser(task, dirfd, filename, {
    follow: (bits & ACCESS_AT_FLAGS.AT_SYMLINK_NOFOLLOW) === 0, empty: (bits & ACCESS_AT_FLAGS.AT_EMPTY_PATH) !== 0, rights,
  })
  if (typeof found === 'number') return found
  const { inode } = found.dentry
  const type = inode.mode & STAT_MODE.S_IFMT
  if ((mode & ACCESS.X_OK) !== 0 && type === STAT_MODE.S_IFREG && (found.mount.flags & MS_MOUNT.MS_NOEXEC) !== 0) return -EACCES
  const denied = inodePermission(rights, inode, mode)
  if (denied !== 0 || (mode & ACCESS.W_OK) === 0) return denied
  const special = type === STAT_MODE.S_IFCHR || type === STAT_MODE.S_IFBLK || type === STAT_MODE.S_IFIFO || type === STAT_MODE.S_IFSOCK
  return !special && wantWrite(found.mount) !== 0 ? -EROFS : 0
}

/** access(2): with the real ids. */
export const accessCall = /* @__PURE__ */ defineSyscall('access', {
  args: [['filename', path], ['mode', accessMode]],
  uses: [files, fs],
  run: (task, filename, mode) => access(task, AT.AT_FDCWD, filename, mode, 0),
})

/** faccessat(2) of the kernel: without flags. */
export const faccessat = /* @__PURE__ */ defineSyscall('faccessat', {
  args: [['dfd', atFd], ['filename', path], ['mode', accessMode]],
  uses: [files, fs],
  run: (task, dfd, filename, mode) => access(task, dfd, filename, mode, 0),
})

/** faccessat2(2). */
export const faccessat2 = /* @__PURE__ */ defineSyscall('faccessat2', {
  args: [['dfd', atFd], ['filename', path], ['mode', accessMode], ['flags', accessFlags]],
  uses: [files, fs],
  run: (task, dfd, filename, mode, bits) => access(task, dfd, filename, mode, bits),
})
