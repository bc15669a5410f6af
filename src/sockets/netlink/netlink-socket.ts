import { EAGAIN, EBUSY, ECONNREFUSED, EFAULT, EINVAL, EMSGSIZE, ENOBUFS, ENOPROTOOPT, ENOTTY, EOPNOTSUPP, EPERM } from '../../abi/errno.js'
import { CAP } from '../../abi/flags/capability.js'
import { SOCKET_IOCTLS } from '../../abi/flags/ioctl.js'
import { POLL } from '../../abi/flags/poll.js'
import { AF, MSG_FLAGS, SO, SOL } from '../../abi/flags/sockets.js'
import { capable } from '../../kernel/creds.js'
import type { File } from '../../kernel/ports/files.js'
import type { Incoming, Outgoing } from '../../kernel/ports/sockets.js'
import type { Task } from '../../kernel/task.js'
import { WaitQueue } from '../../kernel/wait-queue.js'
import { deviceIoctl } from '../inet/device-ioctl.js'
import { SO_NEW, SocketOptions, words, type OptionOwner } from '../sol-socket.js'
import { Socket } from '../socket.js'
import { kernelTruesize } from '../unix/truesize.js'
import { acknowledge, message, NLM_F, NLMSG, parseMessages, type NetlinkRequest } from './message.js'
import type { NetlinkLayer } from './netlink-layer.js'

const ADDRESS = 12
const READABLE = POLL.POLLIN | POLL.POLLRDNORM
const WRITABLE = POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLWRBAND
/** Bytes of one datagram of a dump: NLMSG_GOODSIZE. */
const GOOD_SIZE = 3776
const OPTION_SET = { peekOffset: false, passes: [SO.SO_PASSCRED, SO.SO_PASSSEC] }
/** NETLINK_* options: those that are on or off, and those that join groups. */
const GROUP_OPTIONS = [1, 2]
const LAST_OPTION = 12
const NETLINK_NO_ENOBUFS = 5

/** What a protocol answers: the bodies of a dump with their type, or one number. */
export type NetlinkAnswer = number | { readonly type: number; readonly bodies: readonly Uint8Array[]; readonly multi: boolean }

/** Serves one netlink protocol. */
export type NetlinkHandler = (request: NetlinkRequest, task: Task) => NetlinkAnswer

/** A socket of AF_NETLINK that talks to the kernel. Linux: struct netlink_sock. */
export class NetlinkSocket extends Socket implements OptionOwner {
  readonly queue = new WaitQueue()
  readonly options: SocketOptions
  readonly listening = false
  readonly peerCreds = null
  /** Its address; 0 before it has one. */
  port = 0
  groups = 0
  private error = 0
  private messages: Uint8Array[] = []
  /** Bytes that the queue is charged with. Linux: sk_rmem_alloc. */
  private received = 0
  /** Something did not fit, and nothing more comes until the queue is empty. Linux: NETLINK_S_CONGESTED. */
  private congested = false
  /** What is left of the dump that is running: the datagrams to come. Linux: netlink_callback, cb_running. */
  private dump: Uint8Array[] = []
  private readonly layer: NetlinkLayer
  private readonly serve: NetlinkHandler
  private readonly flags = new Map<number, number>()

  constructor(layer: NetlinkLayer, type: number, protocol: number, serve: NetlinkHandler) {
    super(AF.AF_NETLINK, type, protocol)
    this.layer = layer
    this.serve = serve
    this.options = new SocketOptions(OPTION_SET, layer.limits)
  }

  get receiveTimeout(): number {
    return this.options.receiveTimeout
  }
  get sendTimeout(): number {
    return this.options.sendTimeout
  }
  get lowWater(): number {
    return 1
  }
  get memory(): readonly [number, number, number] {
    return [this.received, 0, 0]
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
  cookie(): number {
    return this.layer.nextCookie()
  }

  private address(port: number, groups: number): Uint8Array {
    const bytes = new Uint8Array(ADDRESS)
    bytes[0] = AF.AF_NETLINK
    bytes.set(words(port, groups), 4)
    return bytes
  }
  getName(): Uint8Array {
    return this.address(this.port, this.groups)
  }
  getPeer(): Uint8Array {
    return this.address(0, 0)
  }

  /** Linux: netlink_bind. */
  bind(_task: Task, address: Uint8Array): number {
    if (address.length < ADDRESS || (address[0]! | (address[1]! << 8)) !== AF.AF_NETLINK) return -EINVAL
    const view = new DataView(address.buffer, address.byteOffset, address.length)
    const port = view.getUint32(4, true)
    if (this.port !== 0 && port !== this.port) return -EINVAL
    if (this.port === 0) {
      const refused = this.layer.bind(this, port, _task.tgid)
      if (refused !== 0) return refused
    }
    this.groups = view.getUint32(8, true)
    return 0
  }

  /** Linux: netlink_connect. The kernel is the only peer. */
  override connect(task: Task, address: Uint8Array): number {
    if (address.length < 2) return -EINVAL
    if ((address[0]! | (address[1]! << 8)) === AF.AF_UNSPEC) return 0
    if (address.length < ADDRESS || (address[0]! | (address[1]! << 8)) !== AF.AF_NETLINK) return -EINVAL
    return this.port === 0 ? this.layer.bind(this, 0, task.tgid) : 0
  }

  /** Linux: netlink_sendmsg. */
  send(task: Task, out: Outgoing): number {
    if ((out.flags & MSG_FLAGS.MSG_OOB) !== 0) return -EOPNOTSUPP
    const { data, name } = out
    if (name !== null && name.length > 0) {
      if (name.length < ADDRESS || (name[0]! | (name[1]! << 8)) !== AF.AF_NETLINK) return -EINVAL
      const view = new DataView(name.buffer, name.byteOffset, name.length)
      if (view.getUint32(4, true) !== 0) return -ECONNREFUSED
      if (view.getUint32(8, true) !== 0 && !capable(task.creds, CAP.CAP_NET_ADMIN)) return -EPERM
    }
    if (this.port === 0) {
      const refused = this.layer.bind(this, 0, task.tgid)
      if (refused !== 0) return refused
    }
    const length = data.left
    if (length > this.options.sndbuf - 32) return -EMSGSIZE
    const bytes = new Uint8Array(length)
    if (data.take(bytes, 0, length) < length) return -EFAULT
    for (const request of parseMessages(bytes)) this.answer(request, task)
    return length
  }

  private answer(request: NetlinkRequest, task: Task): void {
    if ((request.flags & NLM_F.REQUEST) === 0 || request.type < NLMSG.MIN_TYPE) {
      if ((request.flags & NLM_F.ACK) !== 0) this.push(acknowledge(request, this.port, 0))
      return
    }
    const answer = this.serve(request, task)
    if (typeof answer === 'number') {
      if (answer < 0 || (request.flags & NLM_F.ACK) !== 0) this.push(acknowledge(request, this.port, answer))
      return
    }
    if (!answer.multi) {
      for (const body of answer.bodies) this.push(message(answer.type, 0, request.seq, this.port, body))
      if ((request.flags & NLM_F.ACK) !== 0) this.push(acknowledge(request, this.port, 0))
    } else if (this.dump.length > 0) this.push(acknowledge(request, this.port, -EBUSY))
    else {
      this.dump = this.dumpOf(request.seq, answer.type, answer.bodies)
      if (this.received >= this.options.rcvbuf) this.push(acknowledge(request, this.port, -ENOBUFS))
      else this.continueDump()
    }
  }

  /** The datagrams of a dump, the last one saying that it is done. */
  private dumpOf(sequence: number, type: number, bodies: readonly Uint8Array[]): Uint8Array[] {
    const datagrams: Uint8Array[] = []
    let batch: Uint8Array[] = []
    const flush = (): void => {
      if (batch.length > 0) datagrams.push(Uint8Array.from(batch.flatMap((bytes) => [...bytes])))
      batch = []
    }
    for (const body of bodies) {
      const bytes = message(type, NLM_F.MULTI, sequence, this.port, body)
      if (batch.reduce((sum, { length }) => sum + length, bytes.length) > GOOD_SIZE) flush()
      batch.push(bytes)
    }
    flush()
    return [...datagrams, message(NLMSG.DONE, NLM_F.MULTI, sequence, this.port, words(0))]
  }

  /** The next datagram of a dump. Linux: netlink_dump. */
  private continueDump(): void {
    const next = this.dump.shift()
    if (next !== undefined) this.queueIn(next)
  }

  /** Puts a datagram into the queue, or drops it when there is no room. Linux: netlink_attachskb, netlink_overrun. */
  private push(bytes: Uint8Array): void {
    const full = this.received > 0 && this.received + kernelTruesize(bytes.length) > this.options.rcvbuf
    if (!full && !this.congested) return this.queueIn(bytes)
    if (this.congested || this.flags.get(NETLINK_NO_ENOBUFS) === 1) return
    this.congested = true
    this.error = ENOBUFS
    this.moves++
    this.queue.wakeAll()
  }

  private queueIn(bytes: Uint8Array): void {
    this.messages.push(bytes)
    this.received += kernelTruesize(bytes.length)
    this.moves++
    this.queue.wake(1, READABLE)
  }

  /** The first datagram has been received: there is room for what follows. Linux: netlink_rcv_wake. */
  private taken(): void {
    const bytes = this.messages.shift()
    if (bytes !== undefined) this.received -= kernelTruesize(bytes.length)
    if (this.received <= this.options.rcvbuf / 2) this.continueDump()
    if (this.messages.length === 0) this.congested = false
  }

  /** Linux: netlink_recvmsg without its wait. */
  receive(_task: Task, incoming: Incoming): number {
    if ((incoming.flags & MSG_FLAGS.MSG_OOB) !== 0) return -EOPNOTSUPP
    if (this.error !== 0) return this.takeError()
    const bytes = this.messages[0]
    if (bytes === undefined) return -EAGAIN
    const run = Math.min(bytes.length, incoming.data.left)
    if (run < bytes.length) incoming.outFlags |= MSG_FLAGS.MSG_TRUNC
    const moved = incoming.data.put(bytes, 0, run)
    if ((incoming.flags & MSG_FLAGS.MSG_PEEK) === 0) this.taken()
    incoming.name = this.address(0, 0)
    if (moved < run) return -EFAULT
    return (incoming.flags & MSG_FLAGS.MSG_TRUNC) !== 0 ? bytes.length : run
  }

  poll(): number {
    return (this.error !== 0 ? POLL.POLLERR : 0) | (this.messages.length > 0 ? READABLE : 0) | WRITABLE
  }

  override hasLevel(level: number): boolean {
    return level === SOL.SOL_SOCKET || level === SOL.SOL_NETLINK
  }
  setOption(task: Task, level: number, name: number, value: Uint8Array, length: number): number {
    if (level === SOL.SOL_SOCKET) return name === SO_NEW.SO_PASSRIGHTS ? -EOPNOTSUPP : this.options.put(task, name, value, length)
    if (level !== SOL.SOL_NETLINK) return -ENOPROTOOPT
    if (length < 4) return -EINVAL
    if (value.length < 4) return -EFAULT
    if (name < 1 || name > LAST_OPTION) return -ENOPROTOOPT
    const n = new DataView(value.buffer, value.byteOffset, 4).getInt32(0, true)
    if (GROUP_OPTIONS.includes(name) && (n < 1 || n > 64)) return -EINVAL
    this.flags.set(name, n === 0 ? 0 : 1)
    return 0
  }
  getOption(task: Task, level: number, name: number, length: number): Uint8Array | number {
    if (level === SOL.SOL_SOCKET) return this.options.get(task, this, name, length)
    if (level !== SOL.SOL_NETLINK || name < 3 || name > LAST_OPTION) return -ENOPROTOOPT
    return length < 4 ? -EINVAL : words(this.flags.get(name) ?? 0)
  }

  override ioctl(_file: File, command: number, argument: number, task: Task): number {
    if (command === SOCKET_IOCTLS.SIOCINQ || command === SOCKET_IOCTLS.SIOCOUTQ) return -ENOTTY
    return deviceIoctl(this.layer.net, command, argument, task)
  }

  closed(): void {
    this.layer.ports.delete(this.layer.key(this.protocol, this.port))
  }
}

