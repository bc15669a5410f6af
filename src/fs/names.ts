import { EBUSY, EEXIST, EINVAL, EISDIR, ENAMETOOLONG, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EXDEV } from '../abi/errno.js'
import { CAP } from '../abi/flags/capability.js'
import { IN_EVENTS } from '../abi/flags/inotify.js'
import { STAT_MODE, RENAME } from '../abi/flags/stat.js'
import { capable } from '../kernel/creds.js'
import type { Dentry, Inode, NewInode, Path } from '../kernel/ports/fs.js'
import { MAY, NAME_MAX } from './constants.js'
import { isWithin } from './dentry.js'
import { dropInode } from './inode.js'
import { lookupParent, type FsTask, type Walk } from './namei.js'
import { notifyEntry, notifyInode } from './notify.js'
import { inheritOwner, inodePermission, ownerOrCapable, stickyForbids, wantWrite } from './permission.js'

function isDir(inode: Inode): boolean {
  return (inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR
}

/** The entry of a name in a walk's directory. */
function entry(task: FsTask, walk: Walk): Dentry | null | number {
  const directory = walk.path.dentry
  if (walk.last.length > NAME_MAX) return -ENAMETOOLONG
  const denied = inodePermission(task.creds, directory.inode, MAY.exec)
  return denied !== 0 ? denied : directory.inode.lookup(directory, walk.last, task)
}

/** Whether a directory takes a new name. Linux: may_create. */
function mayCreate(task: FsTask, directory: Dentry): number {
  return directory.unlinked ? -ENOENT : inodePermission(task.creds, directory.inode, MAY.write | MAY.exec)
}

/** Whether a name may go. Linux: may_delete. */
function mayDelete(task: FsTask, directory: Dentry, victim: Dentry, wantsDirectory: boolean): number {
  const denied = inodePermission(task.creds, directory.inode, MAY.write | MAY.exec)
  if (denied !== 0) return denied
  if (stickyForbids(task.creds, directory.inode, victim.inode)) return -EPERM
  if (wantsDirectory !== isDir(victim.inode)) return wantsDirectory ? -ENOTDIR : -EISDIR
  return directory.unlinked ? -ENOENT : 0
}

function isMountpoint(path: Path, dentry: Dentry): boolean {
  return path.mount.namespace.mounts.some((mount) => mount.mountpoint === dentry)
}

/**
 * Finds where a new name goes: the walk at its directory, and nothing there yet. Linux: filename_create.
 *
 * @param directory whether slashes may follow the name
 */
export function findNewName(task: FsTask, dirfd: number, name: string, directory: boolean): Walk | number {
  const walk = lookupParent(task, dirfd, name)
  if (typeof walk === 'number') return walk
  if (walk.kind !== 'name') return -EEXIST
  const found = entry(task, walk)
  if (typeof found === 'number') return found
  if (found !== null) return -EEXIST
  if (walk.trailing && !directory) return -ENOENT
  return wantWrite(walk.path.mount) || walk
}

/** Makes a directory, node or link at a new name. Linux: vfs_mkdir, vfs_mknod, vfs_symlink. */
export function makeNode(task: FsTask, dirfd: number, name: string, what: { mode: number; rdev: number; target?: string }): Dentry | number {
  const type = what.mode & STAT_MODE.S_IFMT
  const walk = findNewName(task, dirfd, name, type === STAT_MODE.S_IFDIR)
  if (typeof walk === 'number') return walk
  const directory = walk.path.dentry
  const denied = mayCreate(task, directory)
  if (denied !== 0) return denied
  const device = type === STAT_MODE.S_IFCHR || type === STAT_MODE.S_IFBLK
  if (device && !(type === STAT_MODE.S_IFCHR && what.rdev === 0) && !capable(task.creds, CAP.CAP_MKNOD)) return -EPERM
  const mode = type === STAT_MODE.S_IFLNK ? STAT_MODE.S_IFLNK | 0o777 : what.mode & ~task.fs.umask
  const owner = inheritOwner(task.creds, directory.inode, mode)
  const made: NewInode = { ...owner, rdev: device ? what.rdev : 0, ...(what.target === undefined ? {} : { target: what.target }) }
  const created = directory.inode.create(directory, walk.last, made)
  if (typeof created !== 'number') notifyEntry(directory.inode, walk.last, created.inode, IN_EVENTS.IN_CREATE)
  return created
}

/** Removes a name. Linux: do_unlinkat, do_rmdir. */
export function removeName(task: FsTask, dirfd: number, name: string, directory: boolean): number {
  const walk = lookupParent(task, dirfd, name)
  if (typeof walk === 'number') return walk
  if (walk.kind !== 'name') {
    if (!directory) return -EISDIR
    return walk.kind === 'dotdot' ? -ENOTEMPTY : walk.kind === 'dot' ? -EINVAL : -EBUSY
  }
  const { path } = walk
  const readOnly = wantWrite(path.mount)
  if (readOnly !== 0) return readOnly
  const child = entry(task, walk)
  if (typeof child === 'number') return child
  if (child === null) return -ENOENT
  if (walk.trailing && !directory) return isDir(child.inode) ? -EISDIR : -ENOTDIR
  const denied = mayDelete(task, path.dentry, child, directory)
  if (denied !== 0) return denied
  if (isMountpoint(path, child)) return -EBUSY
  if (directory && !child.inode.empty(child)) return -ENOTEMPTY
  return unlinkTold(path.dentry, child, directory)
}

/** Removes an entry and tells of it, in Linux's order: vfs_unlink, vfs_rmdir. */
function unlinkTold(from: Dentry, child: Dentry, directory: boolean): number {
  const { inode, name } = child
  inode.held++ // it goes after its link count was told
  const failed = from.inode.unlink(from, child)
  if (failed === 0 && !directory) notifyInode(inode, IN_EVENTS.IN_ATTRIB)
  dropInode(inode)
  if (failed === 0) notifyEntry(from.inode, name, inode, IN_EVENTS.IN_DELETE)
  return failed
}

/** Renames. Linux: do_renameat2, vfs_rename. */
export function renameName(task: FsTask, fromFd: number, from: string, toFd: number, to: string, flags: number): number {
  if ((flags & ~7) !== 0) return -EINVAL
  const exchange = (flags & RENAME.RENAME_EXCHANGE) !== 0
  const whiteout = (flags & RENAME.RENAME_WHITEOUT) !== 0
  if (exchange && (whiteout || (flags & RENAME.RENAME_NOREPLACE) !== 0)) return -EINVAL
  if (whiteout && !capable(task.creds, CAP.CAP_MKNOD)) return -EPERM
  const source = lookupParent(task, fromFd, from)
  if (typeof source === 'number') return source
  const target = lookupParent(task, toFd, to)
  if (typeof target === 'number') return target
  if (source.path.mount !== target.path.mount) return -EXDEV
  if (source.kind !== 'name') return -EBUSY
  if (target.kind !== 'name') return (flags & RENAME.RENAME_NOREPLACE) !== 0 ? -EEXIST : -EBUSY
  const readOnly = wantWrite(source.path.mount)
  if (readOnly !== 0) return readOnly
  const child = entry(task, source)
  if (typeof child === 'number') return child
  if (child === null) return -ENOENT
  const over = entry(task, target)
  if (typeof over === 'number') return over
  if (over !== null && (flags & RENAME.RENAME_NOREPLACE) !== 0) return -EEXIST
  if (exchange && over === null) return -ENOENT
  if (exchange && over !== null && !isDir(over.inode) && target.trailing) return -ENOTDIR
  if (!isDir(child.inode) && (source.trailing || (!exchange && target.trailing))) return -ENOTDIR
  if (isDir(child.inode) && isWithin(target.path.dentry, child)) return -EINVAL
  if (over !== null && isDir(over.inode) && isWithin(source.path.dentry, over)) return exchange ? -EINVAL : -ENOTEMPTY
  const moved = move(task, source, child, target, over, exchange)
  return moved === 0 && whiteout ? leaveWhiteout(task, source) : moved
}

/** What overlay file systems take for a removed name: device 0/0. Linux: shmem_whiteout. */
function leaveWhiteout(task: FsTask, { path, last }: Walk): number {
  const made = path.dentry.inode.create(path.dentry, last, { ...inheritOwner(task.creds, path.dentry.inode, STAT_MODE.S_IFCHR), rdev: 0 })
  return typeof made === 'number' ? made : 0
}

function move(task: FsTask, source: Walk, child: Dentry, target: Walk, over: Dentry | null, exchange: boolean): number {
  const from = source.path.dentry
  const into = target.path.dentry
  if (over !== null && over.inode === child.inode) return 0
  const directory = isDir(child.inode)
  const denied =
    mayDelete(task, from, child, directory) ||
    (over === null ? mayCreate(task, into) : mayDelete(task, into, over, exchange ? isDir(over.inode) : directory))
  if (denied !== 0) return denied
  if (from !== into) {
    const moves = directory ? inodePermission(task.creds, child.inode, MAY.write) : 0
    if (moves !== 0) return moves
    const back = exchange && over !== null && isDir(over.inode) ? inodePermission(task.creds, over.inode, MAY.write) : 0
    if (back !== 0) return back
  }
  if (isMountpoint(source.path, child) || (over !== null && isMountpoint(target.path, over))) return -EBUSY
  if (over !== null && !exchange && directory && !over.inode.empty(over)) return -ENOTEMPTY
  return renameTold(task, from, child, into, target.last, over, exchange)
}

/** Linux: the end of vfs_rename, fsnotify_move. */
function renameTold(task: FsTask, from: Dentry, child: Dentry, into: Dentry, name: string, over: Dentry | null, exchange: boolean): number {
  const oldName = child.name
  const replaced = over === null ? null : over.inode
  if (replaced !== null) replaced.held++
  const failed = from.inode.rename(from, child, into, name, over, exchange)
  if (failed === 0) {
    tellMove(task, from.inode, into.inode, oldName, name, child.inode)
    if (exchange && replaced !== null) tellMove(task, into.inode, from.inode, name, oldName, replaced)
    else if (replaced !== null) notifyInode(replaced, IN_EVENTS.IN_ATTRIB)
  }
  if (replaced !== null) dropInode(replaced)
  return failed
}

function tellMove(task: FsTask, from: Inode, into: Inode, oldName: string, name: string, moved: Inode): void {
  const cookie = from.watches === null && into.watches === null ? 0 : task.kernel.newId()
  notifyEntry(from, oldName, moved, IN_EVENTS.IN_MOVED_FROM, cookie)
  notifyEntry(into, name, moved, IN_EVENTS.IN_MOVED_TO, cookie)
  notifyInode(moved, IN_EVENTS.IN_MOVE_SELF)
}

/** fs.protected_hardlinks: others' files must be plain and writable. Linux: may_linkat, safe_hardlink_source. */
function mayLink(task: FsTask, inode: Inode): boolean {
  const both = STAT_MODE.S_ISGID | STAT_MODE.S_IXGRP
  const plain = (inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFREG && (inode.mode & STAT_MODE.S_ISUID) === 0 && (inode.mode & both) !== both
  return (plain && inodePermission(task.creds, inode, MAY.read | MAY.write) === 0) || ownerOrCapable(task.creds, inode)
}

/** Gives the inode at `from` another name. Linux: do_linkat, vfs_link. */
export function linkName(task: FsTask, from: Path, toFd: number, to: string): number {
  const walk = findNewName(task, toFd, to, false)
  if (typeof walk === 'number') return walk
  if (walk.path.mount !== from.mount) return -EXDEV
  if (!mayLink(task, from.dentry.inode)) return -EPERM
  const directory = walk.path.dentry
  const denied = mayCreate(task, directory)
  if (denied !== 0) return denied
  const { inode } = from.dentry
  if (inode.sb !== directory.inode.sb) return -EXDEV
  if (isDir(inode)) return -EPERM
  if (inode.nlink === 0 && !inode.linkable) return -ENOENT
  const made = directory.inode.link(directory, walk.last, inode)
  if (typeof made !== 'number') {
    notifyInode(inode, IN_EVENTS.IN_ATTRIB)
    notifyEntry(directory.inode, walk.last, inode, IN_EVENTS.IN_CREATE)
  }
  return typeof made === 'number' ? made : 0
}
