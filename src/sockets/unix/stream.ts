import { EAGAIN, EFAULT, EINVAL, EISCONN, ENOTCONN, EOPNOTSUPP } from '../../abi/errno.js'
import { SIGNALS } from '../../abi/flags/signals.js'
import { MSG_FLAGS, SO, SOL, TCP_STATES } from '../../abi/flags/sockets.js'
import { brokenPipe } from '../../fs/pipe.js'
import type { Incoming, Outgoing, SocketCreds } from '../../kernel/ports/sockets.js'
import type { Task } from '../../kernel/task.js'
import { SO_NEW, words } from '../sol-socket.js'
import { nameForCreds, senderName } from './connect.js'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from './constants.js'
import { attachFiles, credsFor, detachFiles, dropMessage, giveScm, takeScm } from './rights.js'
import { STREAM_CHUNK, streamTruesize } from './truesize.js'
import type { UnixMessage, UnixSocket } from './unix-socket.js'

function pipeError(task: Task, message: Outgoing, sent: number): number {
  if (sent + message.sent > 0) return sent > 0 ? sent : -32
  return (message.flags & MSG_FLAGS.MSG_NOSIGNAL) !== 0 ? -32 : brokenPipe(task)
}

/** Linux: unix_stream_sendmsg without its wait: fewer bytes than asked for, or -EAGAIN, mean that the buffer is full. */
export function sendStream(socket: UnixSocket, task: Task, message: Outgoing): number {
  const urgent = (message.flags & MSG_FLAGS.MSG_OOB) !== 0
  const scm = takeScm(task, message.control)
  if (typeof scm === 'number') return scm
  const { data } = message
  if (urgent && data.left === 0) return -EOPNOTSUPP
  if (message.name !== null && message.name.length > 0) return socket.state === TCP_STATES.TCP_ESTABLISHED ? -EISCONN : -EOPNOTSUPP
  const other = socket.peer
  if (other === null) return -ENOTCONN
  const unnamed = nameForCreds(socket)
  if (unnamed !== 0) return unnamed
  if ((socket.shutdown & SEND_SHUTDOWN) !== 0) return pipeError(task, message, 0)
  const before = data.done
  let files = scm.files
  const plain = urgent ? data.left - 1 : data.left
  while (data.done - before < plain || (urgent && data.left === 1)) {
    const sent = data.done - before
    if (socket.error !== 0) return sent > 0 ? sent : socket.takeError()
    if (socket.wmem >= socket.options.sndbuf) return sent > 0 ? sent : -EAGAIN
    const last = urgent && sent === plain
    const size = last ? 1 : Math.min(plain - sent, Math.floor(socket.options.sndbuf / 2) - 64, STREAM_CHUNK)
    const bytes = new Uint8Array(size)
    if (data.take(bytes, 0, size) < size) return sent > 0 ? sent : -EFAULT
    if (other.dead || (other.shutdown & RCV_SHUTDOWN) !== 0) return pipeError(task, message, sent)
    const refused = attachFiles(socket.layer, task, files)
    if (refused !== 0) return sent > 0 ? sent : refused
    const made: UnixMessage = { bytes, at: 0, truesize: streamTruesize(size), sender: socket, creds: credsFor(task, socket, other, scm), time: null, files, user: task.creds.uid, connection: null }
    files = null
    socket.wmem += made.truesize
    other.messages.push(made)
    if (last) markUrgent(other, made)
    other.dataReady()
  }
  return data.done - before
}

/** Linux: queue_oob. */
function markUrgent(other: UnixSocket, message: UnixMessage): void {
  other.urgent = message
  const owner = other.file?.owner ?? 0
  const task = owner > 0 ? other.layer.kernel.tasks.get(owner) : undefined
  if (task !== undefined) task.kernel.signals?.sendProcess(task, { signo: SIGNALS.SIGURG, code: 128 })
}

/** Linux: unix_stream_recv_urg. */
function receiveUrgent(socket: UnixSocket, message: Incoming): number {
  const { urgent } = socket
  if (urgent === null || socket.options.inlines) return -EINVAL
  if (urgent.at === urgent.bytes.length || message.data.put(urgent.bytes, 0, 1) < 1) return -EFAULT
  message.outFlags |= MSG_FLAGS.MSG_OOB
  if ((message.flags & MSG_FLAGS.MSG_PEEK) === 0) {
    urgent.at = 1
    socket.urgent = null
    const at = socket.messages.indexOf(urgent)
    if (at >= 0) socket.messages.splice(at, 1)
    dropMessage(urgent)
  }
  return 1
}

const sameCreds = (a: SocketCreds | null, b: SocketCreds | null): boolean => a?.pid === b?.pid && a?.uid === b?.uid && a?.gid === b?.gid

/**
 * Linux: unix_stream_read_generic without its wait. Sets `ended` where Linux stops though more is queued: after
 * descriptors, before another writer's bytes for receivers with SO_PASSCRED, at urgent data.
 */
export function receiveStream(socket: UnixSocket, message: Incoming): number {
  if (socket.state !== TCP_STATES.TCP_ESTABLISHED) return -EINVAL
  if ((message.flags & MSG_FLAGS.MSG_OOB) !== 0) return receiveUrgent(socket, message)
  const peeking = (message.flags & MSG_FLAGS.MSG_PEEK) !== 0
  const checks = socket.options.has(SO.SO_PASSCRED)
  const { data } = message
  let skip = peeking ? Math.max(0, socket.options.peekOffset) : 0
  let copied = 0
  let index = 0
  while (data.left > 0) {
    const next = socket.messages[index]
    if (next === undefined) break
    if (next === socket.urgent && !socket.options.inlines) {
      if (copied > 0) {
        message.ended = true
        break
      }
      skipUrgent(socket, peeking)
      if (peeking) index++
      continue
    }
    const available = next.bytes.length - next.at
    if (skip >= available && available > 0) {
      skip -= available
      index++
      continue
    }
    if (checks && (copied > 0 || message.creds !== null) && !sameCreds(message.creds, next.creds)) {
      message.ended = true
      break
    }
    message.creds = next.creds
    if (copied === 0) message.name = senderName(next.sender)
    const run = Math.min(available - skip, data.left)
    const moved = data.put(next.bytes, next.at + skip, run)
    if (moved < run && copied === 0) return -EFAULT
    if (moved < run) break
    copied += run
    const files = next.files
    if (peeking) index++
    if (!peeking || socket.options.peekOffset >= 0) skip = consume(socket, next, run, peeking)
    if (files !== null) {
      message.files = peeking ? files.map(held) : [...files]
      message.ended = true
      break
    }
    if (!peeking && next.at < next.bytes.length) break
  }
  if (copied === 0 && (data.left > 0 || socket.messages.length === 0)) return nothing(socket)
  if (socket.tellsInq) message.control.push({ level: SOL.SOL_SOCKET, type: SO_NEW.SO_INQ, data: words(unread(socket)) })
  if (checks && (copied > 0 || data.left === 0)) giveScm(socket, message, message.creds)
  return copied
}

function unread(socket: UnixSocket): number {
  return socket.messages.reduce((sum, { bytes, at }) => sum + bytes.length - at, 0)
}

function held<T extends { hold: () => void }>(file: T): T {
  file.hold()
  return file
}

/** Moves on past what was read; a peek with SO_PEEK_OFF moves the offset. */
function consume(socket: UnixSocket, message: UnixMessage, run: number, peeking: boolean): number {
  if (peeking) {
    socket.options.peekOffset += run
    return 0
  }
  message.at += run
  if (socket.options.peekOffset > 0) socket.options.peekOffset = Math.max(0, socket.options.peekOffset - run)
  detachFiles(message)
  if (message.at === message.bytes.length) {
    socket.messages.shift()
    if (socket.urgent === message) socket.urgent = null
    dropMessage(message)
  }
  return 0
}

/** An urgent byte that was not asked for is passed over. Linux: manage_oob. */
function skipUrgent(socket: UnixSocket, peeking: boolean): void {
  if (peeking) return
  const message = socket.messages.shift()
  socket.urgent = null
  if (message !== undefined) dropMessage(message)
}

function nothing(socket: UnixSocket): number {
  if (socket.error !== 0) return socket.takeError()
  return (socket.shutdown & RCV_SHUTDOWN) !== 0 ? 0 : -EAGAIN
}
