import { EAGAIN, EBADF, EFAULT, EINVAL, EOVERFLOW, ESPIPE } from '../../abi/errno.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { POLL } from '../../abi/flags/poll.js'
import { highHalf, lowHalf, signed64 } from '../../abi/int64.js'
import { MAX_RW_COUNT } from '../../fs/constants.js'
import { KernelBuffer } from '../../fs/iov-iter.js'
import { files, type File } from '../../kernel/ports/files.js'
import { ERESTART } from '../../kernel/results.js'
import { fd, sizeT } from '../codecs.js'
import { compatSizeT } from '../codecs-compat.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { AT_POSITION, readFile, writeFile, type FilesTask } from './io.js'
import { givesPages, takesPages } from './splice.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** sendfile whose output is full: both files pinned, where reading goes on, and what has been sent. */
    sendfile: { readonly from: number; readonly to: number; readonly moves: boolean; position: number; done: number; left: number }
  }
}

const loffInOut = /* @__PURE__ */ pointer('loff_t', 'inout')
const compatOffInOut = /* @__PURE__ */ pointer('compat_off_t', 'inout')
const CHUNK = 65_536

/** What sendfile's descriptors must be: the files, or -errno. Linux: do_sendfile. */
function check(task: FilesTask, outFd: number, inFd: number, position: number | null): { from: File; to: File } | number {
  const from = task.files.get(inFd)
  if (from === null || !from.readable) return -EBADF
  if (position !== null && from.ops.seekable !== true) return -ESPIPE
  if (position !== null && position < 0) return -EINVAL
  const to = task.files.get(outFd)
  if (to === null || !to.writable) return -EBADF
  if (from.ops.seekable !== true || !givesPages(from) || !takesPages(to) || (to.flags & OPEN_FLAGS.O_APPEND) !== 0) return -EINVAL
  return { from, to }
}

/** Copies through chunks; what the output did not take is read again. */
function send(task: FilesTask, outFd: number, inFd: number, position: number | null, count: number): { result: number; position: number } {
  const waiting = task.progressOf('sendfile')
  let state = waiting
  if (state === null) {
    const both = check(task, outFd, inFd, position)
    if (typeof both === 'number') return { result: both, position: 0 }
    const start = position ?? both.from.position
    state = { from: both.from.id, to: both.to.id, moves: position === null, position: start, done: 0, left: Math.min(count, MAX_RW_COUNT) }
  }
  const from = task.files.byId(state.from)
  const to = task.files.byId(state.to)
  if (from === null || to === null) return { result: -EBADF, position: 0 }
  const outcome = pump(task, from, to, state)
  if (state.moves) from.position = state.position
  if (outcome === -EAGAIN && (to.flags & OPEN_FLAGS.O_NONBLOCK) === 0) {
    if (waiting === null) {
      task.pin(from)
      task.pin(to)
    }
    const key = POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLERR
    const result = task.block('sendfile', state, to.ops.queues?.(to, task) ?? [], { exclusive: true, key, interrupted: state.done > 0 ? state.done : ERESTART.sys })
    return { result, position: state.position }
  }
  return { result: state.done > 0 ? state.done : outcome, position: state.position }
}

function pump(task: FilesTask, from: File, to: File, state: { position: number; done: number; left: number }): number {
  const { memory } = task.kernel
  const space = new Uint8Array(Math.min(state.left, CHUNK))
  while (state.left > 0) {
    const chunk = new KernelBuffer(memory, space.subarray(0, Math.min(state.left, CHUNK)))
    const got = readFile(task, from, chunk, state.position)
    if (got <= 0) return got
    const sent = writeFile(task, to, new KernelBuffer(memory, chunk.bytes.subarray(0, got)), AT_POSITION)
    if (sent < 0) return sent
    state.position += sent
    state.done += sent
    state.left -= sent
    if (sent < got) return -EAGAIN
  }
  return 0
}

/** sendfile64(2); sendfile(2) of 64-bit programs. */
export const sendfile64 = /* @__PURE__ */ defineSyscall('sendfile64', {
  args: [['out_fd', fd], ['in_fd', fd], ['offset', loffInOut], ['count', sizeT]],
  uses: [files],
  run(task, outFd, inFd, offset, count) {
    let position: number | null = null
    if (offset !== 0) {
      const low = task.memory.getU32(offset)
      const high = task.memory.getU32(offset + 4)
      if (low < 0 || high < 0) return -EFAULT
      position = signed64(low, high)
    }
    const { result, position: end } = send(task, outFd, inFd, position, count)
    if (result >= 0 && offset !== 0 && task.memory.putU64(offset, lowHalf(end), highHalf(end)) !== 0) return -EFAULT
    return result
  },
})

/** sendfile(2) of 32-bit programs: offsets up to 2 GiB. */
export const compatSendfile = /* @__PURE__ */ defineSyscall('compat_sys_sendfile', {
  args: [['out_fd', fd], ['in_fd', fd], ['offset', compatOffInOut], ['count', compatSizeT]],
  uses: [files],
  run(task, outFd, inFd, offset, count) {
    let position: number | null = null
    if (offset !== 0) {
      const word = task.memory.getU32(offset)
      if (word < 0) return -EFAULT
      position = word | 0
    }
    const { result, position: end } = send(task, outFd, inFd, position, count)
    if (result < 0 || offset === 0) return result
    return end > 0x7fffffff ? -EOVERFLOW : task.memory.putU32(offset, end) === 0 ? result : -EFAULT
  },
})
