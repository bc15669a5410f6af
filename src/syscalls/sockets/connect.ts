import { EAGAIN, EALREADY, EBADF, EINPROGRESS } from '../../abi/errno.js'
import { files } from '../../kernel/ports/files.js'
import { sockets } from '../../kernel/ports/sockets.js'
import { int } from '../codecs.js'
import { defineSyscall } from '../define.js'
import { addressIn } from './codecs.js'
import { deadlineOf, expired, nonBlocking, socketById, socketOf, takeAddress, waiting } from './common.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** connect that waits: the pinned socket, until when, the address as it was, and what a timeout returns. */
    connect: { readonly file: number; readonly deadline: number; readonly address: Uint8Array; readonly late: number }
  }
}

/**
 * connect(2). A protocol that goes on alone says -EINPROGRESS, or -EALREADY to who asks again; asked once more when
 * that is over it says how it ended. AF_UNIX says -EAGAIN while the listener's queue is full.
 */
export const connect = /* @__PURE__ */ defineSyscall('connect', {
  args: [['fd', int], ['uservaddr', addressIn], ['addrlen', int]],
  uses: [files, sockets],
  run(task, fd, address, length) {
    const resumed = task.progressOf('connect')
    if (resumed === null && task.files.get(fd) === null) return -EBADF
    const name = resumed?.address ?? takeAddress(task, address, length)
    if (typeof name === 'number') return name
    const found = resumed === null ? socketOf(task, fd) : socketById(task, resumed.file)
    if (typeof found === 'number') return found
    const { file, socket } = found
    const result = socket.connect(task, name)
    const goesOn = result === -EINPROGRESS || result === -EALREADY
    if (!goesOn && result !== -EAGAIN) return result
    if (nonBlocking(file, 0)) return result
    if (result === -EINPROGRESS) {
      const already = socket.connect(task, name) // over loopback it may have ended before it returned
      if (already !== -EALREADY) return already
    }
    const state = resumed ?? { file: file.id, deadline: deadlineOf(task, socket.sendTimeout), address: name, late: result }
    if (expired(task, state.deadline)) return state.late
    if (resumed === null) task.pin(file)
    return task.block('connect', state, socket.waits('connect'), waiting('connect', state.deadline, 0))
  },
})
