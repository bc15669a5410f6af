import { EAGAIN, EFAULT, EINVAL } from '../../abi/errno.js'
import { POLL } from '../../abi/flags/poll.js'
import { MSG_FLAGS } from '../../abi/flags/sockets.js'
import { MAX_RW_COUNT } from '../../fs/constants.js'
import { UserBuffer } from '../../fs/iov-iter.js'
import { files, type File } from '../../kernel/ports/files.js'
import { sockets, type Incoming, type SocketCreds } from '../../kernel/ports/sockets.js'
import { incoming } from '../../sockets/socket.js'
import { int, sizeT } from '../codecs.js'
import { compatSizeT } from '../codecs-compat.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { accessOk } from '../files/iovec.js'
import { addressOut, dataOut, lengthInOut, messageFlags } from './codecs.js'
import { deadlineOf, expired, nonBlocking, putAddress, socketById, socketOf, waiting, type SocketsTask } from './common.js'
import { putControl } from './control-out.js'
import type { Batch } from './send.js'
import { isWide, nameLengthAt, putHeader, takeHeader, type MessageHeader } from './message.js'

/** A receive as it was asked for, and what came so far. */
export interface ReceiveState {
  readonly file: number
  readonly deadline: number
  readonly segments: readonly number[]
  readonly flags: number
  /** Where recvfrom writes the sender's address, or recvmsg's header. */
  readonly address: number
  readonly length: number
  readonly header: MessageHeader | null
  done: number
  outFlags: number
  creds: SocketCreds | null
  name: Uint8Array | null
  /** The array of recvmmsg that it is an element of; null for others. */
  readonly batch: Batch | null
}

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** recvfrom, recvmsg: see ReceiveState. */
    receive: ReceiveState
  }
}

/** MSG_CMSG_COMPAT. */
const CMSG_COMPAT = 0x80000000

/** One receive that ended: its result and what came beside the data. */
export interface Received {
  readonly result: number
  readonly message: Incoming
}

function bytesOf(segments: readonly number[]): number {
  return segments.reduce((sum, part, i) => (i % 2 === 1 ? sum + part : sum), 0)
}

function release(files: readonly File[] | null): void {
  for (const file of files ?? []) file.release()
}

/** What ends a stream. */
const ENDED = POLL.POLLRDHUP | POLL.POLLHUP | POLL.POLLERR

/** Receives as much as the call wants, or says by null that it has to wait. Linux: sock_recvmsg with sock_rcvlowat. */
export function receiveNow(task: SocketsTask, state: ReceiveState): Received | null {
  const found = socketById(task, state.file)
  if (typeof found === 'number') return { result: found, message: incoming(new UserBuffer(task.memory, task.kernel.memory, []), 0) }
  const { socket } = found
  const peeking = (state.flags & MSG_FLAGS.MSG_PEEK) !== 0
  const total = bytesOf(state.segments)
  const target = (state.flags & MSG_FLAGS.MSG_WAITALL) !== 0 ? total : Math.min(socket.lowWater, total) || 1
  const now = nonBlocking(found.file, state.flags) || expired(task, state.deadline)
  for (;;) {
    const data = new UserBuffer(task.memory, task.kernel.memory, state.segments, peeking ? 0 : state.done)
    const message = incoming(data, nonBlocking(found.file, state.flags) ? state.flags | MSG_FLAGS.MSG_DONTWAIT : state.flags)
    message.creds = state.creds
    const result = socket.receive(task, message)
    message.outFlags |= state.outFlags | (state.flags & MSG_FLAGS.MSG_CMSG_CLOEXEC)
    message.name ??= state.name
    if (result === -EAGAIN && !now && !message.ended) return null
    if (result < 0) return { result: !peeking && state.done > 0 ? state.done : result, message }
    const done = (peeking ? 0 : state.done) + result
    const partial = socket.streams === true && result > 0 && done < target && !message.ended && !data.faulted && !now && (message.outFlags & MSG_FLAGS.MSG_OOB) === 0
    if (!partial || (peeking && ((socket.poll?.(found.file, task) ?? 0) & ENDED) !== 0)) return { result: done, message }
    release(message.files)
    state.outFlags = message.outFlags
    state.creds = message.creds
    state.name = message.name
    if (peeking) return null
    state.done = done
  }
}

/** Waits for what {@link receiveNow} did not find. */
export function blockReceive(task: SocketsTask, state: ReceiveState): number {
  const found = socketById(task, state.file)
  if (typeof found === 'number') return found
  if (task.progressOf('receive') === null) task.pin(found.file)
  return task.block('receive', state, found.socket.waits('read'), waiting('read', state.deadline, state.done))
}

/** Writes the sender's address, control messages and flags; the result or -errno. */
export function deliver(task: SocketsTask, state: ReceiveState, { result, message }: Received): number {
  if (result < 0) return result
  const { header } = state
  const name = message.name ?? new Uint8Array(0)
  if (header === null) {
    release(message.files)
    const refused = state.address === 0 ? 0 : putAddress(task, name, state.address, state.length)
    return refused !== 0 ? refused : result
  }
  const { used, flags } = putControl(task, header, message)
  const refused = (header.name === 0 ? 0 : putAddress(task, name, header.name, nameLengthAt(task, header))) || putHeader(task, header, message.outFlags | flags, used)
  return refused !== 0 ? refused : result
}

/** Goes on with a receive, or begins one. */
export function receive(task: SocketsTask, state: ReceiveState): number {
  const received = receiveNow(task, state)
  return received === null ? blockReceive(task, state) : deliver(task, state, received)
}

/** recvfrom's and recv's arguments. Linux: __sys_recvfrom. */
export function receiveFrom(task: SocketsTask, fd: number, address: number, length: number, flags: number, name: number, nameLength: number): number {
  const resumed = task.progressOf('receive')
  if (resumed !== null) return receive(task, resumed)
  const bytes = Math.min(length, MAX_RW_COUNT)
  if (!accessOk(address, bytes)) return -EFAULT
  const found = socketOf(task, fd)
  if (typeof found === 'number') return found
  const deadline = deadlineOf(task, found.socket.receiveTimeout)
  return receive(task, { ...EMPTY, file: found.file.id, deadline, segments: [address, bytes], flags, address: name, length: nameLength })
}

const EMPTY = { header: null, address: 0, length: 0, done: 0, outFlags: 0, creds: null, name: null, batch: null } as const

/** A receive into a msghdr, -errno. */
export function takeReceive(task: SocketsTask, file: number, timeout: number, address: number, flags: number, batch: Batch | null = null): ReceiveState | number {
  const header = takeHeader(task, address, false)
  if (typeof header === 'number') return header
  return { ...EMPTY, file, deadline: deadlineOf(task, timeout), segments: header.segments, flags, header, batch }
}

/** recvmsg(2). */
export function receiveMessage(task: SocketsTask, fd: number, address: number, flags: number): number {
  const resumed = task.progressOf('receive')
  if (resumed !== null) return receive(task, resumed)
  if (isWide(task) && (flags & CMSG_COMPAT) !== 0) return -EINVAL
  const found = socketOf(task, fd)
  if (typeof found === 'number') return found
  const state = takeReceive(task, found.file.id, found.socket.receiveTimeout, address, flags)
  return typeof state === 'number' ? state : receive(task, state)
}

const messageInOut = /* @__PURE__ */ pointer('struct user_msghdr', 'inout')
const compatMessageInOut = /* @__PURE__ */ pointer('struct compat_msghdr', 'inout')

/** recvfrom(2). */
export const recvfrom = /* @__PURE__ */ defineSyscall('recvfrom', {
  args: [['fd', int], ['ubuf', dataOut], ['size', sizeT], ['flags', messageFlags], ['addr', addressOut], ['addr_len', lengthInOut]],
  uses: [files, sockets],
  run: (task, fd, address, length, flags, name, nameLength) => receiveFrom(task, fd, address, length, flags, name, nameLength),
})

/** recvfrom(2) of 32-bit programs. */
export const compatRecvfrom = /* @__PURE__ */ defineSyscall('compat_sys_recvfrom', {
  args: [['fd', int], ['buf', dataOut], ['len', compatSizeT], ['flags', messageFlags], ['addr', addressOut], ['addrlen', lengthInOut]],
  uses: [files, sockets],
  run: (task, fd, address, length, flags, name, nameLength) => receiveFrom(task, fd, address, length, flags, name, nameLength),
})

/** recvmsg(2). */
export const recvmsg = /* @__PURE__ */ defineSyscall('recvmsg', {
  args: [['fd', int], ['msg', messageInOut], ['flags', messageFlags]],
  uses: [files, sockets],
  run: (task, fd, address, flags) => receiveMessage(task, fd, address, flags),
})

/** recvmsg(2) of 32-bit programs. */
export const compatRecvmsg = /* @__PURE__ */ defineSyscall('compat_sys_recvmsg', {
  args: [['fd', int], ['msg', compatMessageInOut], ['flags', messageFlags]],
  uses: [files, sockets],
  run: (task, fd, address, flags) => receiveMessage(task, fd, address, flags),
})
