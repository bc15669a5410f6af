import { MS_MOUNT } from '../abi/flags/mount.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import type { Kernel } from '../kernel/kernel.js'
import type { Inode, Path, Timespec } from '../kernel/ports/fs.js'

const DAY = 86_400

function before(a: Timespec, b: Timespec): boolean {
  return a.seconds < b.seconds || (a.seconds === b.seconds && a.nanoseconds < b.nanoseconds)
}

/** Notes an access as the mount says; `flags` are the file's (O_NOATIME). Linux: touch_atime, relatime_need_update. */
export function touchAtime(kernel: Kernel, path: Path, flags: number): void {
  const { mount } = path
  const { inode } = path.dentry
  if ((flags & OPEN_FLAGS.O_NOATIME) !== 0 || (mount.flags & (MS_MOUNT.MS_NOATIME | MS_MOUNT.MS_RDONLY)) !== 0 || mount.sb.readOnly) return
  if ((mount.flags & MS_MOUNT.MS_NODIRATIME) !== 0 && (inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR) return
  const now = kernel.realtime()
  const fresh = before(inode.mtime, inode.atime) && before(inode.ctime, inode.atime) && now.seconds - inode.atime.seconds < DAY
  if ((mount.flags & MS_MOUNT.MS_RELATIME) !== 0 && fresh) return
  inode.atime = now
}

/** Notes that data changed: mtime and ctime. Linux: file_update_time. */
export function touchModified(kernel: Kernel, inode: Inode): void {
  inode.mtime = inode.ctime = kernel.realtime()
}

/** Notes that attributes changed. */
export function touchChanged(kernel: Kernel, inode: Inode): void {
  inode.ctime = kernel.realtime()
}
