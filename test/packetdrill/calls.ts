import { EAGAIN, EBADF, EEXIST, EFAULT, EINPROGRESS, EINVAL, ENOENT, ENOTCONN, EOPNOTSUPP } from '../../src/abi/errno.js'
import { AF, MSG_FLAGS, SOCK_FLAGS } from '../../src/abi/flags/sockets.js'
import { EPOLL_CTL, EPOLL_EVENTS, POLL } from '../../src/abi/flags/poll.js'
import { FCNTL } from '../../src/abi/flags/fcntl.js'
import { OPEN_FLAGS } from '../../src/abi/flags/open.js'
import { asFamily } from '../../src/net/address.js'
import { receiveError } from '../../src/net/receive-error.js'
import { getSockOption, setSockOption } from '../../src/net/sock-options.js'
import type { ByteSink, ByteSource, ControlMessage, ReceiveMessage, Sock } from '../../src/net/sock.js'
import { TCP } from '../../src/net/sock.js'
import type { NetStack } from '../../src/net/stack.js'
import { TcpSocket } from '../../src/net/tcp/socket.js'
import { readSockaddr, writeSockaddr } from './addresses.js'
import { OPERATION, type Extra, type Request } from './protocol.js'

/** How a call ended: result or -errno, and what follows it. */
export type Outcome = readonly [result: number, ...extras: Extra[]]

/** What a call does now: its outcome, or a wait. */
export type Attempt = Outcome | { readonly retry: () => Attempt; /** Microseconds of the stack's clock; Infinity: none. */ readonly until: number; readonly expired: Outcome }

interface Watch {
  readonly fd: number
  events: number
  data: bigint
  /** What was ready when it was last reported, for edge triggering. */
  reported: number
  /** EPOLLONESHOT has reported: nothing more until it is set anew. */
  spent: boolean
}

interface Descriptor {
  readonly sock: Sock | null
  readonly epoll: Map<number, Watch> | null
  flags: number
}

class Source implements ByteSource {
  private readonly bytes: Uint8Array
  /** Where each part of the vector ends. */
  private readonly ends: readonly number[]
  at = 0
  constructor(bytes: Uint8Array, lengths: readonly number[]) {
    this.bytes = bytes
    let end = 0
    this.ends = lengths.map((length) => (end += length))
  }
  get left(): number {
    return this.bytes.length - this.at
  }
  get segment(): number {
    return (this.ends.find((end) => end > this.at) ?? this.bytes.length) - this.at
  }
  take(out: Uint8Array, to: number, length: number): number {
    const part = Math.min(length, this.left)
    out.set(this.bytes.subarray(this.at, this.at + part), to)
    this.at += part
    return part
  }
}

class Sink implements ByteSink {
  readonly bytes: Uint8Array
  private readonly bad: boolean
  at = 0
  constructor(length: number, bad: boolean) {
    this.bytes = new Uint8Array(length)
    this.bad = bad
  }
  get left(): number {
    return this.bytes.length - this.at
  }
  put(bytes: Uint8Array, from: number, length: number): number {
    if (this.bad) return 0
    this.bytes.set(bytes.subarray(from, from + length), this.at)
    this.at += length
    return length
  }
}

const ALWAYS = POLL.POLLERR | POLL.POLLHUP

/** The system calls of a script over the sockets of a stack: descriptors, blocking, poll and epoll. */
export class Calls {
  private readonly net: NetStack
  private readonly table = new Map<number, Descriptor>()

  constructor(net: NetStack) {
    this.net = net
  }

  /** Runs a call as far as it goes without waiting. */
  attempt(request: Request): Attempt {
    const n = request.numbers
    const fd = n[0] ?? -1
    if (request.operation === OPERATION.SOCKET) return this.socket(n[0]!, n[1]!, n[2]!, n[3]!)
    if (request.operation === OPERATION.EPOLL_CREATE) return n[1]! <= 0 ? [-EINVAL] : this.add(fd, { sock: null, epoll: new Map(), flags: 0 })
    if (request.operation === OPERATION.POLL) return this.poll(request.blob(), n[0]!)
    const descriptor = this.table.get(fd)
    if (descriptor === undefined) return [-EBADF]
    if (request.operation === OPERATION.CLOSE) return this.close(fd, descriptor)
    if (request.operation === OPERATION.EPOLL_CTL) return this.epollControl(descriptor, request)
    if (request.operation === OPERATION.EPOLL_WAIT) return this.epollWait(descriptor, n[1]!, n[2]!)
    const { sock } = descriptor
    return sock === null ? [-EINVAL] : this.onSocket(request, descriptor, sock)
  }

  private onSocket(request: Request, descriptor: Descriptor, sock: Sock): Attempt {
    const n = request.numbers
    switch (request.operation) {
      case OPERATION.BIND: {
        const name = readName(request.blob(), sock)
        return [typeof name === 'number' ? name : name === null ? -EINVAL : sock.bind(name)]
      }
      case OPERATION.LISTEN: return [sock.listen(n[1]! | 0)]
      case OPERATION.ACCEPT: return this.accept(descriptor, sock, n[1]!)
      case OPERATION.CONNECT: {
        const name = readName(request.blob(), sock)
        return typeof name === 'number' ? [name] : this.connect(descriptor, sock, sock.connect(name, descriptor.flags))
      }
      case OPERATION.RECEIVE: return this.receive(descriptor, sock, new Sink(n[1]!, n[3] !== 0), n[2]!, n[4]!)
      case OPERATION.SEND: return this.send(request, descriptor, sock)
      case OPERATION.FCNTL: return this.fcntl(descriptor, n[1]!, n[2]!)
      case OPERATION.IOCTL: {
        const value = sock.ioctl(n[1]!)
        return value < 0 ? [value] : [0, value]
      }
      case OPERATION.SHUTDOWN: return [sock.shutDown(n[1]!)]
      case OPERATION.GETSOCKOPT: {
        if (n[3]! < 0) return [-EINVAL]
        const value = getSockOption(sock, n[1]!, n[2]!, n[3]!)
        if (typeof value === 'number') return [value]
        return n[4] !== 0 ? [-EFAULT] : [0, value]
      }
      case OPERATION.SETSOCKOPT: {
        if (n[3]! < 0) return [-EINVAL]
        const value = request.blob()
        return [value === null ? -EFAULT : setSockOption(sock, n[1]!, n[2]!, value)]
      }
      default: return [-EINVAL]
    }
  }

  private add(fd: number, descriptor: Descriptor): Outcome {
    this.table.set(fd, descriptor)
    return [fd]
  }

  private socket(domain: number, type: number, protocol: number, fd: number): Outcome {
    const sock = this.net.socket(domain === AF.AF_INET6 ? 6 : 4, type & 0xf, protocol)
    if (typeof sock === 'number') return [sock]
    return this.add(fd, { sock, epoll: null, flags: OPEN_FLAGS.O_RDWR | (type & SOCK_FLAGS.SOCK_NONBLOCK) })
  }

  private close(fd: number, { sock }: Descriptor): Outcome {
    this.table.delete(fd)
    for (const { epoll } of this.table.values()) epoll?.delete(fd)
    sock?.release()
    return [0]
  }

  private fcntl(descriptor: Descriptor, command: number, argument: number): Outcome {
    if (command === FCNTL.F_GETFL) return [descriptor.flags]
    if (command !== FCNTL.F_SETFL) return [0]
    descriptor.flags = (descriptor.flags & ~OPEN_FLAGS.O_NONBLOCK) | (argument & OPEN_FLAGS.O_NONBLOCK)
    return [0]
  }

  /** A wait of the socket's timeout, unless it must not block. */
  private wait(timeout: number, retry: () => Attempt, expired: Outcome): Attempt {
    return { retry, until: timeout > 0 ? this.net.now + timeout : Infinity, expired }
  }

  private accept(descriptor: Descriptor, sock: Sock, fd: number): Attempt {
    const child = sock.accept()
    if (typeof child !== 'number') {
      this.table.set(fd, { sock: child, epoll: null, flags: OPEN_FLAGS.O_RDWR })
      // accept tells the peer even of a connection that has ended already
      return [fd, writeSockaddr({ address: asFamily(child.remote, sock.family), port: child.remotePort })]
    }
    if (child !== -EAGAIN || (descriptor.flags & OPEN_FLAGS.O_NONBLOCK) !== 0) return [child]
    return this.wait(sock.options.receiveTimeout, () => this.accept(descriptor, sock, fd), [-EAGAIN])
  }

  private connect(descriptor: Descriptor, sock: Sock, result: number): Attempt {
    if (result !== -EINPROGRESS || (descriptor.flags & OPEN_FLAGS.O_NONBLOCK) !== 0) return [result]
    const settle = (): Attempt => {
      if (sock.state === TCP.SYN_SENT || sock.state === TCP.SYN_RECV) return this.wait(0, settle, [-EINPROGRESS])
      const { error } = sock
      sock.error = 0
      return [error !== 0 ? -error : 0]
    }
    return this.wait(sock.options.sendTimeout, settle, [-EINPROGRESS])
  }

  private send(request: Request, descriptor: Descriptor, sock: Sock): Attempt {
    const flags = request.numbers[2]!
    const data = request.blob(), name = request.blob(), control = request.blob(), parts = request.blob()
    if (data === null || name === null || control === null || parts === null) return [-EFAULT]
    const lengths = Array.from({ length: parts.length / 4 }, (_, i) => parts[4 * i]! | (parts[4 * i + 1]! << 8) | (parts[4 * i + 2]! << 16) | (parts[4 * i + 3]! << 24))
    const to = name.length === 0 ? null : readName(name, sock)
    if (typeof to === 'number') return [to]
    if (name.length > 0 && to === null && (flags & MSG_FLAGS.MSG_FASTOPEN) !== 0) return [-EOPNOTSUPP]
    const message = { data: new Source(Uint8Array.from(data), lengths), flags, to, control: readControl(control) }
    const blocks = (descriptor.flags & OPEN_FLAGS.O_NONBLOCK) === 0 && (flags & MSG_FLAGS.MSG_DONTWAIT) === 0
    let done = 0
    const more = (): Attempt => {
      const result = sock.send(blocks ? message : { ...message, flags: flags | MSG_FLAGS.MSG_DONTWAIT })
      if (result > 0) done += result
      const opening = isOpening(sock)
      if (sock instanceof TcpSocket) sock.writePending = blocks && opening && message.data.left > 0 ? 1 : 0
      if (blocks && result > 0 && opening) return this.wait(sock.options.sendTimeout, () => this.connected(sock, done, message.data, more), [done])
      if (blocks && (result === -EAGAIN || (result > 0 && message.data.left > 0))) {
        this.roomFor.delete(sock.id)
        const room = (): Attempt => (this.roomFor.has(sock.id) ? more() : this.wait(sock.options.sendTimeout, room, [done > 0 ? done : -EAGAIN]))
        return room()
      }
      if (blocks && result === -EINPROGRESS) return this.wait(sock.options.sendTimeout, () => this.connected(sock, done, message.data, more), [-EINPROGRESS])
      return [done > 0 ? done : result]
    }
    return more()
  }

  /** A blocking MSG_FASTOPEN whose SYN has taken `sent` bytes along: it waits for the handshake, then sends the rest. */
  private connected(sock: Sock, sent: number, data: ByteSource, more: () => Attempt): Attempt {
    if (isOpening(sock)) return this.wait(0, () => this.connected(sock, sent, data, more), [-EINPROGRESS])
    if (sock instanceof TcpSocket) sock.writePending = 0
    if (sock.error !== 0) {
      const { error } = sock
      sock.error = 0
      return [-error]
    }
    return sent > 0 && data.left === 0 ? [sent] : more()
  }

  private receive(descriptor: Descriptor, sock: Sock, sink: Sink, flags: number, controlRoom: number): Attempt {
    const blocks = (descriptor.flags & OPEN_FLAGS.O_NONBLOCK) === 0 && (flags & (MSG_FLAGS.MSG_DONTWAIT | MSG_FLAGS.MSG_ERRQUEUE)) === 0
    const message: ReceiveMessage = { data: sink, flags: blocks ? flags : flags | MSG_FLAGS.MSG_DONTWAIT, wantsControl: controlRoom > 0, outFlags: 0, from: null, control: [] }
    let done = 0
    const finish = (result: number): Outcome => {
      if (result < 0) return [result]
      const control = writeControl(message.control, controlRoom)
      return [result, message.outFlags | (control.cut ? MSG_FLAGS.MSG_CTRUNC : 0), sink.bytes.subarray(0, sink.at), message.from === null ? new Uint8Array(0) : writeSockaddr(message.from), control.bytes]
    }
    const more = (): Attempt => {
      const result = (flags & MSG_FLAGS.MSG_ERRQUEUE) !== 0 ? receiveError(sock, message) : sock.receive(message)
      if (result > 0) done += result
      const wants = (flags & MSG_FLAGS.MSG_WAITALL) !== 0 && (flags & MSG_FLAGS.MSG_PEEK) === 0 ? sink.left > 0 && result > 0 : false
      if (blocks && (wants || (result === -EAGAIN && (sock.shutdown & 1) === 0))) return this.wait(sock.options.receiveTimeout, more, done > 0 ? finish(done) : [-EAGAIN])
      return finish(done > 0 ? done : result)
    }
    return more()
  }

  private poll(bytes: Uint8Array | null, timeout: number): Attempt {
    if (bytes === null) return [-EFAULT]
    const view = new DataView(Uint8Array.from(bytes).buffer)
    const look = (): number[] => Array.from({ length: bytes.length / 8 }, (_, i) => {
      const fd = view.getInt32(8 * i, true)
      if (fd < 0) return 0
      const descriptor = this.table.get(fd)
      if (descriptor === undefined) return POLL.POLLNVAL
      return (descriptor.sock?.poll() ?? 0) & (view.getInt16(8 * i + 4, true) | ALWAYS)
    })
    const retry = (): Attempt => {
      const ready = look()
      const count = ready.filter((bits) => bits !== 0).length
      return count > 0 || timeout === 0 ? [count, ...ready] : { retry, until: timeout < 0 ? Infinity : this.net.now + timeout * 1000, expired: [0, ...ready] }
    }
    return retry()
  }

  private epollControl({ epoll }: Descriptor, request: Request): Outcome {
    const [, operation, fd, events] = request.numbers
    if (epoll === null) return [-EINVAL]
    if (!this.table.has(fd!)) return [-EBADF]
    const watch = epoll.get(fd!)
    if (operation === EPOLL_CTL.EPOLL_CTL_ADD) {
      if (watch !== undefined) return [-EEXIST]
      epoll.set(fd!, { fd: fd!, events: events!, data: request.last, reported: 0, spent: false })
      return [0]
    }
    if (watch === undefined) return [-ENOENT]
    if (operation === EPOLL_CTL.EPOLL_CTL_DEL) epoll.delete(fd!)
    else Object.assign(watch, { events, data: request.last, reported: 0, spent: false })
    return [0]
  }

  private epollWait({ epoll }: Descriptor, room: number, timeout: number): Attempt {
    if (epoll === null || room <= 0) return [-EINVAL]
    const retry = (): Attempt => {
      const found: Extra[] = []
      for (const watch of epoll.values()) {
        if (watch.events === 0) continue // EPOLLONESHOT, and it has been told
        const ready = (this.table.get(watch.fd)?.sock?.poll() ?? 0) & (watch.events | ALWAYS) & 0xffff
        const edge = (watch.events & EPOLL_EVENTS.EPOLLET) !== 0
        if (ready !== 0 && !watch.spent && !(edge && this.quiet(watch, ready)) && found.length < 2 * room) {
          found.push(ready, watch.data)
          watch.spent = (watch.events & EPOLL_EVENTS.EPOLLONESHOT) !== 0
        }
        watch.reported = ready
      }
      if (found.length > 0 || timeout === 0) return [found.length / 2, ...found]
      return { retry, until: timeout < 0 ? Infinity : this.net.now + timeout * 1000, expired: [0] }
    }
    return retry()
  }

  /** Sockets whose readiness the stack has told since they were last reported. */
  readonly woken = new Set<number>()
  /** Sockets whose writers were woken: a blocked one does not look before. */
  readonly roomFor = new Set<number>()

  /** An edge-triggered watch has nothing new to tell. */
  private quiet(watch: Watch, ready: number): boolean {
    const id = this.table.get(watch.fd)?.sock?.id ?? -1
    const news = this.woken.delete(id)
    return !news && (ready & ~watch.reported) === 0
  }
}

/** The endpoint that a script names; -EFAULT for a bad pointer. An IPv6 socket accepts sockaddr_in only where Linux does: not at all. */
function readName(bytes: Uint8Array | null, sock: Sock): ReturnType<typeof readSockaddr> {
  if (bytes === null) return -EFAULT
  const name = readSockaddr(bytes)
  if (name === null || typeof name === 'number') return name
  return name.address.family === sock.family ? name : sock.state === TCP.CLOSE ? -EINVAL : -ENOTCONN
}

/** The handshake that the socket began goes on; the child of a Fast Open SYN may be used during its own. */
function isOpening(sock: Sock): boolean {
  return sock.state === TCP.SYN_SENT || (sock.state === TCP.SYN_RECV && !(sock instanceof TcpSocket && sock.fastOpen.fastopenReq !== null))
}

const HEADER = 16

function readControl(bytes: Uint8Array): ControlMessage[] {
  const list: ControlMessage[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at + HEADER <= bytes.length;) {
    const length = view.getUint32(at, true)
    if (length < HEADER || at + length > bytes.length) break
    list.push({ level: view.getInt32(at + 8, true), type: view.getInt32(at + 12, true), data: bytes.slice(at + HEADER, at + length) })
    at += (length + 7) & ~7
  }
  return list
}

function writeControl(list: readonly ControlMessage[], room: number): { bytes: Uint8Array; cut: boolean } {
  const out = new Uint8Array(room)
  const view = new DataView(out.buffer)
  let at = 0
  for (const { level, type, data } of list) {
    if (at + HEADER > room) return { bytes: out.subarray(0, at), cut: true }
    const length = Math.min(HEADER + data.length, room - at)
    view.setUint32(at, length, true)
    view.setInt32(at + 8, level, true)
    view.setInt32(at + 12, type, true)
    out.set(data.subarray(0, length - HEADER), at + HEADER)
    if (length < HEADER + data.length) return { bytes: out.subarray(0, at + length), cut: true }
    at = Math.min(room, at + ((length + 7) & ~7))
  }
  return { bytes: out.subarray(0, at), cut: false }
}
