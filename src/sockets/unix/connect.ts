import { EAGAIN, ECONNREFUSED, ECONNRESET, EINVAL, EISCONN, EPERM } from '../../abi/errno.js'
import { SO, SOCK, TCP_STATES } from '../../abi/flags/sockets.js'
import type { Task } from '../../kernel/task.js'
import { RCV_SHUTDOWN } from './constants.js'
import { addressBytes, autobind, findOther, takeName } from './address.js'
import { dropMessage } from './rights.js'
import { streamTruesize } from './truesize.js'
import type { UnixSocket } from './unix-socket.js'

/** Peer credentials are those in force when the socket was connected or began to listen. Linux: init_peercred. */
export function credsOfPeer(task: Task): NonNullable<UnixSocket['peerCreds']> {
  const { creds } = task
  return { creds: { pid: task.tgid, uid: creds.euid, gid: creds.egid }, groups: creds.groups }
}

/** SO_PASSCRED gives a nameless socket a name when it connects or sends. */
export function nameForCreds(socket: UnixSocket): number {
  const passes = socket.options.has(SO.SO_PASSCRED) || socket.options.has(SO.SO_PASSPIDFD)
  return passes && socket.address === null ? autobind(socket) : 0
}

/**
 * Linux: unix_stream_connect.
 *
 * @returns 0, -EAGAIN when the listener's queue is full, or -errno
 */
export function connectStream(socket: UnixSocket, task: Task, address: Uint8Array): number {
  const name = takeName(address)
  if (typeof name === 'number') return name
  const unnamed = nameForCreds(socket)
  if (unnamed !== 0) return unnamed
  const other = findOther(socket, task, name)
  if (typeof other === 'number') return other
  if (other.state !== TCP_STATES.TCP_LISTEN || (other.shutdown & RCV_SHUTDOWN) !== 0) return -ECONNREFUSED
  if (other.full) {
    socket.target = other
    return -EAGAIN
  }
  socket.target = null
  if (socket.state !== TCP_STATES.TCP_CLOSE) return socket.state === TCP_STATES.TCP_ESTABLISHED ? -EISCONN : -EINVAL
  const server = socket.sibling(other.protocol)
  server.address = other.address
  server.peerCreds = credsOfPeer(task)
  server.options.inherit(other.options)
  join(socket, server)
  socket.peerCreds = other.peerCreds
  const message = { bytes: new Uint8Array(0), at: 0, truesize: streamTruesize(1), sender: server, creds: null, time: null, files: null, user: task.creds.uid, connection: server }
  server.wmem += message.truesize
  other.messages.push(message)
  other.dataReady()
  return 0
}

function join(a: UnixSocket, b: UnixSocket): void {
  a.peer = b
  b.peer = a
  a.state = b.state = TCP_STATES.TCP_ESTABLISHED
}

/** Two connected sockets. Linux: unix_socketpair. */
export function pairUnix(a: UnixSocket, b: UnixSocket, task: Task): void {
  join(a, b)
  a.peerCreds = b.peerCreds = credsOfPeer(task)
}

/** Linux: unix_listen. */
export function listenUnix(socket: UnixSocket, task: Task, backlog: number): number {
  if (socket.address === null || (socket.state !== TCP_STATES.TCP_CLOSE && socket.state !== TCP_STATES.TCP_LISTEN)) return -EINVAL
  if (backlog > socket.maxAckBacklog) socket.peerWait.wakeAll()
  socket.maxAckBacklog = backlog
  socket.state = TCP_STATES.TCP_LISTEN
  socket.peerCreds = credsOfPeer(task)
  return 0
}

/** Linux: unix_accept. */
export function acceptUnix(socket: UnixSocket, mayWait: boolean): UnixSocket | number {
  if (socket.state !== TCP_STATES.TCP_LISTEN) return -EINVAL
  if (socket.error !== 0) return socket.takeError()
  const message = socket.messages.shift()
  if (message === undefined) return mayWait && (socket.shutdown & RCV_SHUTDOWN) !== 0 ? -EINVAL : -EAGAIN
  dropMessage(message)
  socket.peerWait.wakeAll()
  return message.connection ?? -EINVAL
}

/** Whether a datagram may go from one to the other: a connected receiver takes from its peer only. Linux: unix_may_send. */
export function maySend(from: UnixSocket, to: UnixSocket): boolean {
  return to.peer === null || to.peer === from
}

/** Linux: unix_dgram_connect. AF_UNSPEC disconnects. */
export function connectDatagram(socket: UnixSocket, task: Task, address: Uint8Array): number {
  if (address.length < 2) return -EINVAL
  let other: UnixSocket | null = null
  if ((address[0]! | (address[1]! << 8)) !== 0) {
    const name = takeName(address)
    if (typeof name === 'number') return name
    const unnamed = nameForCreds(socket)
    if (unnamed !== 0) return unnamed
    const found = findOther(socket, task, name)
    if (typeof found === 'number') return found
    if (!maySend(socket, found)) return -EPERM
    other = found
  }
  const old = socket.peer
  socket.state = other === null ? TCP_STATES.TCP_CLOSE : TCP_STATES.TCP_ESTABLISHED
  if (other !== null) other.state = TCP_STATES.TCP_ESTABLISHED
  socket.peer = other
  if (old !== null && old !== other) disconnected(socket, old)
  return 0
}

/** What a new peer's predecessor sent is thrown away, and it is told. Linux: unix_dgram_disconnected. */
export function disconnected(socket: UnixSocket, old: UnixSocket): void {
  if (socket.messages.length > 0) {
    const left = socket.messages
    socket.messages = []
    left.forEach(dropMessage)
    socket.peerWait.wakeAll()
    if (!old.dead && old.peer === socket) {
      old.error = ECONNRESET
      old.stateChanged()
    }
  }
  if (old.type === SOCK.SOCK_DGRAM && old.peer === null) old.state = TCP_STATES.TCP_CLOSE
}

/** Its own address for a receiver, or null when it has none. Linux: unix_copy_addr. */
export function senderName(sender: UnixSocket): Uint8Array | null {
  return sender.address === null ? null : addressBytes(sender)
}
