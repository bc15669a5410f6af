import { EFAULT, EINVAL, ENOTCONN, EOPNOTSUPP } from '../../abi/errno.js'
import { SOCKET_IOCTLS } from '../../abi/flags/ioctl.js'
import { POLL } from '../../abi/flags/poll.js'
import { AF, SO, SOCK, SOL, TCP_STATES } from '../../abi/flags/sockets.js'
import type { File } from '../../kernel/ports/files.js'
import type { Incoming, Outgoing, SocketCreds, SocketWait } from '../../kernel/ports/sockets.js'
import type { Task } from '../../kernel/task.js'
import { WaitQueue } from '../../kernel/wait-queue.js'
import { deviceIoctl } from '../inet/device-ioctl.js'
import { SO_NEW, SocketOptions, type OptionOwner } from '../sol-socket.js'
import { Socket } from '../socket.js'
import { addressBytes, bindUnix } from './address.js'
import { SIGIO_REASON } from '../../fs/file-owner.js'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from './constants.js'
import { acceptUnix, connectDatagram, connectStream, listenUnix } from './connect.js'
import { receiveDatagram, sendDatagram } from './datagram.js'
import { filesIn } from './garbage.js'
import type { UnixAddress, UnixLayer } from './layer.js'
import { releaseUnix } from './release.js'
import { receiveStream, sendStream } from './stream.js'

const BOTH = RCV_SHUTDOWN | SEND_SHUTDOWN

const OPTION_SET = { peekOffset: true, passes: [SO.SO_PASSCRED, SO.SO_PASSSEC, SO.SO_PASSPIDFD, SO_NEW.SO_PASSRIGHTS] }
const READABLE = POLL.POLLIN | POLL.POLLRDNORM
const WRITABLE = POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLWRBAND

/** Something in a receive queue. Linux: sk_buff with unix_skb_parms. */
export interface UnixMessage {
  readonly bytes: Uint8Array
  /** Bytes at the front that were read. */
  at: number
  readonly truesize: number
  /** Who is charged for it, and whose address the receiver sees. */
  readonly sender: UnixSocket
  readonly creds: SocketCreds | null
  /** When it was sent, where the receiver wanted to know. */
  readonly time: { readonly seconds: number; readonly nanoseconds: number } | null
  files: readonly File[] | null
  /** The user that `files` count for while they are on their way. */
  readonly user: number
  /** A connection that waits for accept. */
  readonly connection: UnixSocket | null
}

/** A socket of AF_UNIX. Linux: struct unix_sock. */
export class UnixSocket extends Socket implements OptionOwner {
  readonly layer: UnixLayer
  readonly options: SocketOptions
  readonly queue = new WaitQueue()
  /** Who waits for room in this socket's receive queue. */
  readonly peerWait = new WaitQueue()
  messages: UnixMessage[] = []
  state: number = TCP_STATES.TCP_CLOSE
  shutdown = 0
  error = 0
  /** Nothing refers to it by a file any more. */
  dead = false
  peer: UnixSocket | null = null
  address: UnixAddress | null = null
  peerCreds: { readonly creds: SocketCreds; readonly groups: readonly number[] } | null = null
  maxAckBacklog: number
  /** What this socket sent and nobody has read, as charged. */
  wmem = 0
  /** Of whom the last call that could not go on waits for room. */
  target: UnixSocket | null = null
  /** The message that holds the byte of MSG_OOB. */
  urgent: UnixMessage | null = null
  /** SO_INQ. */
  tellsInq = false
  private number = 0

  constructor(layer: UnixLayer, type: number, protocol: number) {
    super(AF.AF_UNIX, type, protocol)
    this.layer = layer
    this.options = new SocketOptions(OPTION_SET, layer.limits)
    this.maxAckBacklog = layer.limits.max_dgram_qlen
    layer.sockets.add(this)
  }

  get receiveTimeout(): number {
    return this.options.receiveTimeout
  }
  get sendTimeout(): number {
    return this.options.sendTimeout
  }
  get lowWater(): number {
    return this.type === SOCK.SOCK_STREAM ? this.options.lowWater : 1
  }
  get listening(): boolean {
    return this.state === TCP_STATES.TCP_LISTEN
  }
  get memory(): readonly [number, number, number] {
    return [0, this.wmem, 0]
  }
  /** SOCK_STREAM and SOCK_SEQPACKET have connections. */
  get connects(): boolean {
    return this.type !== SOCK.SOCK_DGRAM
  }
  /** More messages wait than the backlog allows. Linux: unix_recvq_full. */
  get full(): boolean {
    return this.messages.length > this.maxAckBacklog
  }

  /** A quarter of the send buffer is in use at most. Linux: unix_writable. */
  get writable(): boolean {
    return this.state !== TCP_STATES.TCP_LISTEN && this.wmem * 4 <= this.options.sndbuf
  }

  cookie(): number {
    this.number ||= this.layer.nextCookie()
    return this.number
  }
  takePending(): number {
    const { error } = this
    this.error = 0
    return error
  }
  takeError(): number {
    return -this.takePending()
  }
  putError(errno: number): void {
    this.error = errno
  }

  bind(task: Task, address: Uint8Array): number {
    return bindUnix(this, task, address)
  }
  override connect(task: Task, address: Uint8Array): number {
    return this.connects ? connectStream(this, task, address) : connectDatagram(this, task, address)
  }
  override listen(task: Task, backlog: number): number {
    return this.connects ? listenUnix(this, task, backlog) : -EOPNOTSUPP
  }
  override accept(_task: Task, mayWait: boolean): UnixSocket | number {
    return this.connects ? acceptUnix(this, mayWait) : -EOPNOTSUPP
  }
  getName(): Uint8Array {
    return addressBytes(this)
  }
  getPeer(): Uint8Array | number {
    return this.peer === null ? -ENOTCONN : addressBytes(this.peer)
  }

  send(task: Task, message: Outgoing): number {
    if (this.type === SOCK.SOCK_STREAM) return sendStream(this, task, message)
    if (this.type === SOCK.SOCK_DGRAM) return sendDatagram(this, task, message)
    if (this.error !== 0) return this.takeError()
    return this.state !== TCP_STATES.TCP_ESTABLISHED ? -ENOTCONN : sendDatagram(this, task, { ...message, name: null })
  }
  receive(_task: Task, message: Incoming): number {
    if (this.type === SOCK.SOCK_STREAM) return receiveStream(this, message)
    return this.type === SOCK.SOCK_SEQPACKET && this.state !== TCP_STATES.TCP_ESTABLISHED ? -ENOTCONN : receiveDatagram(this, message)
  }

  /** Linux: unix_shutdown. */
  override shutDown(how: number): number {
    if (how < 0 || how > 2) return -EINVAL
    this.shutdown |= how + 1
    this.stateChanged()
    const { peer } = this
    if (peer !== null && this.connects) {
      peer.shutdown |= ((how + 1) & RCV_SHUTDOWN ? SEND_SHUTDOWN : 0) | ((how + 1) & SEND_SHUTDOWN ? RCV_SHUTDOWN : 0)
      peer.stateChanged(how === 2 ? SIGIO_REASON.HUP : ((how + 1) & SEND_SHUTDOWN) !== 0 ? SIGIO_REASON.IN : 0)
    }
    return 0
  }

  setOption(task: Task, level: number, name: number, value: Uint8Array, length: number): number {
    if (level !== SOL.SOL_SOCKET) return -EOPNOTSUPP
    return name === SO_NEW.SO_INQ && this.type === SOCK.SOCK_STREAM ? this.putInq(value, length) : this.options.put(task, name, value, length)
  }
  /** SO_INQ: a control message says how much is left to be read. Linux: unix_setsockopt. */
  private putInq(value: Uint8Array, length: number): number {
    if (length < 4) return -EINVAL
    if (value.length < 4) return -EFAULT
    const n = new DataView(value.buffer, value.byteOffset, 4).getInt32(0, true)
    if (n < 0 || n > 1) return -EINVAL
    this.tellsInq = n === 1
    return 0
  }
  getOption(task: Task, level: number, name: number, length: number): Uint8Array | number {
    return level === SOL.SOL_SOCKET ? this.options.get(task, this, name, length) : -EOPNOTSUPP
  }

  override waits(wait: SocketWait): readonly WaitQueue[] {
    if (wait === 'connect') return this.target === null ? [this.queue] : [this.target.peerWait]
    return wait === 'write' && this.target !== null ? [this.queue, this.target.peerWait] : [this.queue]
  }
  override queues(): readonly WaitQueue[] {
    return this.type === SOCK.SOCK_STREAM || this.peer === null ? [this.queue] : [this.queue, this.peer.peerWait]
  }

  /** Linux: unix_poll, unix_dgram_poll. */
  poll(): number {
    let bits = this.error !== 0 ? POLL.POLLERR : 0
    if (this.shutdown === BOTH) bits |= POLL.POLLHUP
    if (this.shutdown & RCV_SHUTDOWN) bits |= POLL.POLLRDHUP | READABLE
    if (this.messages.length > 0) bits |= READABLE
    if (this.urgent !== null) bits |= POLL.POLLPRI
    if (this.connects && this.state === TCP_STATES.TCP_CLOSE) bits |= POLL.POLLHUP
    const { peer } = this
    const roomy = this.type === SOCK.SOCK_STREAM || peer === null || peer.peer === this || !peer.full
    return this.writable && roomy ? bits | WRITABLE : bits
  }

  override ioctl(_file: File, command: number, argument: number, task: Task): number {
    switch (command) {
      case SOCKET_IOCTLS.SIOCOUTQ: return task.memory.putU32(argument, this.wmem)
      case SOCKET_IOCTLS.SIOCINQ: {
        if (this.state === TCP_STATES.TCP_LISTEN) return -EINVAL
        const waiting = this.connects ? this.messages : this.messages.slice(0, 1)
        return task.memory.putU32(argument, waiting.reduce((sum, { bytes, at }) => sum + bytes.length - at, 0))
      }
      case SOCKET_IOCTLS.SIOCATMARK: return task.memory.putU32(argument, this.urgent !== null && this.messages[0] === this.urgent ? 1 : 0)
      default: return deviceIoctl(this.layer.net, command, argument, task)
    }
  }

  /** Linux: sk_data_ready. */
  dataReady(): void {
    this.moves++
    this.queue.wake(1, READABLE | POLL.POLLPRI | POLL.POLLRDBAND)
    this.signalData(SIGIO_REASON.IN)
  }
  /** Linux: sk_state_change. @param reason why the owner is signalled, 0: not at all */
  stateChanged(reason = 0): void {
    this.moves++
    this.queue.wakeAll()
    if (reason !== 0) this.signalData(reason)
  }
  /** A message of this socket's is gone: its charge comes back. Linux: unix_write_space. */
  uncharge(message: UnixMessage): void {
    this.wmem -= message.truesize
    if (!this.writable) return
    this.moves++
    this.queue.wake(1, WRITABLE)
  }
  /** A message was taken: those who wait for room may go on. */
  roomMade(): void {
    this.peerWait.wakeAll(WRITABLE)
  }

  /** Another socket of the same kind, without a file: the server's end of a connection. */
  sibling(protocol: number): UnixSocket {
    return new UnixSocket(this.layer, this.type, protocol)
  }

  holds(): readonly File[] {
    return filesIn(this)
  }

  override attached(file: File): void {
    super.attached(file)
    this.layer.files.set(file, this)
  }

  override release(file: File): void {
    this.layer.files.delete(file)
    super.release(file)
  }

  closed(): void {
    releaseUnix(this, false)
  }
}
