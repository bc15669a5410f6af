import { EACCES, EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, EOVERFLOW, EPERM, EROFS, ETXTBSY } from '../abi/errno.js'
import { IN_EVENTS } from '../abi/flags/inotify.js'
import { MS_MOUNT } from '../abi/flags/mount.js'
import { OPEN_FLAGS, OPEN_MASKS } from '../abi/flags/open.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import type { Dentry, Path } from '../kernel/ports/fs.js'
import { MAY, S_IALLUGO } from './constants.js'
import { crossMounts } from './dentry.js'
import { openAt, type OpenFile } from './file.js'
import { isDirectory, lookup, Walk, type FsTask } from './namei.js'
import { notifyEntry, notifyPath } from './notify.js'
import { inheritOwner, inodePermission, ownerOrCapable, wantWrite } from './permission.js'
import { truncatePath } from './truncate.js'

/** Flags that open and openat know; others are ignored there (VALID_OPEN_FLAGS). */
export const VALID_OPEN_FLAGS =
  OPEN_MASKS.O_ACCMODE | OPEN_FLAGS.O_CREAT | OPEN_FLAGS.O_EXCL | OPEN_FLAGS.O_NOCTTY | OPEN_FLAGS.O_TRUNC | OPEN_FLAGS.O_APPEND | OPEN_FLAGS.O_NONBLOCK | OPEN_FLAGS.O_SYNC | OPEN_FLAGS.O_DSYNC | OPEN_FLAGS.FASYNC | OPEN_FLAGS.O_DIRECT | OPEN_FLAGS.O_LARGEFILE |
  OPEN_FLAGS.O_DIRECTORY | OPEN_FLAGS.O_NOFOLLOW | OPEN_FLAGS.O_NOATIME | OPEN_FLAGS.O_CLOEXEC | OPEN_FLAGS.O_PATH | OPEN_MASKS.__O_TMPFILE
const PATH_FLAGS = OPEN_FLAGS.O_DIRECTORY | OPEN_FLAGS.O_NOFOLLOW | OPEN_FLAGS.O_PATH | OPEN_FLAGS.O_CLOEXEC
/** Largest size that a program without O_LARGEFILE may open. */
const MAX_NON_LFS = 0x7fffffff

/** How to open: open_how of openat2. */
export interface OpenHow {
  flags: number
  mode: number
  resolve: number
}

/** What open(2) leaves out of its arguments. Linux: build_open_how. */
export function openHow(flags: number, mode: number): OpenHow {
  let kept = flags & VALID_OPEN_FLAGS
  if ((kept & OPEN_FLAGS.O_PATH) !== 0) kept &= PATH_FLAGS
  return { flags: kept, mode: (kept & (OPEN_FLAGS.O_CREAT | OPEN_MASKS.__O_TMPFILE)) !== 0 ? mode & S_IALLUGO : 0, resolve: 0 }
}

/** Whether flags and mode make sense together: 0 or -EINVAL. Linux: build_open_flags. */
export function checkOpenHow({ flags, mode, resolve }: OpenHow): number {
  if ((flags & ~VALID_OPEN_FLAGS) !== 0 || (resolve & ~0x3f) !== 0 || (resolve & 0x18) === 0x18) return -EINVAL
  if ((flags & (OPEN_FLAGS.O_CREAT | OPEN_MASKS.__O_TMPFILE)) !== 0 ? (mode & ~S_IALLUGO) !== 0 : mode !== 0) return -EINVAL
  if ((flags & (OPEN_FLAGS.O_DIRECTORY | OPEN_FLAGS.O_CREAT)) === (OPEN_FLAGS.O_DIRECTORY | OPEN_FLAGS.O_CREAT)) return -EINVAL
  if ((flags & OPEN_MASKS.__O_TMPFILE) !== 0 && ((flags & OPEN_FLAGS.O_TMPFILE) !== OPEN_FLAGS.O_TMPFILE || accessOf(flags) === MAY.read)) return -EINVAL
  if ((flags & OPEN_FLAGS.O_PATH) !== 0 && (flags & ~PATH_FLAGS) !== 0) return -EINVAL
  return 0
}

/** MAY bits that an access mode asks for; O_TRUNC asks for writing too. */
function accessOf(flags: number): number {
  if ((flags & OPEN_FLAGS.O_PATH) !== 0) return 0
  const access = [MAY.read, MAY.write, MAY.read | MAY.write, MAY.read | MAY.write][flags & OPEN_MASKS.O_ACCMODE]!
  return (flags & OPEN_FLAGS.O_TRUNC) !== 0 ? access | MAY.write : access
}

/**
 * Opens a path. Linux: do_filp_open.
 *
 * @returns the file with one reference, or -errno
 */
export function openFile(task: FsTask, dirfd: number, name: string, how: OpenHow): OpenFile | number {
  const invalid = checkOpenHow(how)
  if (invalid !== 0) return invalid
  const { flags, resolve } = how
  if ((flags & OPEN_MASKS.__O_TMPFILE) !== 0) return openTmpfile(task, dirfd, name, how)
  const follow = (flags & OPEN_FLAGS.O_NOFOLLOW) === 0
  if ((flags & OPEN_FLAGS.O_PATH) !== 0) {
    const path = lookup(task, dirfd, name, { follow, directory: (flags & OPEN_FLAGS.O_DIRECTORY) !== 0, resolve })
    return typeof path === 'number' ? path : openAt(task.kernel, path, flags, task)
  }
  if (name === '') return -ENOENT
  const walk = Walk.start(task, dirfd, name, { resolve })
  if (typeof walk === 'number') return walk
  const failed = walk.toParent(name)
  if (failed !== 0) return failed
  const created = (flags & OPEN_FLAGS.O_CREAT) === 0 ? walk.toEnd(follow) : createLast(task, walk, how)
  if (typeof created === 'number' && created < 0) return created
  return finish(task, walk, how, created === 1)
}

/** Goes to the last component and makes it when it is missing; 1 when it was made. Linux: open_last_lookups, lookup_open. */
function createLast(task: FsTask, walk: Walk, { flags, mode }: OpenHow): number {
  const follow = (flags & (OPEN_FLAGS.O_NOFOLLOW | OPEN_FLAGS.O_EXCL)) === 0
  for (;;) {
    if (walk.kind !== 'name') return walk.step(walk.last, walk.kind === 'root' ? 'dot' : walk.kind, false) as number
    if (walk.trailing) return -EISDIR
    const parent = walk.path
    const next = walk.step(walk.last, walk.kind, follow)
    if (typeof next === 'string') {
      const failed = walk.toParent(next)
      if (failed !== 0) return failed
      continue
    }
    if (next !== -ENOENT) return next
    const made = makeFile(task, parent, walk.last, mode)
    if (typeof made === 'number') return made
    walk.path = { mount: parent.mount, dentry: made }
    return 1
  }
}

function makeFile(task: FsTask, parent: Path, name: string, mode: number): Dentry | number {
  const directory = parent.dentry
  const readOnly = wantWrite(parent.mount)
  if (readOnly !== 0) return readOnly
  if (directory.unlinked) return -ENOENT
  const denied = inodePermission(task.creds, directory.inode, MAY.write | MAY.exec)
  if (denied !== 0) return denied
  const owner = inheritOwner(task.creds, directory.inode, STAT_MODE.S_IFREG | (mode & ~task.fs.umask))
  const made = directory.inode.create(directory, name, { ...owner, rdev: 0 })
  if (typeof made !== 'number') notifyEntry(directory.inode, name, made.inode, IN_EVENTS.IN_CREATE)
  return made
}

/** Linux: do_open, may_open. */
function finish(task: FsTask, walk: Walk, { flags }: OpenHow, created: boolean): OpenFile | number {
  const { path } = walk
  const { inode } = path.dentry
  if ((flags & OPEN_FLAGS.O_CREAT) !== 0) {
    if ((flags & OPEN_FLAGS.O_EXCL) !== 0 && !created) return -EEXIST
    if (isDirectory(path)) return -EISDIR
  }
  if (((flags & OPEN_FLAGS.O_DIRECTORY) !== 0 || walk.trailing) && !isDirectory(path)) return -ENOTDIR
  const truncate = (flags & OPEN_FLAGS.O_TRUNC) !== 0 && !created && (inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFREG
  if (truncate && wantWrite(path.mount) !== 0) return -EROFS
  const denied = created ? 0 : mayOpen(task, path, flags)
  if (denied !== 0) return denied
  const regular = (inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFREG
  if (regular && (flags & OPEN_MASKS.O_ACCMODE) !== OPEN_FLAGS.O_RDONLY) {
    if (wantWrite(path.mount) !== 0) return -EROFS
    if (inode.writers < 0) return -ETXTBSY
  }
  if (regular && (flags & OPEN_FLAGS.O_LARGEFILE) === 0 && inode.size > MAX_NON_LFS) return -EOVERFLOW
  const file = openAt(task.kernel, path, flags, task)
  if (typeof file === 'number' || !truncate) return file
  if (inode.writers < 0) {
    file.release()
    return -ETXTBSY // O_TRUNC writes, whatever the access mode says
  }
  const failed = truncatePath(task, inode, 0)
  if (failed === 0) {
    notifyPath(path, IN_EVENTS.IN_MODIFY)
    return file
  }
  file.release()
  return failed
}

function mayOpen(task: FsTask, path: Path, flags: number): number {
  const { inode } = path.dentry
  const access = accessOf(flags)
  switch (inode.mode & STAT_MODE.S_IFMT) {
    case STAT_MODE.S_IFLNK: return -ELOOP
    case STAT_MODE.S_IFDIR:
      if ((access & MAY.write) !== 0) return -EISDIR
      break
    case STAT_MODE.S_IFBLK: case STAT_MODE.S_IFCHR:
      if ((path.mount.flags & MS_MOUNT.MS_NODEV) !== 0) return -EACCES
      break
  }
  const denied = inodePermission(task.creds, inode, access)
  if (denied !== 0) return denied
  return (flags & OPEN_FLAGS.O_NOATIME) !== 0 && !ownerOrCapable(task.creds, inode) ? -EPERM : 0
}

/** Linux: do_tmpfile, vfs_tmpfile. */
function openTmpfile(task: FsTask, dirfd: number, name: string, { flags, mode, resolve }: OpenHow): OpenFile | number {
  const path = lookup(task, dirfd, name, { follow: (flags & OPEN_FLAGS.O_NOFOLLOW) === 0, directory: true, resolve })
  if (typeof path === 'number') return path
  const readOnly = wantWrite(path.mount)
  if (readOnly !== 0) return readOnly
  const directory = path.dentry
  const denied = inodePermission(task.creds, directory.inode, MAY.write | MAY.exec)
  if (denied !== 0) return denied
  const owner = inheritOwner(task.creds, directory.inode, STAT_MODE.S_IFREG | (mode & ~task.fs.umask))
  const made = directory.inode.createUnnamed(directory, { ...owner, rdev: 0 })
  if (typeof made === 'number') return made
  if ((flags & OPEN_FLAGS.O_EXCL) !== 0) made.inode.linkable = false
  return openAt(task.kernel, crossMounts({ mount: path.mount, dentry: made }), flags & ~(OPEN_MASKS.__O_TMPFILE | OPEN_FLAGS.O_DIRECTORY), task)
}
