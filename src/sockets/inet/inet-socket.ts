import { EACCES, EAGAIN, EDOM, EFAULT, EINPROGRESS, EINVAL, ENOIOCTLCMD, ENOTTY, EPERM, EPIPE } from '../../abi/errno.js'
import { CAP } from '../../abi/flags/capability.js'
import { POLL } from '../../abi/flags/poll.js'
import { AF, IP_OPTIONS, IPV6_OPTIONS, MSG_FLAGS, SO, SOCK, SOL, TCP_OPTIONS } from '../../abi/flags/sockets.js'
import { SIGIO_REASON, signalUrgent } from '../../fs/file-owner.js'
import { brokenPipe } from '../../fs/pipe.js'
import { capable } from '../../kernel/creds.js'
import type { File } from '../../kernel/ports/files.js'
import type { Incoming, Outgoing, SocketOps } from '../../kernel/ports/sockets.js'
import type { Task } from '../../kernel/task.js'
import { WaitQueue } from '../../kernel/wait-queue.js'
import type { Endpoint } from '../../net/address.js'
import { receiveError } from '../../net/receive-error.js'
import { getSockOption, setSockOption } from '../../net/sock-options.js'
import { SHUTDOWN, TCP, type ReceiveMessage, type Sock } from '../../net/sock.js'
import { TcpSocket } from '../../net/tcp/socket.js'
import { timeout as timeoutBytes } from '../sol-socket.js'
import { Socket } from '../socket.js'
import { bindEndpoint, connectEndpoint, endpointBytes, familyOf, sendEndpoint } from './address.js'
import { isCutFilter, narrowedOption, widenedOption } from './compat-groups.js'
import { deviceIoctl } from './device-ioctl.js'
import type { InetLayer } from './inet-layer.js'

/** Options of SOL_IP that there are. */
const IP_NAMES: ReadonlySet<number> = /* @__PURE__ */ new Set(/* @__PURE__ */ Object.values(IP_OPTIONS))
const ALWAYS = POLL.POLLHUP | POLL.POLLERR

/** Capabilities that some options need, by level and name; CAP_NET_RAW does too for two of SOL_SOCKET. */
function mayNot(task: Task, level: number, name: number, n: number): number {
  const admin = capable(task.creds, CAP.CAP_NET_ADMIN)
  const raw = admin || capable(task.creds, CAP.CAP_NET_RAW)
  if (level === SOL.SOL_SOCKET) {
    switch (name) {
      case SO.SO_DEBUG: return n !== 0 && !admin ? -EACCES : 0
      case SO.SO_SNDBUFFORCE: case SO.SO_RCVBUFFORCE: return admin ? 0 : -EPERM
      case SO.SO_MARK: return raw ? 0 : -EPERM
      case SO.SO_PRIORITY: return (n < 0 || n > 6) && !raw ? -EPERM : 0
      default: return 0
    }
  }
  const transparent = (level === SOL.SOL_IP && name === IP_OPTIONS.IP_TRANSPARENT) || (level === SOL.SOL_IPV6 && name === IPV6_OPTIONS.IPV6_TRANSPARENT)
  if (transparent) return n !== 0 && !raw ? -EPERM : 0
  return level === SOL.SOL_TCP && name === TCP_OPTIONS.TCP_REPAIR && !admin ? -EPERM : 0
}

/** A socket of AF_INET or AF_INET6: a file over a socket of the stack. Linux: af_inet.c, af_inet6.c. */
export class InetSocket extends Socket {
  readonly layer: InetLayer
  readonly sock: Sock
  readonly queue = new WaitQueue()
  receiveTimeout = Infinity
  sendTimeout = Infinity

  constructor(layer: InetLayer, sock: Sock) {
    super(sock.family === 4 ? AF.AF_INET : AF.AF_INET6, sock.type, sock.protocol)
    this.layer = layer
    this.sock = sock
    layer.sockets.set(sock.id, this)
  }

  get lowWater(): number {
    return this.type === SOCK.SOCK_STREAM ? this.sock.options.receiveLowWater : 1
  }

  /** The stack says that something changed. */
  ready(bits: number): void {
    this.moves++
    if (bits === 0 || (bits & ALWAYS) !== 0) this.queue.wakeAll()
    else this.queue.wake(1, bits)
    if (this.file !== null) this.signal(this.file, bits)
  }

  /** Whether a send found no room: then its owner hears of room (SOCKWQ_ASYNC_NOSPACE). */
  private noSpace = false
  /** What the owner knows of a connection: that it was opened, that its other end is done. */
  private opened = false
  private ended = false

  /** SIGIO and SIGURG. Linux: sk_wake_async of sock_def_readable, sk_stream_write_space, tcp_fin, tcp_rcv_state_process; sk_send_sigurg. */
  private signal(file: File, bits: number): void {
    const tcp = this.sock instanceof TcpSocket ? this.sock : null
    if (bits === POLL.POLLPRI) signalUrgent(this.layer.kernel, file)
    else if ((bits & POLL.POLLRDHUP) !== 0 && tcp !== null) {
      if (tcp.finReceived && !this.ended) {
        this.ended = true
        this.signalData(tcp.shutdown === SHUTDOWN.MASK ? SIGIO_REASON.HUP : SIGIO_REASON.IN)
      } else if (tcp.state === TCP.ESTABLISHED && !this.opened) file.signalOwner(SIGIO_REASON.OUT)
      this.opened = tcp.state !== TCP.CLOSE && tcp.state !== TCP.SYN_SENT
    } else if ((bits & POLL.POLLIN) !== 0) this.signalData(SIGIO_REASON.IN)
    else if ((bits & POLL.POLLERR) !== 0) file.signalOwner(SIGIO_REASON.ERR)
    else if (this.noSpace) {
      this.noSpace = false
      file.signalOwner(SIGIO_REASON.OUT)
    }
  }

  bind(task: Task, address: Uint8Array): number {
    const to = bindEndpoint(this.sock.family, address)
    if (typeof to === 'number') return to
    const low = to.port !== 0 && to.port < this.layer.net.sysctl.ip_unprivileged_port_start
    if (low && this.type !== SOCK.SOCK_RAW && !capable(task.creds, CAP.CAP_NET_BIND_SERVICE)) return -EACCES
    return this.layer.settled(this.sock.bind(to))
  }

  override connect(_task: Task, address: Uint8Array): number {
    const { sock } = this
    if (address.length < 2) return -EINVAL
    let to: Endpoint | null = null
    if (familyOf(address) !== AF.AF_UNSPEC) {
      const parsed = connectEndpoint(sock.family, address, this.type === SOCK.SOCK_STREAM, sock.options.v6Only)
      const fresh = this.type !== SOCK.SOCK_STREAM || sock.state === TCP.CLOSE
      if (typeof parsed === 'number' && fresh) return parsed
      to = typeof parsed === 'number' ? { address: sock.remote, port: sock.remotePort } : parsed
    }
    return this.layer.settled(sock.connect(to, MSG_FLAGS.MSG_DONTWAIT))
  }

  override listen(_task: Task, backlog: number): number {
    return this.layer.settled(this.sock.listen(backlog))
  }

  override accept(): SocketOps | number {
    const child = this.sock.accept()
    if (typeof child === 'number') return child
    const accepted = new InetSocket(this.layer, child)
    accepted.receiveTimeout = this.receiveTimeout
    accepted.sendTimeout = this.sendTimeout
    return accepted
  }

  getName(): Uint8Array {
    return endpointBytes(this.sock.family, this.sock.getName())
  }
  getPeer(): Uint8Array | number {
    const peer = this.sock.getPeer()
    return typeof peer === 'number' ? peer : endpointBytes(this.sock.family, peer)
  }
  override getAcceptedPeer(): Uint8Array {
    const { family, remote, remotePort } = this.sock
    return endpointBytes(family, { address: remote, port: remotePort })
  }

  send(task: Task, message: Outgoing): number {
    const { sock } = this
    const stream = this.type === SOCK.SOCK_STREAM
    let to: Endpoint | null = null
    if (message.name !== null && (!stream || (message.flags & MSG_FLAGS.MSG_FASTOPEN) !== 0)) {
      const parsed = stream ? connectEndpoint(sock.family, message.name, true, false) : sendEndpoint(sock.family, message.name, sock.options.v6Only)
      if (typeof parsed === 'number') return parsed
      to = parsed
    }
    const flags = message.flags | MSG_FLAGS.MSG_DONTWAIT
    let result = this.layer.settled(sock.send({ data: message.data, flags, to, control: message.control }))
    if (result === -EINPROGRESS && stream && (message.flags & MSG_FLAGS.MSG_DONTWAIT) === 0) { // Fast Open without a cookie: the data wait for the connection
      result = this.layer.settled(sock.send({ data: message.data, flags: flags & ~MSG_FLAGS.MSG_FASTOPEN, to: null, control: message.control }))
    }
    if (result === -EAGAIN) this.noSpace = true
    if (result !== -EPIPE || !stream || message.sent > 0 || (message.flags & MSG_FLAGS.MSG_NOSIGNAL) !== 0) return result
    return brokenPipe(task)
  }

  receive(_task: Task, message: Incoming): number {
    const inner: ReceiveMessage = { data: message.data, flags: message.flags | MSG_FLAGS.MSG_DONTWAIT, wantsControl: true, outFlags: 0, from: null, control: [] }
    const errors = (message.flags & MSG_FLAGS.MSG_ERRQUEUE) !== 0
    const result = errors ? receiveError(this.sock, inner) : this.layer.settled(this.sock.receive(inner))
    if (errors) message.ended = true // nobody waits for them
    message.outFlags |= inner.outFlags
    message.control.push(...inner.control)
    if (result === -EAGAIN && this.type !== SOCK.SOCK_STREAM && (this.sock.shutdown & SHUTDOWN.RCV) !== 0 && (message.flags & MSG_FLAGS.MSG_DONTWAIT) === 0) return 0 // a wait would end
    if (inner.from !== null) message.name = endpointBytes(this.sock.family, inner.from)
    return result
  }

  override shutDown(how: number): number {
    return this.layer.settled(this.sock.shutDown(how))
  }

  poll(): number {
    return this.sock.poll()
  }

  override hasLevel(level: number): boolean {
    switch (level) {
      case SOL.SOL_SOCKET: case SOL.SOL_IP: return true
      case SOL.SOL_IPV6: return this.sock.family === 6
      case SOL.SOL_RAW: return this.type === SOCK.SOCK_RAW
      default: return level === this.protocol && (level === SOL.SOL_TCP || level === SOL.SOL_UDP)
    }
  }

  setOption(task: Task, level: number, name: number, value: Uint8Array, length: number): number {
    const n = value.length >= 4 ? new DataView(value.buffer, value.byteOffset, 4).getInt32(0, true) : 0
    const unknown = !this.hasLevel(level) || (level === SOL.SOL_IP && !IP_NAMES.has(name))
    if (!unknown && value.length < length && (length >= 4 || value.length === 0) && length > 0) return -EFAULT
    const refused = mayNot(task, level, name, n)
    if (refused !== 0 && value.length >= 4) return refused
    if (level === SOL.SOL_SOCKET) {
      switch (name) {
        case SO.SO_RCVTIMEO_OLD: case SO.SO_RCVTIMEO_NEW: case SO.SO_SNDTIMEO_OLD: case SO.SO_SNDTIMEO_NEW: return this.putTimeout(task, name, value)
      }
    }
    const compat = task.syscallAbi === 'i386'
    if (compat && isCutFilter(level, name, value)) return -EINVAL
    return this.layer.settled(setSockOption(this.sock, level, name, compat ? widenedOption(level, name, value) : value))
  }

  /** Linux: sock_set_timeout. */
  private putTimeout(task: Task, name: number, value: Uint8Array): number {
    const short = task.syscallAbi === 'i386' && (name === SO.SO_RCVTIMEO_OLD || name === SO.SO_SNDTIMEO_OLD)
    if (value.length < (short ? 8 : 16)) return -EINVAL
    const view = new DataView(value.buffer, value.byteOffset, value.length)
    const seconds = short ? view.getInt32(0, true) : view.getInt32(4, true) * 4294967296 + view.getUint32(0, true)
    const micros = short ? view.getInt32(4, true) : view.getInt32(12, true) * 4294967296 + view.getUint32(8, true)
    if (micros < 0 || micros >= 1e6) return -EDOM
    const time = seconds < 0 ? 0 : seconds === 0 && micros === 0 ? Infinity : seconds * 1e9 + Math.ceil(micros / 1000) * 1e6
    if (name === SO.SO_RCVTIMEO_OLD || name === SO.SO_RCVTIMEO_NEW) this.receiveTimeout = time
    else this.sendTimeout = time
    return 0
  }

  getOption(task: Task, level: number, name: number, length: number, given: Uint8Array): Uint8Array | number {
    if (level === SOL.SOL_SOCKET) {
      switch (name) {
        case SO.SO_RCVTIMEO_OLD: case SO.SO_RCVTIMEO_NEW: return timeoutBytes(task, this.receiveTimeout, name === SO.SO_RCVTIMEO_OLD).subarray(0, length)
        case SO.SO_SNDTIMEO_OLD: case SO.SO_SNDTIMEO_NEW: return timeoutBytes(task, this.sendTimeout, name === SO.SO_SNDTIMEO_OLD).subarray(0, length)
      }
    }
    const compat = task.syscallAbi === 'i386'
    const value = getSockOption(this.sock, level, name, length, compat ? widenedOption(level, name, given) : given)
    return compat && typeof value !== 'number' ? narrowedOption(level, name, value) : value
  }

  override ioctl(_file: File, command: number, argument: number, task: Task): number {
    const value = this.sock.ioctl(command)
    if (value >= 0) return task.memory.putU32(argument, value)
    return value === -ENOIOCTLCMD || value === -ENOTTY ? deviceIoctl(this.layer.net, command, argument, task) : value
  }

  takeError(): number {
    const { error } = this.sock
    this.sock.error = 0
    return -error
  }
  putError(errno: number): void {
    this.sock.error = errno
  }

  override attached(file: File): void {
    super.attached(file)
    this.sock.uid = file.inode.uid
    this.sock.inode = file.inode.ino
  }

  /** SO_LINGER of TCP. Linux: inet_release. */
  lingers(): number {
    const { sock } = this
    if (!(sock instanceof TcpSocket) || sock.options.linger <= 0) return 0
    sock.startClose()
    return this.layer.settled(sock.isLingering ? sock.options.linger * 1e9 : 0)
  }

  closed(): void {
    this.layer.sockets.delete(this.sock.id)
    this.sock.release()
    this.layer.settled(0)
  }
}
