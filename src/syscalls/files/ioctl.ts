import { EBADF, EFAULT, ENOTTY } from '../../abi/errno.js'
import { FS_IOCTLS, SOCKET_IOCTLS, TTY_IOCTLS } from '../../abi/flags/ioctl.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { highHalf, lowHalf } from '../../abi/int64.js'
import { setAsync, setOwner } from '../../fs/file-owner.js'
import { files, type File } from '../../kernel/ports/files.js'
import { address, enumeration, ufd } from '../codecs.js'
import { compatUlong } from '../codecs-compat.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'

const request = /* @__PURE__ */ enumeration('ioctl', TTY_IOCTLS, 'unsigned int')

/** Sets or clears a status flag as the int at `argument` says. Linux: ioctl_fionbio. */
function flagBy(task: FilesTask, file: File, argument: number, flag: number): number {
  const on = task.memory.getU32(argument)
  if (on < 0) return -EFAULT
  if (on !== 0) file.flags |= flag
  else file.flags &= ~flag
  return 0
}

/** Linux: ioctl_fioasync. */
function asyncBy(task: FilesTask, fd: number, file: File, argument: number): number {
  const on = task.memory.getU32(argument)
  if (on < 0) return -EFAULT
  if ((on !== 0) !== ((file.flags & OPEN_FLAGS.FASYNC) !== 0) && file.ops.async === undefined) return -ENOTTY
  setAsync(file, fd, on !== 0)
  return 0
}

/** Who gets a socket's signals. Linux: sock_ioctl. */
function ownerBy(task: FilesTask, file: File, command: number, argument: number): number {
  if (command === SOCKET_IOCTLS.FIOGETOWN || command === SOCKET_IOCTLS.SIOCGPGRP) return task.memory.putU32(argument, file.owner)
  const who = task.memory.getU32(argument)
  return who < 0 ? -EFAULT : setOwner(task, file, who | 0)
}

/** Linux: do_vfs_ioctl, then the file's own. */
function ioctlOf(task: FilesTask, fd: number, command: number, argument: number): number {
  const file = task.files.get(fd)
  if (file === null) return -EBADF
  const type = file.inode.mode & STAT_MODE.S_IFMT
  switch (command) {
    case TTY_IOCTLS.FIOCLEX:
      task.files.setCloseOnExec(fd, true)
      return 0
    case TTY_IOCTLS.FIONCLEX:
      task.files.setCloseOnExec(fd, false)
      return 0
    case TTY_IOCTLS.FIONBIO: return flagBy(task, file, argument, OPEN_FLAGS.O_NONBLOCK)
    case TTY_IOCTLS.FIOASYNC: return asyncBy(task, fd, file, argument)
    case TTY_IOCTLS.FIOQSIZE: {
      const sized = type === STAT_MODE.S_IFDIR || type === STAT_MODE.S_IFREG || type === STAT_MODE.S_IFLNK
      return sized ? task.memory.putU64(argument, lowHalf(file.inode.size), highHalf(file.inode.size)) : -ENOTTY
    }
    case FS_IOCTLS.FIGETBSZ: return task.memory.putU32(argument, 4096)
    case SOCKET_IOCTLS.FIOSETOWN: case SOCKET_IOCTLS.SIOCSPGRP: case SOCKET_IOCTLS.FIOGETOWN: case SOCKET_IOCTLS.SIOCGPGRP:
      if (type === STAT_MODE.S_IFSOCK) return ownerBy(task, file, command, argument)
      break
    case TTY_IOCTLS.FIONREAD:
      if (type === STAT_MODE.S_IFREG) return task.memory.putU32(argument, lowHalf(file.inode.size - file.position))
      break
  }
  return file.ops.ioctl?.(file, command, argument, task) ?? -ENOTTY
}

/** ioctl(2). */
export const ioctl = /* @__PURE__ */ defineSyscall('ioctl', {
  args: [['fd', ufd], ['cmd', request], ['arg', address]],
  uses: [files],
  note: 'requests of terminals, pipes and files; no file attributes',
  run: (task, fd, command, argument) => ioctlOf(task, fd, command, argument),
})

/** ioctl(2) of 32-bit programs: the structures here are the same. */
export const compatIoctl = /* @__PURE__ */ defineSyscall('compat_sys_ioctl', {
  args: [['fd', ufd], ['cmd', request], ['arg', compatUlong]],
  uses: [files],
  note: 'requests of terminals, pipes and files; no file attributes',
  run: (task, fd, command, argument) => ioctlOf(task, fd, command, argument),
})
