import { EAGAIN, ECONNREFUSED, EFAULT, EMSGSIZE, ENOTCONN, EOPNOTSUPP, EPERM, EPIPE } from '../../abi/errno.js'
import { MSG_FLAGS, SOCK, TCP_STATES } from '../../abi/flags/sockets.js'
import type { Incoming, Outgoing } from '../../kernel/ports/sockets.js'
import type { Task } from '../../kernel/task.js'
import { findOther, takeName } from './address.js'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from './constants.js'
import { disconnected, maySend, nameForCreds, senderName } from './connect.js'
import { attachFiles, credsFor, detachFiles, dropMessage, giveScm, giveTime, takeScm } from './rights.js'
import { datagramTruesize } from './truesize.js'
import type { UnixMessage, UnixSocket } from './unix-socket.js'

/** Linux: unix_dgram_sendmsg without its wait. */
export function sendDatagram(socket: UnixSocket, task: Task, message: Outgoing): number {
  const scm = takeScm(task, message.control)
  if (typeof scm === 'number') return scm
  if ((message.flags & MSG_FLAGS.MSG_OOB) !== 0) return -EOPNOTSUPP
  const named = message.name !== null && message.name.length > 0
  const name = named && message.name !== null ? takeName(message.name) : null
  if (typeof name === 'number') return name
  if (name === null && socket.peer === null) return -ENOTCONN
  const unnamed = nameForCreds(socket)
  if (unnamed !== 0) return unnamed
  const { data } = message
  const length = data.left
  if (length > socket.options.sndbuf - 32) return -EMSGSIZE
  if (socket.error !== 0) return socket.takeError()
  if ((socket.shutdown & SEND_SHUTDOWN) !== 0) return -EPIPE
  socket.target = null
  if (socket.wmem >= socket.options.sndbuf) return -EAGAIN
  const other = name === null ? socket.peer : findOther(socket, task, name)
  if (other === null) return -ECONNREFUSED
  if (typeof other === 'number') return other
  const refused = mayQueue(socket, other)
  if (refused !== 0) return refused
  const bytes = new Uint8Array(length)
  if (data.take(bytes, 0, length) < length) return -EFAULT
  const attached = attachFiles(socket.layer, task, scm.files)
  if (attached !== 0) return attached
  const made: UnixMessage = {
    bytes, at: 0, truesize: datagramTruesize(length), sender: socket, creds: credsFor(task, socket, other, scm),
    time: other.options.timestamps === 0 ? null : task.kernel.realtime(), files: scm.files, user: task.creds.uid, connection: null,
  }
  socket.wmem += made.truesize
  other.messages.push(made)
  other.dataReady()
  return length
}

function mayQueue(socket: UnixSocket, other: UnixSocket): number {
  if (!maySend(socket, other)) return -EPERM
  if (other.dead) {
    if (socket.type === SOCK.SOCK_SEQPACKET) return -EPIPE
    if (socket.peer === other) {
      socket.peer = null
      socket.state = TCP_STATES.TCP_CLOSE
      disconnected(socket, other)
    }
    return -ECONNREFUSED
  }
  if ((other.shutdown & RCV_SHUTDOWN) !== 0) return -EPIPE
  if (other !== socket && other.peer !== socket && other.full) {
    socket.target = other
    return -EAGAIN
  }
  return 0
}

/** The message to be read next: the first, or with SO_PEEK_OFF the one that the offset lies in. */
function pick(socket: UnixSocket, peeking: boolean): { message: UnixMessage; skip: number } | null {
  let skip = peeking ? Math.max(0, socket.options.peekOffset) : 0
  for (const message of socket.messages) {
    if (skip >= message.bytes.length && (message.bytes.length > 0 || skip > 0) && peeking) {
      skip -= message.bytes.length
      continue
    }
    return { message, skip }
  }
  return null
}

/** Linux: __unix_dgram_recvmsg without its wait. */
export function receiveDatagram(socket: UnixSocket, incoming: Incoming): number {
  if ((incoming.flags & MSG_FLAGS.MSG_OOB) !== 0) return -EOPNOTSUPP
  if (socket.error !== 0) return socket.takeError()
  const peeking = (incoming.flags & MSG_FLAGS.MSG_PEEK) !== 0
  const picked = pick(socket, peeking)
  if (picked === null) return nothing(socket, incoming)
  const { message, skip } = picked
  const length = message.bytes.length - skip
  const run = Math.min(incoming.data.left, length)
  incoming.name = senderName(message.sender)
  if (run < length) incoming.outFlags |= MSG_FLAGS.MSG_TRUNC
  const moved = incoming.data.put(message.bytes, skip, run)
  if (!peeking) {
    socket.messages.splice(socket.messages.indexOf(message), 1)
    socket.roomMade()
  }
  if (moved < run) {
    if (!peeking) dropMessage(message)
    return -EFAULT
  }
  if (socket.options.timestamps !== 0) giveTime(socket, incoming, message.time ?? socket.layer.kernel.realtime())
  giveScm(socket, incoming, message.creds)
  if (peeking) {
    if (socket.options.peekOffset >= 0) socket.options.peekOffset += run
    incoming.files = message.files === null ? null : message.files.map((file) => (file.hold(), file))
  } else {
    if (socket.options.peekOffset > 0) socket.options.peekOffset = Math.max(0, socket.options.peekOffset - message.bytes.length)
    incoming.files = message.files === null ? null : [...detachFiles(message)]
    dropMessage(message)
  }
  return (incoming.flags & MSG_FLAGS.MSG_TRUNC) !== 0 ? length : run
}

/** The end of a connection, or that there is nothing yet; who does not wait sees a shut down SOCK_DGRAM as empty. */
function nothing(socket: UnixSocket, incoming: Incoming): number {
  if ((socket.shutdown & RCV_SHUTDOWN) === 0) return -EAGAIN
  return socket.type === SOCK.SOCK_SEQPACKET || (incoming.flags & MSG_FLAGS.MSG_DONTWAIT) === 0 ? 0 : -EAGAIN
}
