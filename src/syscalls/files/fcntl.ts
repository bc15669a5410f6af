import { EBADF, EBUSY, EFAULT, EINVAL, EPERM } from '../../abi/errno.js'
import { F_OWNER, FCNTL, FD_FLAGS, SEALS } from '../../abi/flags/fcntl.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { FLOCK64, FLOCK_ILP32, FLOCK_LP64 } from '../../abi/structs/io.js'
import { pipeOf } from '../../fs/anonymous.js'
import { setAsync, setOwner } from '../../fs/file-owner.js'
import { nofile } from '../../fs/file-table.js'
import { ownerOrCapable } from '../../fs/permission.js'
import { TmpfsFile } from '../../fs/tmpfs-file.js'
import { files, type File } from '../../kernel/ports/files.js'
import { PROT, VM } from '../../memory/vma.js'
import { enumeration, typed, ufd, ulong } from '../codecs.js'
import { compatUlong } from '../codecs-compat.js'
import { defineSyscall } from '../define.js'
import { duplicate } from './dup.js'
import { lockCommand, type FlockLayout } from './fcntl-locks.js'
import type { FilesTask } from './io.js'

const command = /* @__PURE__ */ enumeration('fcntl', FCNTL, 'unsigned int')
const argument = /* @__PURE__ */ typed(ulong, 'unsigned long')

const SETTABLE = OPEN_FLAGS.O_APPEND | OPEN_FLAGS.O_NONBLOCK | OPEN_FLAGS.O_DIRECT | OPEN_FLAGS.O_NOATIME

/** F_SETFL. Linux: setfl. */
function setFlags(task: FilesTask, fd: number, file: File, arg: number): number {
  const bits = arg % 4294967296 | 0
  if ((bits & OPEN_FLAGS.O_NOATIME) !== 0 && (file.flags & OPEN_FLAGS.O_NOATIME) === 0 && !ownerOrCapable(task.creds, file.inode)) return -EPERM
  const refused = file.ops.setFlags?.(file, bits) ?? 0
  if (refused !== 0) return refused
  setAsync(file, fd, (bits & OPEN_FLAGS.FASYNC) !== 0)
  file.flags = (bits & SETTABLE) | (file.flags & ~SETTABLE)
  return 0
}

function setOwnerEx(task: FilesTask, file: File, address: number): number {
  const type = task.memory.getU32(address)
  const who = task.memory.getU32(address + 4)
  if (type < 0 || who < 0) return -EFAULT
  switch (type) {
    case F_OWNER.F_OWNER_TID: case F_OWNER.F_OWNER_PID: return setOwner(task, file, who | 0)
    case F_OWNER.F_OWNER_PGRP: return setOwner(task, file, -(who | 0))
    default: return -EINVAL
  }
}

/** Whether some process may write to a file by a mapping. Linux: mapping_writably_mapped. */
function writablyMapped(task: FilesTask, { pages }: TmpfsFile): boolean {
  return [...task.kernel.tasks.values()].some(({ mm }) => mm.vmas.some((vma) => vma.backing?.id === pages.id && (vma.flags & VM.shared) !== 0 && (vma.maxProt & PROT.write) !== 0))
}

/** F_ADD_SEALS. Linux: memfd_add_seals. */
function addSeals(task: FilesTask, file: File, inode: TmpfsFile, seals: number): number {
  const refused = inode.mayAddSeals(seals, file.writable)
  if (refused !== 0) return refused
  if ((seals & ~inode.seals & SEALS.F_SEAL_WRITE) !== 0 && writablyMapped(task, inode)) return -EBUSY
  inode.seals |= seals
  return 0
}

/** Commands that O_PATH files know. Linux: check_fcntl_cmd. */
function forPaths(cmd: number): boolean {
  return cmd === FCNTL.F_DUPFD || cmd === FCNTL.F_DUPFD_CLOEXEC || cmd === FCNTL.F_DUPFD_QUERY || cmd === FCNTL.F_GETFD || cmd === FCNTL.F_SETFD || cmd === FCNTL.F_GETFL
}

/** Linux: do_fcntl. */
function fcntlOf(task: FilesTask, fd: number, cmd: number, arg: number, layout: FlockLayout): number {
  const { files: table } = task
  const file = table.getRaw(fd)
  if (file === null || ((file.flags & OPEN_FLAGS.O_PATH) !== 0 && !forPaths(cmd))) return -EBADF
  switch (cmd) {
    case FCNTL.F_DUPFD: case FCNTL.F_DUPFD_CLOEXEC:
      return arg >= nofile(task) ? -EINVAL : duplicate(task, fd, arg, cmd === FCNTL.F_DUPFD_CLOEXEC)
    case FCNTL.F_DUPFD_QUERY: {
      const other = table.getRaw(arg % 4294967296)
      return other === null ? -EBADF : other === file ? 1 : 0
    }
    case FCNTL.F_GETFD: return table.closeOnExec(fd) ? FD_FLAGS.FD_CLOEXEC : 0
    case FCNTL.F_SETFD:
      table.setCloseOnExec(fd, arg % 2 === 1)
      return 0
    case FCNTL.F_GETFL: return file.flags
    case FCNTL.F_SETFL: return setFlags(task, fd, file, arg)
    case FCNTL.F_GETOWN: return file.owner
    case FCNTL.F_SETOWN: return setOwner(task, file, arg % 4294967296 | 0)
    case FCNTL.F_GETOWN_EX: return task.memory.putU64(arg, file.owner < 0 ? F_OWNER.F_OWNER_PGRP : F_OWNER.F_OWNER_PID, Math.abs(file.owner))
    case FCNTL.F_SETOWN_EX: return setOwnerEx(task, file, arg)
    case FCNTL.F_GETSIG: return file.ownerSignal
    case FCNTL.F_SETSIG:
      if (arg > 64) return -EINVAL
      file.ownerSignal = arg
      return 0
    case FCNTL.F_GETPIPE_SZ: return pipeOf(file) === null ? -EBADF : pipeOf(file)!.slots * 4096
    case FCNTL.F_SETPIPE_SZ: return pipeOf(file)?.resize(arg, task) ?? -EBADF
    case FCNTL.F_GET_SEALS: return file.inode instanceof TmpfsFile ? file.inode.seals : -EINVAL
    case FCNTL.F_ADD_SEALS: return file.inode instanceof TmpfsFile ? addSeals(task, file, file.inode, arg) : -EINVAL
    case FCNTL.F_GETLK: case FCNTL.F_SETLK: case FCNTL.F_SETLKW: case FCNTL.F_OFD_GETLK: case FCNTL.F_OFD_SETLK: case FCNTL.F_OFD_SETLKW:
      return lockCommand(task, file, cmd, arg, layout)
    case FCNTL.F_GETLK64: return layout === FLOCK64 ? lockCommand(task, file, FCNTL.F_GETLK, arg, layout) : -EINVAL
    case FCNTL.F_SETLK64: return layout === FLOCK64 ? lockCommand(task, file, FCNTL.F_SETLK, arg, layout) : -EINVAL
    case FCNTL.F_SETLKW64: return layout === FLOCK64 ? lockCommand(task, file, FCNTL.F_SETLKW, arg, layout) : -EINVAL
    default: return -EINVAL
  }
}

/** fcntl(2). */
export const fcntl = /* @__PURE__ */ defineSyscall('fcntl', {
  args: [['fd', ufd], ['cmd', command], ['arg', argument]],
  uses: [files],
  notError: true,
  note: 'no leases, directory notification or write hints',
  run: (task, fd, cmd, arg) => fcntlOf(task, fd, cmd, arg, FLOCK_LP64),
})

/** fcntl(2) and fcntl64(2) of 32-bit programs. */
export const compatFcntl64 = /* @__PURE__ */ defineSyscall('compat_sys_fcntl64', {
  args: [['fd', ufd], ['cmd', command], ['arg', compatUlong]],
  uses: [files],
  notError: true,
  note: 'no leases, directory notification or write hints',
  run: (task, fd, cmd, arg) => fcntlOf(task, fd, cmd, arg, cmd === FCNTL.F_GETLK || cmd === FCNTL.F_SETLK || cmd === FCNTL.F_SETLKW ? FLOCK_ILP32 : FLOCK64),
})
