import { EAGAIN, EBADF, ECONNABORTED, EINVAL, EMFILE } from '../../abi/errno.js'
import { SOCK_FLAGS } from '../../abi/flags/sockets.js'
import { nofile } from '../../fs/file-table.js'
import { files } from '../../kernel/ports/files.js'
import { sockets } from '../../kernel/ports/sockets.js'
import { int } from '../codecs.js'
import { defineSyscall } from '../define.js'
import { acceptFlags, addressOut, lengthInOut } from './codecs.js'
import { deadlineOf, expired, nonBlocking, putAddress, socketById, socketOf, waiting, type SocketsTask } from './common.js'
import { noDescriptor } from './socket.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** accept that waits: the pinned listener, until when, and where the address goes. */
    accept: { readonly file: number; readonly deadline: number; readonly address: number; readonly length: number; readonly flags: number }
  }
}

/** Linux: __sys_accept4, do_accept. */
export function acceptOn(task: SocketsTask, fd: number, address: number, length: number, flags: number): number {
  const resumed = task.progressOf('accept')
  const file = resumed === null ? task.files.get(fd) : null
  if (resumed === null && file === null) return -EBADF
  if (resumed === null && (flags & ~(SOCK_FLAGS.SOCK_CLOEXEC | SOCK_FLAGS.SOCK_NONBLOCK)) !== 0) return -EINVAL
  if (file !== null && noDescriptor(task)) return -EMFILE
  const found = resumed === null ? socketOf(task, fd) : socketById(task, resumed.file)
  if (typeof found === 'number') return found
  const state = resumed ?? { file: found.file.id, deadline: deadlineOf(task, found.socket.receiveTimeout), address, length, flags }
  const made = found.socket.accept(task, !nonBlocking(found.file, 0))
  if (typeof made === 'number') {
    if (made !== -EAGAIN || nonBlocking(found.file, 0) || expired(task, state.deadline)) return made
    if (resumed === null) task.pin(found.file)
    return task.block('accept', state, found.socket.waits('accept'), waiting('accept', state.deadline, 0))
  }
  const opened = task.sockets.open(task, made, state.flags)
  if (state.address !== 0) {
    const name = made.getAcceptedPeer()
    const refused = typeof name === 'number' ? -ECONNABORTED : putAddress(task, name, state.address, state.length)
    if (refused !== 0) {
      opened.release()
      return refused
    }
  }
  const descriptor = task.files.install(opened, nofile(task), 0, (state.flags & SOCK_FLAGS.SOCK_CLOEXEC) !== 0)
  if (descriptor < 0) opened.release()
  return descriptor
}

/** accept(2). */
export const accept = /* @__PURE__ */ defineSyscall('accept', {
  args: [['fd', int], ['upeer_sockaddr', addressOut], ['upeer_addrlen', lengthInOut]],
  uses: [files, sockets],
  run: (task, fd, address, length) => acceptOn(task, fd, address, length, 0),
})

/** accept4(2). */
export const accept4 = /* @__PURE__ */ defineSyscall('accept4', {
  args: [['fd', int], ['upeer_sockaddr', addressOut], ['upeer_addrlen', lengthInOut], ['flags', acceptFlags]],
  uses: [files, sockets],
  run: (task, fd, address, length, flags) => acceptOn(task, fd, address, length, flags),
})
