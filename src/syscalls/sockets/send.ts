import { EAGAIN, EFAULT, EINVAL } from '../../abi/errno.js'
import { MSG_FLAGS } from '../../abi/flags/sockets.js'
import { MAX_RW_COUNT } from '../../fs/constants.js'
import { UserBuffer } from '../../fs/iov-iter.js'
import { files } from '../../kernel/ports/files.js'
import { sockets, type ControlData } from '../../kernel/ports/sockets.js'
import { int, sizeT } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { accessOk } from '../files/iovec.js'
import { addressIn, dataIn, messageFlags } from './codecs.js'
import { deadlineOf, expired, nonBlocking, socketById, socketOf, takeAddress, waiting, type SocketsTask } from './common.js'
import { isWide, takeControl, takeHeader } from './message.js'

/** A send with everything that was copied in; plain data but for the bytes, which are read as room comes. */
export interface SendState {
  readonly file: number
  readonly deadline: number
  readonly segments: readonly number[]
  readonly flags: number
  readonly name: Uint8Array | null
  readonly control: readonly ControlData[]
  done: number
  /** The array of sendmmsg that it is an element of; null for others. */
  readonly batch: Batch | null
}

/** Where sendmmsg or recvmmsg stands. */
export interface Batch {
  readonly at: number
  readonly count: number
  readonly flags: number
  readonly index: number
  /** recvmmsg's: monotonic nanoseconds, and where what is left is written (0: nowhere). */
  readonly end: number
  readonly timeout: number
}

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** sendto, sendmsg: see SendState. */
    send: SendState
  }
}

/** MSG_* that only the kernel may give (MSG_INTERNAL_SENDMSG_FLAGS), MSG_CMSG_COMPAT apart. */
const INTERNAL = 0x8000000 | 0x10000000 | 0x80000 | 0x20000
/** MSG_CMSG_COMPAT: never a 64-bit program's. */
const CMSG_COMPAT = 0x80000000

/** Sends until all went, as a stream, or once. -EAGAIN: it would wait. */
function attempt(task: SocketsTask, state: SendState): number {
  const found = socketById(task, state.file)
  if (typeof found === 'number') return found
  const { file, socket } = found
  const total = state.segments.reduce((sum, part, i) => (i % 2 === 1 ? sum + part : sum), 0)
  const data = new UserBuffer(task.memory, task.kernel.memory, state.segments, state.done)
  const asked = nonBlocking(file, state.flags) ? state.flags | MSG_FLAGS.MSG_DONTWAIT : state.flags
  const flags = task.progressOf('send') === null ? asked : asked & ~MSG_FLAGS.MSG_FASTOPEN // it connects once
  const sent = socket.send(task, { data, flags, name: state.name, control: state.done > 0 ? [] : state.control, sent: state.done })
  if (sent < 0) return sent === -EAGAIN || state.done === 0 ? sent : state.done
  state.done += sent
  return socket.streams === true && state.done < total && !data.faulted ? -EAGAIN : state.done
}

/** One message, waiting as the socket says. */
export function sendState(task: SocketsTask, state: SendState): number {
  const result = attempt(task, state)
  if (result !== -EAGAIN) return result
  const found = socketById(task, state.file)
  if (typeof found === 'number') return found
  if (nonBlocking(found.file, state.flags) || expired(task, state.deadline)) return state.done > 0 ? state.done : -EAGAIN
  if (task.progressOf('send') === null) task.pin(found.file)
  return task.block('send', state, found.socket.waits('write'), waiting('write', state.deadline, state.done))
}

/** sendto's and send's arguments as a message. Linux: __sys_sendto. */
export function sendTo(task: SocketsTask, fd: number, address: number, length: number, flags: number, name: number, nameLength: number): number {
  const resumed = task.progressOf('send')
  if (resumed !== null) return sendState(task, resumed)
  const bytes = Math.min(length, MAX_RW_COUNT)
  if (!accessOk(address, bytes)) return -EFAULT
  const found = socketOf(task, fd)
  if (typeof found === 'number') return found
  const to = name === 0 ? null : takeAddress(task, name, nameLength)
  if (typeof to === 'number') return to
  const deadline = deadlineOf(task, found.socket.sendTimeout)
  return sendState(task, { file: found.file.id, deadline, segments: [address, bytes], flags: flags & ~INTERNAL, name: to, control: [], done: 0, batch: null })
}

/** The message of a msghdr; -errno. Linux: sendmsg_copy_msghdr, ____sys_sendmsg. */
export function takeMessage(task: SocketsTask, file: number, timeout: number, address: number, flags: number, batch: Batch | null = null): SendState | number {
  const header = takeHeader(task, address, true)
  if (typeof header === 'number') return header
  const control = takeControl(task, header)
  if (typeof control === 'number') return control
  return { file, deadline: deadlineOf(task, timeout), segments: header.segments, flags: flags & ~INTERNAL, name: header.address, control, done: 0, batch }
}

/** sendmsg(2). */
export function sendMessage(task: SocketsTask, fd: number, address: number, flags: number): number {
  const resumed = task.progressOf('send')
  if (resumed !== null) return sendState(task, resumed)
  if (isWide(task) && (flags & CMSG_COMPAT) !== 0) return -EINVAL
  const found = socketOf(task, fd)
  if (typeof found === 'number') return found
  const state = takeMessage(task, found.file.id, found.socket.sendTimeout, address, flags)
  return typeof state === 'number' ? state : sendState(task, state)
}

const messageIn = /* @__PURE__ */ pointer('struct user_msghdr', 'in')
const compatMessageIn = /* @__PURE__ */ pointer('struct compat_msghdr', 'in')

/** sendto(2). */
export const sendto = /* @__PURE__ */ defineSyscall('sendto', {
  args: [['fd', int], ['buff', dataIn], ['len', sizeT], ['flags', messageFlags], ['addr', addressIn], ['addr_len', int]],
  uses: [files, sockets],
  run: (task, fd, address, length, flags, name, nameLength) => sendTo(task, fd, address, length, flags, name, nameLength),
})

/** sendmsg(2). */
export const sendmsg = /* @__PURE__ */ defineSyscall('sendmsg', {
  args: [['fd', int], ['msg', messageIn], ['flags', messageFlags]],
  uses: [files, sockets],
  run: (task, fd, address, flags) => sendMessage(task, fd, address, flags),
})

/** sendmsg(2) of 32-bit programs. */
export const compatSendmsg = /* @__PURE__ */ defineSyscall('compat_sys_sendmsg', {
  args: [['fd', int], ['msg', compatMessageIn], ['flags', messageFlags]],
  uses: [files, sockets],
  run: (task, fd, address, flags) => sendMessage(task, fd, address, flags),
})
