import { EAGAIN, EBADF, EFAULT, EFBIG, EINTR, EINVAL, EISDIR, ENOTDIR, EOPNOTSUPP, ESPIPE } from '../../abi/errno.js'
import { IN_EVENTS } from '../../abi/flags/inotify.js'
import { RLIMIT } from '../../abi/flags/limits.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { POLL } from '../../abi/flags/poll.js'
import { RWF } from '../../abi/flags/rw.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { MAX_RW_COUNT } from '../../fs/constants.js'
import { UserBuffer } from '../../fs/iov-iter.js'
import { notifyPath } from '../../fs/notify.js'
import { touchAtime, touchModified } from '../../fs/times.js'
import { dropPrivileges, fileTooBig } from '../../fs/truncate.js'
import { accessOk } from './iovec.js'
import type { File, FileTable, IoBuffer } from '../../kernel/ports/files.js'
import { ERESTART } from '../../kernel/results.js'
import type { Task } from '../../kernel/task.js'

/** A read or write that waits. The segments were copied at first entry; the data of a write is read as room comes. */
export interface IoProgress {
  /** Id of the pinned file. */
  readonly file: number
  /** Address and length in turn. */
  readonly segments: readonly number[]
  /** Bytes moved. */
  done: number
  /** When a socket's SO_RCVTIMEO or SO_SNDTIMEO is over: monotonic nanoseconds; Infinity for other files. */
  readonly deadline: number
}

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** read, write and their kin. */
    io: IoProgress
  }
}

/** A task with descriptors. */
export type FilesTask = Task & { readonly files: FileTable }

/** Position that means: the file's own. */
export const AT_POSITION = -1

const READ_KEY = POLL.POLLIN | POLL.POLLRDNORM | POLL.POLLHUP | POLL.POLLERR
const WRITE_KEY = POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLHUP | POLL.POLLERR
/** Offsets above need O_LARGEFILE. */
const MAX_NON_LFS = 0x7fffffff

function type(file: File): number {
  return file.inode.mode & STAT_MODE.S_IFMT
}

/** What a descriptor must be to be read, and the segments cut to what one call moves; -errno or 0. Linux: vfs_read, rw_verify_area. */
function checkSegments(segments: number[]): number {
  let total = 0
  for (let i = 0; i < segments.length; i += 2) {
    if (!accessOk(segments[i]!, segments[i + 1]!)) return -EFAULT
    segments[i + 1] = Math.min(segments[i + 1]!, MAX_RW_COUNT - total)
    total += segments[i + 1]!
  }
  return 0
}

/** preadv2's and pwritev2's flags that change nothing here are let through. Linux: kiocb_set_rw_flags. */
function checkFlags(file: File, flags: number): number {
  const known = RWF.RWF_HIPRI | RWF.RWF_DSYNC | RWF.RWF_SYNC | RWF.RWF_NOWAIT | RWF.RWF_APPEND | RWF.RWF_NOAPPEND
  if ((flags & ~known) !== 0) return -EOPNOTSUPP
  if ((flags & RWF.RWF_APPEND) !== 0 && (flags & RWF.RWF_NOAPPEND) !== 0) return -EINVAL
  if ((flags & RWF.RWF_NOWAIT) !== 0 && type(file) === STAT_MODE.S_IFREG) return -EOPNOTSUPP // no FMODE_NOWAIT for tmpfs and proc
  return 0
}

function deadlineOf(task: Task, timeout = Infinity): number {
  return timeout === Infinity ? Infinity : task.kernel.clock.monotonic() + timeout
}

function late(task: Task, { deadline }: IoProgress): boolean {
  return deadline !== Infinity && task.kernel.clock.monotonic() >= deadline
}

/** What a signal makes of a wait; a socket's timeout forbids the restart (sock_intr_errno). */
function interrupted({ done, deadline }: IoProgress): number {
  return done > 0 ? done : deadline === Infinity ? ERESTART.sys : -EINTR
}

/**
 * Reads from a descriptor into segments of user memory, waiting as the file says.
 *
 * @param position AT_POSITION, or where to read without moving the file's position
 * @param flags RWF_* bits
 */
export function readSegments(task: FilesTask, fd: number, segments: number[], position: number, flags = 0): number {
  const resumed = task.progressOf('io')
  const file = resumed === null ? task.files.get(fd) : task.files.byId(resumed.file)
  if (file === null) return -EBADF
  if (resumed === null) {
    const refused = mayRead(file, segments, position) || checkFlags(file, flags)
    if (refused !== 0) return refused
  }
  const io = resumed ?? { file: file.id, segments, done: 0, deadline: deadlineOf(task, file.ops.receiveTimeout) }
  const buffer = new UserBuffer(task.memory, task.kernel.memory, io.segments)
  const moved = readFile(task, file, buffer, position)
  if (moved !== -EAGAIN || (file.flags & OPEN_FLAGS.O_NONBLOCK) !== 0 || (flags & RWF.RWF_NOWAIT) !== 0 || late(task, io)) return moved
  if (resumed === null) task.pin(file)
  return task.block('io', io, file.ops.queues?.(file, task) ?? [], { exclusive: true, key: READ_KEY, deadline: io.deadline, interrupted: interrupted(io) })
}

function mayRead(file: File, segments: number[], position: number): number {
  if (position !== AT_POSITION && file.ops.seekable !== true) return -ESPIPE
  if (!file.readable) return -EBADF
  if (type(file) === STAT_MODE.S_IFDIR) return -EISDIR
  if (file.ops.read === undefined) return -EINVAL
  return checkSegments(segments)
}

/** One attempt to read; moves the position and the access time. */
export function readFile(task: Task, file: File, to: IoBuffer, position: number): number {
  const at = position === AT_POSITION ? (file.ops.seekable === true ? file.position : 0) : position
  const asked = to.left
  const moved = file.ops.read?.(file, to, at, task) ?? -EINVAL
  if (moved > 0 && position === AT_POSITION && file.ops.seekable === true) file.position = at + moved
  if (moved > 0 || (moved === 0 && asked > 0 && type(file) === STAT_MODE.S_IFREG)) touchAtime(task.kernel, file.path, file.flags)
  if (moved > 0) notifyPath(file.path, IN_EVENTS.IN_ACCESS)
  return moved
}

/**
 * Writes segments of user memory to a descriptor; parameters as for {@link readSegments}. Streams go on until all is
 * written or a signal comes.
 */
export function writeSegments(task: FilesTask, fd: number, segments: number[], position: number, flags = 0): number {
  const resumed = task.progressOf('io')
  const file = resumed === null ? task.files.get(fd) : task.files.byId(resumed.file)
  if (file === null) return -EBADF
  if (resumed === null) {
    const refused = mayWrite(file, segments, position) || checkFlags(file, flags)
    if (refused !== 0) return refused
  }
  const io = resumed ?? { file: file.id, segments, done: 0, deadline: deadlineOf(task, file.ops.sendTimeout) }
  const buffer = new UserBuffer(task.memory, task.kernel.memory, io.segments, io.done)
  const moved = writeFile(task, file, buffer, position, flags)
  if (moved >= 0) io.done += moved
  else if (moved !== -EAGAIN) return io.done > 0 ? io.done : moved
  const wants = moved === -EAGAIN || (file.ops.streams === true && buffer.left > 0 && !buffer.faulted)
  if (!wants) return io.done
  if ((file.flags & OPEN_FLAGS.O_NONBLOCK) !== 0 || (flags & RWF.RWF_NOWAIT) !== 0 || late(task, io)) return io.done > 0 ? io.done : -EAGAIN
  if (resumed === null) task.pin(file)
  return task.block('io', io, file.ops.queues?.(file, task) ?? [], { exclusive: true, key: WRITE_KEY, deadline: io.deadline, interrupted: interrupted(io) })
}

function mayWrite(file: File, segments: number[], position: number): number {
  if (position !== AT_POSITION && file.ops.seekable !== true) return -ESPIPE
  if (!file.writable) return -EBADF
  if (file.ops.write === undefined) return -EINVAL
  return checkSegments(segments)
}

/** One attempt to write; limits, position and times of regular files. Linux: generic_write_checks, file_update_time. */
export function writeFile(task: Task, file: File, from: IoBuffer, position: number, flags = 0): number {
  const regular = type(file) === STAT_MODE.S_IFREG
  const append = ((file.flags & OPEN_FLAGS.O_APPEND) !== 0 && (flags & RWF.RWF_NOAPPEND) === 0) || (flags & RWF.RWF_APPEND) !== 0
  const stream = file.ops.seekable !== true
  const at = stream ? 0 : regular && append ? file.inode.size : position === AT_POSITION ? file.position : position
  if (regular && from.left > 0) {
    const refused = limit(task, file, from, at)
    if (refused !== 0) return refused
  }
  const asked = from.left
  if (regular && asked > 0) dropPrivileges(task, file.inode)
  const moved = file.ops.write?.(file, from, at, task) ?? -EINVAL
  if (moved > 0) {
    if (!stream && position === AT_POSITION) file.position = at + moved
    if (regular || type(file) === STAT_MODE.S_IFIFO) touchModified(task.kernel, file.inode)
    notifyPath(file.path, IN_EVENTS.IN_MODIFY)
  }
  return moved
}

function limit(task: Task, file: File, from: IoBuffer, at: number): number {
  const most = task.group.rlimits[RLIMIT.RLIMIT_FSIZE]!.soft
  if (most !== Infinity) {
    if (at >= most) return fileTooBig(task)
    from.truncate(most - at)
  }
  const largest = (file.flags & OPEN_FLAGS.O_LARGEFILE) !== 0 ? file.inode.sb.maxBytes : Math.min(MAX_NON_LFS, file.inode.sb.maxBytes)
  if (at >= largest) return -EFBIG
  from.truncate(largest - at)
  return 0
}

/** A descriptor that must be a directory; the file or -errno. */
export function directoryOf(task: FilesTask, fd: number): File | number {
  const file = task.files.get(fd)
  if (file === null) return -EBADF
  return type(file) === STAT_MODE.S_IFDIR ? file : -ENOTDIR
}
