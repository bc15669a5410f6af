import { EBADF, EFAULT, EINTR, EINVAL, ENOTSOCK } from '../../abi/errno.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { POLL } from '../../abi/flags/poll.js'
import { MSG_FLAGS } from '../../abi/flags/sockets.js'
import type { File, FileTable } from '../../kernel/ports/files.js'
import type { SocketLayer, SocketOps, SocketWait } from '../../kernel/ports/sockets.js'
import type { BlockOptions, Task } from '../../kernel/task.js'
import { ERESTART } from '../../kernel/results.js'

/** A task with descriptors and sockets. */
export type SocketsTask = Task & { readonly files: FileTable; readonly sockets: SocketLayer }

/** sizeof(struct sockaddr_storage). */
const STORAGE = 128

/** The socket behind a descriptor with its file, or -EBADF, -ENOTSOCK. Linux: sockfd_lookup. */
export function socketOf(task: SocketsTask, fd: number): { readonly file: File; readonly socket: SocketOps } | number {
  const file = task.files.get(fd)
  if (file === null) return -EBADF
  const socket = task.sockets.of(file)
  return socket === null ? -ENOTSOCK : { file, socket }
}

/** The pinned socket of a call that goes on. */
export function socketById(task: SocketsTask, id: number): { readonly file: File; readonly socket: SocketOps } | number {
  const file = task.files.byId(id)
  const socket = file === null ? null : task.sockets.of(file)
  return file === null || socket === null ? -EBADF : { file, socket }
}

/** Copies an address in; -EINVAL or -EFAULT. Linux: move_addr_to_kernel. */
export function takeAddress(task: Task, address: number, length: number): Uint8Array | number {
  if (length < 0 || length > STORAGE) return -EINVAL
  const bytes = new Uint8Array(length)
  return length > 0 && task.memory.copyFrom(address, bytes) < length ? -EFAULT : bytes
}

/**
 * Writes an address out, cut to the int at `lengthAt`, which then says how long it is. Linux: move_addr_to_user.
 *
 * @returns 0, -EFAULT or -EINVAL (a negative length)
 */
export function putAddress(task: Task, bytes: Uint8Array, address: number, lengthAt: number): number {
  const room = task.memory.getU32(lengthAt)
  if (room < 0) return -EFAULT
  const length = Math.min(room | 0, bytes.length)
  if (length < 0) return -EINVAL
  if (length > 0 && task.memory.copyTo(address, bytes, 0, length) < length) return -EFAULT
  return task.memory.putU32(lengthAt, bytes.length)
}

/** Whether a call on a file must not wait. */
export function nonBlocking(file: File, flags: number): boolean {
  return (file.flags & OPEN_FLAGS.O_NONBLOCK) !== 0 || (flags & MSG_FLAGS.MSG_DONTWAIT) !== 0
}

/** When a wait that begins now must end: monotonic nanoseconds, or Infinity. */
export function deadlineOf(task: Task, timeout: number): number {
  return timeout === Infinity ? Infinity : task.kernel.clock.monotonic() + timeout
}

const READ = POLL.POLLIN | POLL.POLLRDNORM | POLL.POLLPRI | POLL.POLLHUP | POLL.POLLERR
const WRITE = POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLWRBAND | POLL.POLLHUP | POLL.POLLERR

/**
 * How a call on a socket waits.
 *
 * @param done what a signal makes of it: bytes moved so far, or 0 for a restart, which becomes EINTR where there is a
 *   timeout (sock_intr_errno)
 */
export function waiting(wait: SocketWait, deadline: number, done: number): BlockOptions {
  const interrupted = done > 0 ? done : deadline === Infinity ? ERESTART.sys : -EINTR
  const exclusive = wait === 'accept'
  return { deadline, interrupted, exclusive, ...(wait === 'connect' ? {} : { key: wait === 'write' ? WRITE : READ }) }
}

/** Whether the wait's time is over. */
export function expired(task: Task, deadline: number): boolean {
  return task.kernel.clock.monotonic() >= deadline
}

