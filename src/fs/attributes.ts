import { EINVAL, EPERM } from '../abi/errno.js'
import { CAP } from '../abi/flags/capability.js'
import { IN_EVENTS } from '../abi/flags/inotify.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import { capable, inGroup } from '../kernel/creds.js'
import type { Path, Timespec } from '../kernel/ports/fs.js'
import type { Task } from '../kernel/task.js'
import { MAY, S_IALLUGO } from './constants.js'
import { notifyPath } from './notify.js'
import { inodePermission, ownerOrCapable, wantWrite } from './permission.js'
import { touchChanged } from './times.js'

/** Sets permission bits. Linux: chmod_common, setattr_prepare. */
export function changeMode(task: Task, path: Path, mode: number): number {
  const refused = wantWrite(path.mount) || path.dentry.inode.attributesError
  if (refused !== 0) return refused
  const { inode } = path.dentry
  if (!ownerOrCapable(task.creds, inode)) return -EPERM
  let bits = mode & S_IALLUGO
  if (!inGroup(task.creds, inode.gid) && !capable(task.creds, CAP.CAP_FSETID)) bits &= ~STAT_MODE.S_ISGID
  inode.mode = (inode.mode & STAT_MODE.S_IFMT) | bits
  touchChanged(task.kernel, inode)
  notifyPath(path, IN_EVENTS.IN_ATTRIB)
  return 0
}

/** No change of an owner, as chown(2) passes it. */
export const KEEP = 0xffffffff

/** Sets owner and group; set-id bits go. Linux: chown_common, chown_ok, chgrp_ok. */
export function changeOwner(task: Task, path: Path, uid: number, gid: number): number {
  const refused = wantWrite(path.mount) || path.dentry.inode.attributesError
  if (refused !== 0) return refused
  const { inode } = path.dentry
  const { creds } = task
  const privileged = capable(creds, CAP.CAP_CHOWN)
  const owns = creds.fsuid === inode.uid
  if (uid !== KEEP && !privileged && !(owns && uid === inode.uid)) return -EPERM
  if (gid !== KEEP && !privileged && !(owns && (gid === inode.gid || inGroup(creds, gid)))) return -EPERM
  if (uid !== KEEP) inode.uid = uid
  if (gid !== KEEP) inode.gid = gid
  if ((inode.mode & STAT_MODE.S_IFMT) !== STAT_MODE.S_IFDIR) {
    inode.mode &= (inode.mode & STAT_MODE.S_IXGRP) !== 0 ? ~(STAT_MODE.S_ISUID | STAT_MODE.S_ISGID) : ~STAT_MODE.S_ISUID
    inode.xattrs?.delete('security.capability')
  }
  touchChanged(task.kernel, inode)
  notifyPath(path, IN_EVENTS.IN_ATTRIB)
  return 0
}

/** A new time: a point, now, or none. */
export type NewTime = Timespec | 'now' | 'keep'

/** Sets access and modification times; both `now` needs only write permission. Linux: vfs_utimes. */
export function changeTimes(task: Task, path: Path, atime: NewTime, mtime: NewTime): number {
  if (atime === 'keep' && mtime === 'keep') return 0
  const refused = wantWrite(path.mount) || path.dentry.inode.attributesError
  if (refused !== 0) return refused
  const { inode } = path.dentry
  if (!ownerOrCapable(task.creds, inode)) {
    if (atime !== 'now' || mtime !== 'now') return -EPERM
    const denied = inodePermission(task.creds, inode, MAY.write)
    if (denied !== 0) return denied
  }
  const now = task.kernel.realtime()
  if (atime !== 'keep') inode.atime = atime === 'now' ? now : atime
  if (mtime !== 'keep') inode.mtime = mtime === 'now' ? now : mtime
  inode.ctime = now
  // Linux: fsnotify_change
  notifyPath(path, mtime === 'keep' ? IN_EVENTS.IN_ACCESS : atime === 'keep' ? IN_EVENTS.IN_MODIFY : IN_EVENTS.IN_ATTRIB)
  return 0
}

/** A time of utimensat: UTIME_NOW, UTIME_OMIT, or a point whose nanoseconds make sense. */
export function newTime(seconds: number, nanoseconds: number): NewTime | number {
  if (nanoseconds === 0x3fffffff) return 'now'
  if (nanoseconds === 0x3ffffffe) return 'keep'
  return nanoseconds < 0 || nanoseconds > 999_999_999 ? -EINVAL : { seconds, nanoseconds }
}
