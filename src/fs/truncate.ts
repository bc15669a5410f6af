import { RLIMIT } from '../abi/flags/limits.js'
import { EFBIG, EINVAL, EISDIR } from '../abi/errno.js'
import { CAP } from '../abi/flags/capability.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import { capable } from '../kernel/creds.js'
import type { Inode } from '../kernel/ports/fs.js'
import type { Task } from '../kernel/task.js'
import { SIGNALS } from '../abi/flags/signals.js'
import { MAX_LFS_FILESIZE } from './constants.js'
import { touchModified } from './times.js'

/** Writing drops set-user-ID and set-group-ID, unless the writer has CAP_FSETID. Linux: file_remove_privs. */
export function dropPrivileges(task: Task, inode: Inode): void {
  if ((inode.mode & STAT_MODE.S_IFMT) !== STAT_MODE.S_IFREG) return
  inode.xattrs?.delete('security.capability')
  if ((inode.mode & (STAT_MODE.S_ISUID | STAT_MODE.S_ISGID)) === 0 || capable(task.creds, CAP.CAP_FSETID)) return
  inode.mode &= (inode.mode & STAT_MODE.S_IXGRP) !== 0 ? ~(STAT_MODE.S_ISUID | STAT_MODE.S_ISGID) : ~STAT_MODE.S_ISUID
}

/** Tells a task that it went over RLIMIT_FSIZE. */
export function fileTooBig(task: Task): number {
  task.kernel.signals?.sendTask(task, { signo: SIGNALS.SIGXFSZ, code: 0, pid: task.tgid, uid: task.creds.uid })
  return -EFBIG
}

/** Sets the size of a file that may be written. Linux: do_truncate with inode_newsize_ok. */
export function truncatePath(task: Task, inode: Inode, length: number): number {
  const size = length === 2 ** 63 ? MAX_LFS_FILESIZE : length // 2^63-1 as numbers round it
  const type = inode.mode & STAT_MODE.S_IFMT
  if (type === STAT_MODE.S_IFDIR) return -EISDIR
  if (type !== STAT_MODE.S_IFREG) return -EINVAL
  if (size > inode.size) {
    if (size > task.group.rlimits[RLIMIT.RLIMIT_FSIZE]!.soft) return fileTooBig(task)
    if (size > inode.sb.maxBytes) return -EFBIG
  }
  const failed = inode.setSize(size)
  if (failed !== 0) return failed
  dropPrivileges(task, inode)
  touchModified(task.kernel, inode)
  return 0
}
