import { EAGAIN, EFAULT, EINVAL } from '../../abi/errno.js'
import { LIMITS } from '../../abi/flags/limits.js'
import { MSG_FLAGS } from '../../abi/flags/sockets.js'
import { files } from '../../kernel/ports/files.js'
import { sockets } from '../../kernel/ports/sockets.js'
import { BLOCKED } from '../../kernel/results.js'
import { int, uint } from '../codecs.js'
import { array, pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { isValid, putNanoseconds, takeTimespec, toNanoseconds, type TimeWidth } from '../time/timespec.js'
import { messageFlags } from './codecs.js'
import { socketById, socketOf, type SocketsTask } from './common.js'
import { elementShape, isWide } from './message.js'
import { blockReceive, deliver, receiveNow, takeReceive, type ReceiveState } from './receive.js'
import { sendState, takeMessage, type Batch } from './send.js'

/** MSG_CMSG_COMPAT. */
const CMSG_COMPAT = 0x80000000

/** What a batch ended with: messages done, or the error when there were none. */
const ended = (index: number, result: number): number => (index > 0 ? index : result)

/** Linux: __sys_sendmmsg. */
function sendMany(task: SocketsTask, fd: number, at: number, count: number, flags: number): number {
  const resumed = task.progressOf('send')
  if (resumed === null && isWide(task) && (flags & CMSG_COMPAT) !== 0) return -EINVAL
  const found = resumed === null ? socketOf(task, fd) : socketById(task, resumed.file)
  if (typeof found === 'number') return found
  const { size, length } = elementShape(isWide(task))
  const batch: Batch = resumed?.batch ?? { at, count: Math.min(count, LIMITS.UIO_MAXIOV), flags, index: 0, end: Infinity, timeout: 0 }
  for (let { index } = batch; index < batch.count; index++) {
    const element = batch.at + index * size
    const own = index === batch.index && resumed !== null ? resumed : null
    const state = own ?? takeMessage(task, found.file.id, found.socket.sendTimeout, element, batch.flags, { ...batch, index })
    const result = typeof state === 'number' ? state : sendState(task, state)
    if (result === BLOCKED) return BLOCKED
    if (result < 0) return ended(index, result)
    if (task.memory.putU32(element + length, result) !== 0) return ended(index, -EFAULT)
  }
  return batch.count
}

/** Linux: do_recvmmsg. The timeout is looked at only when a message has come. */
function receiveMany(task: SocketsTask, fd: number, at: number, count: number, flags: number, timeout: number, width: TimeWidth): number {
  const resumed = task.progressOf('receive')
  const first = resumed?.batch ?? begin(task, at, count, flags, timeout, width)
  if (typeof first === 'number') return first
  const found = resumed === null ? socketOf(task, fd) : socketById(task, resumed.file)
  if (typeof found === 'number') return found
  const pending = resumed === null && first.timeout === 0 ? found.socket.takeError() : 0
  if (pending !== 0) return pending
  const { size, length } = elementShape(isWide(task))
  let { index } = first
  let failure = 0
  while (index < first.count) {
    const element = first.at + index * size
    const waitForOne = (first.flags & MSG_FLAGS.MSG_WAITFORONE) !== 0 && index > 0 ? MSG_FLAGS.MSG_DONTWAIT : 0
    const asked = (first.flags & ~MSG_FLAGS.MSG_WAITFORONE) | waitForOne
    const own = resumed !== null && index === first.index ? resumed : null
    const state: ReceiveState | number = own ?? takeReceive(task, found.file.id, found.socket.receiveTimeout, element, asked, { ...first, index })
    const received = typeof state === 'number' ? null : receiveNow(task, state)
    if (typeof state !== 'number' && received === null) {
      failure = blockReceive(task, state)
      if (failure === BLOCKED) return BLOCKED
      break
    }
    failure = typeof state === 'number' || received === null ? (typeof state === 'number' ? state : 0) : deliver(task, state, received)
    if (failure < 0) break
    if (task.memory.putU32(element + length, failure) !== 0) {
      failure = -EFAULT
      break
    }
    failure = 0
    index++
    if (first.end !== Infinity && task.kernel.clock.monotonic() >= first.end) break
    if (received !== null && (received.message.outFlags & MSG_FLAGS.MSG_OOB) !== 0) break
  }
  if (index === 0) return failure
  if (failure < 0 && failure !== -EAGAIN && failure > -512) found.socket.putError(-failure)
  if (first.timeout === 0) return index
  const left = Math.max(0, first.end - task.kernel.clock.monotonic())
  return putNanoseconds(task, first.timeout, left, width) === 0 ? index : -EFAULT
}

function begin(task: SocketsTask, at: number, count: number, flags: number, timeout: number, width: TimeWidth): Batch | number {
  if (isWide(task) && (flags & CMSG_COMPAT) !== 0) return -EINVAL
  const batch = { at, count: Math.min(count, LIMITS.UIO_MAXIOV), flags, index: 0, timeout }
  if (timeout === 0) return { ...batch, end: Infinity }
  const time = takeTimespec(task, timeout, width)
  if (time === null) return -EFAULT
  return isValid(time) ? { ...batch, end: task.kernel.clock.monotonic() + toNanoseconds(time) } : -EINVAL
}

const messages = /* @__PURE__ */ array('struct mmsghdr', 'inout')
const compatMessages = /* @__PURE__ */ array('struct compat_mmsghdr', 'inout')
const timespec = /* @__PURE__ */ pointer('struct __kernel_timespec', 'inout')
const timespec32 = /* @__PURE__ */ pointer('struct old_timespec32', 'inout')

/** sendmmsg(2). */
export const sendmmsg = /* @__PURE__ */ defineSyscall('sendmmsg', {
  args: [['fd', int], ['mmsg', messages], ['vlen', uint], ['flags', messageFlags]],
  uses: [files, sockets],
  run: (task, fd, at, count, flags) => sendMany(task, fd, at, count, flags),
})

/** sendmmsg(2) of 32-bit programs. */
export const compatSendmmsg = /* @__PURE__ */ defineSyscall('compat_sys_sendmmsg', {
  args: [['fd', int], ['mmsg', compatMessages], ['vlen', uint], ['flags', messageFlags]],
  uses: [files, sockets],
  run: (task, fd, at, count, flags) => sendMany(task, fd, at, count, flags),
})

/** recvmmsg(2). */
export const recvmmsg = /* @__PURE__ */ defineSyscall('recvmmsg', {
  args: [['fd', int], ['mmsg', messages], ['vlen', uint], ['flags', messageFlags], ['timeout', timespec]],
  uses: [files, sockets],
  run: (task, fd, at, count, flags, timeout) => receiveMany(task, fd, at, count, flags, timeout, 64),
})

/** recvmmsg(2) of 32-bit programs with 32-bit times. */
export const compatRecvmmsgTime32 = /* @__PURE__ */ defineSyscall('compat_sys_recvmmsg_time32', {
  args: [['fd', int], ['mmsg', compatMessages], ['vlen', uint], ['flags', messageFlags], ['timeout', timespec32]],
  uses: [files, sockets],
  run: (task, fd, at, count, flags, timeout) => receiveMany(task, fd, at, count, flags, timeout, 32),
})

/** recvmmsg(2) of 32-bit programs with 64-bit times. */
export const compatRecvmmsgTime64 = /* @__PURE__ */ defineSyscall('compat_sys_recvmmsg_time64', {
  args: [['fd', int], ['mmsg', compatMessages], ['vlen', uint], ['flags', messageFlags], ['timeout', timespec]],
  uses: [files, sockets],
  run: (task, fd, at, count, flags, timeout) => receiveMany(task, fd, at, count, flags, timeout, 64),
})
