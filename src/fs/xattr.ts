import { E2BIG, EEXIST, EINVAL, ENODATA, ENOSPC, EOPNOTSUPP, EPERM, ERANGE } from '../abi/errno.js'
import { CAP } from '../abi/flags/capability.js'
import { IN_EVENTS } from '../abi/flags/inotify.js'
import { STAT_MODE, XATTR } from '../abi/flags/stat.js'
import { capable } from '../kernel/creds.js'
import type { Inode, Path } from '../kernel/ports/fs.js'
import type { Task } from '../kernel/task.js'
import { MAY } from './constants.js'
import { notifyPath } from './notify.js'
import { inodePermission, ownerOrCapable, wantWrite } from './permission.js'
import { touchChanged } from './times.js'

/** Longest value and list. */
export const XATTR_SIZE_MAX = 65_536

/** Whether a name's class may be used on an inode. Linux: xattr_permission. */
function permitted(task: Task, inode: Inode, name: string, mask: number): number {
  if (name.startsWith('security.') || name.startsWith('system.')) return 0
  if (name.startsWith('trusted.')) return capable(task.creds, CAP.CAP_SYS_ADMIN) ? 0 : mask === MAY.write ? -EPERM : -ENODATA
  if (name.startsWith('user.')) {
    const type = inode.mode & STAT_MODE.S_IFMT
    if (type !== STAT_MODE.S_IFREG && type !== STAT_MODE.S_IFDIR) return mask === MAY.write ? -EPERM : -ENODATA
    if (type === STAT_MODE.S_IFDIR && (inode.mode & STAT_MODE.S_ISVTX) !== 0 && mask === MAY.write && !ownerOrCapable(task.creds, inode)) return -EPERM
  }
  return inodePermission(task.creds, inode, mask)
}

/** Whether tmpfs keeps attributes of this class. */
function stored(inode: Inode, name: string): boolean {
  return inode.xattrs !== null && /^(user|trusted|security)\../.test(name)
}

/** A class without a name, or no class at all. Linux: xattr_resolve_name. */
function unknownName(name: string): number {
  return /^(user|trusted|security|system)\.$/.test(name) ? -EINVAL : -EOPNOTSUPP
}

/** Gets a value, null when there is none. -errno otherwise. Linux: vfs_getxattr. */
export function getAttribute(task: Task, { dentry }: Path, name: string): Uint8Array | number {
  const { inode } = dentry
  const denied = permitted(task, inode, name, MAY.read)
  if (denied !== 0) return denied
  if (!stored(inode, name)) return unknownName(name)
  return inode.xattrs!.get(name) ?? -ENODATA
}

/** Sets a value; `flags` is XATTR_CREATE or XATTR_REPLACE. Linux: vfs_setxattr. */
export function setAttribute(task: Task, path: Path, name: string, value: Uint8Array, flags: number): number {
  const readOnly = wantWrite(path.mount)
  if (readOnly !== 0) return readOnly
  const { inode } = path.dentry
  const denied = permitted(task, inode, name, MAY.write)
  if (denied !== 0) return denied
  if (name.startsWith('security.') && !capable(task.creds, name === 'security.capability' ? CAP.CAP_SETFCAP : CAP.CAP_SYS_ADMIN)) return -EPERM
  if (!stored(inode, name)) return unknownName(name)
  const has = inode.xattrs!.has(name)
  if (has && (flags & XATTR.XATTR_CREATE) !== 0) return -EEXIST
  if (!has && (flags & XATTR.XATTR_REPLACE) !== 0) return -ENODATA
  if (inode.sb.takeAttribute?.(name, value, inode.xattrs!.get(name)) === false) return -ENOSPC
  inode.xattrs!.set(name, value)
  touchChanged(task.kernel, inode)
  notifyPath(path, IN_EVENTS.IN_ATTRIB)
  return 0
}

/** Removes an attribute. Linux: vfs_removexattr. */
export function removeAttribute(task: Task, path: Path, name: string): number {
  const readOnly = wantWrite(path.mount)
  if (readOnly !== 0) return readOnly
  const { inode } = path.dentry
  const denied = permitted(task, inode, name, MAY.write)
  if (denied !== 0) return denied
  if (name.startsWith('security.') && !capable(task.creds, CAP.CAP_SYS_ADMIN)) return -EPERM
  if (!stored(inode, name)) return unknownName(name)
  const old = inode.xattrs!.get(name)
  if (!inode.xattrs!.delete(name)) return -ENODATA
  inode.sb.takeAttribute?.(name, undefined, old)
  touchChanged(task.kernel, inode)
  notifyPath(path, IN_EVENTS.IN_ATTRIB)
  return 0
}

/** The names, each with its NUL; trusted ones only for those who may see them. Linux: simple_xattr_list. */
export function listAttributes(task: Task, { dentry }: Path): string {
  const all = capable(task.creds, CAP.CAP_SYS_ADMIN)
  return [...(dentry.inode.xattrs?.keys() ?? [])].sort().filter((name) => all || !name.startsWith('trusted.')).map((name) => `${name}\0`).join('')
}

/** How many bytes go to a buffer of `size`: -ERANGE when it is too small; size 0 asks only. */
export function fit(length: number, size: number): number {
  if (size === 0) return length
  return length > size ? (size >= XATTR_SIZE_MAX ? -E2BIG : -ERANGE) : length
}
