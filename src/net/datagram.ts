import { EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN, EACCES, EFAULT, EINVAL, EMSGSIZE, ENETUNREACH, ENODEV, ENOTCONN, ENOTTY, EOPNOTSUPP } from '../abi/errno.js'
import { POLL } from '../abi/flags/poll.js'
import { IPV6_OPTIONS, MSG_FLAGS as MSG } from '../abi/flags/sockets.js'
import { ANY4, ANY6, type Endpoint, type IpAddress, asFamily } from './address.js'
import { isBroadcastAddress, isLocalAddress } from './ip/addresses.js'
import { routeError } from './ip/output.js'
import type { Route } from './ip/route.js'
import { putTimestamps } from './messages.js'
import { KEPT, kept } from './option-table.js'
import { putDatagramInfo, putPacketInfo } from './packet-info.js'
import { type SkBuff, SkBuffQueue } from './skb.js'
import { type ReceiveMessage, SHUTDOWN, type SendMessage, Sock, TCP } from './sock.js'
import { isWildcard } from './tcp/wildcard.js'
import { truesize } from './truesize.js'

/** SIOCINQ and SIOCOUTQ. */
const SIOCINQ = 0x541b
const SIOCOUTQ = 0x5411

/** What UDP, ping and raw sockets have in common: a queue of packets, an optional peer. Linux: net/ipv4/datagram.c, net/core/datagram.c. */
export abstract class DatagramSock extends Sock {
  readonly queue = new SkBuffQueue()

  /** Where the data begins behind `skb.start`, as the user sees it. */
  protected abstract dataOffset(skb: SkBuff): number
  /** Takes a port (or ping identifier), or any with 0; 0 or -EADDRINUSE. */
  abstract getPort(port: number): number
  /** Gives it back. */
  protected abstract putPort(): void
  /** Sends a message whose length and flags are fine. */
  protected abstract sendDatagram(message: SendMessage): number

  /** Linux: what udp_sendmsg, ping_sendmsg and raw_sendmsg begin with. */
  send(message: SendMessage): number {
    if (message.data.left > 0xffff) return -EMSGSIZE
    if ((message.flags & MSG.MSG_OOB) !== 0) return -EOPNOTSUPP
    this.net.refresh()
    const result = this.sendDatagram(message)
    this.net.flush()
    return result
  }

  /** The bytes of a message, or -EFAULT. */
  protected bytesOf({ data }: SendMessage): Uint8Array | number {
    const bytes = new Uint8Array(data.left)
    return bytes.length > 0 && data.take(bytes, 0, bytes.length) < bytes.length ? -EFAULT : bytes
  }

  /** Linux: inet_bind, inet6_bind. */
  bind(to: Endpoint): number {
    const failure = checkBindAddress(this, to)
    if (failure !== 0) return failure
    if (this.state !== TCP.CLOSE || this.localPort !== 0) return -EINVAL
    const { address } = to
    const old = this.boundAddress
    this.boundAddress = asFamily(address, this.family)
    this.local = address.isMulticast || isBroadcastAddress(this.net, address, null) ? this.any : this.boundAddress
    if (address.needsScope && this.boundDevice === 0) this.boundDevice = to.scope ?? 0
    const taken = this.getPort(to.port)
    if (taken !== 0) this.boundAddress = this.local = old
    else if (!isWildcard(address)) this.addressLocked = true
    if (taken === 0 && to.port !== 0) this.portLocked = true
    return taken
  }

  /** bind(2) gave the address or port: disconnecting keeps them. Linux: SOCK_BINDADDR_LOCK, SOCK_BINDPORT_LOCK. */
  protected addressLocked = false
  protected portLocked = false

  get any(): IpAddress {
    return this.family === 4 ? ANY4 : ANY6
  }

  /** Linux: __ip4_datagram_connect, __ip6_datagram_connect, udp_disconnect. */
  connect(to: Endpoint | null, _flags: number): number {
    this.net.refresh()
    if (to === null) return this.disconnect()
    if (this.family === 4 && to.address.family === 6) return -EAFNOSUPPORT
    if (this.family === 6 && to.address.isV4 && this.options.v6Only) return -EAFNOSUPPORT
    const needsScope = to.address.needsScope
    if (needsScope && !to.scope && this.boundDevice === 0 && (!to.address.isMulticast || this.options.multicastInterface === 0)) return -EINVAL
    const route = this.routeTo(to.address, this.local, to.scope ?? 0)
    if (typeof route === 'number') return route
    if (route.kind === 'broadcast' && !this.options.broadcast) return -EACCES
    if (this.localPort === 0) {
      const taken = this.getPort(0)
      if (taken !== 0) return taken
    }
    if (isWildcard(this.local)) this.local = asFamily(route.source, this.family)
    if (isWildcard(this.boundAddress)) this.boundAddress = asFamily(route.source, this.family)
    this.remote = asFamily(to.address.isAny ? route.destination : to.address, this.family)
    this.remotePort = to.port
    if (needsScope && (to.scope ?? 0) !== 0) this.boundDevice = to.scope ?? 0
    this.state = TCP.ESTABLISHED
    this.ipId = this.net.random.u32() & 0xffff
    this.route = route
    return 0
  }

  /** Forgets the peer. Linux: udp_disconnect. */
  protected disconnect(): number {
    this.state = TCP.CLOSE
    this.remote = this.any
    this.remotePort = 0
    this.route = null
    if (!this.addressLocked) this.local = this.boundAddress = this.any
    if (!this.portLocked) {
      this.putPort()
      this.localPort = 0
    }
    return 0
  }

  /** The route for a datagram, or -errno. @param scope interface of a link-local destination, 0: the bound one */
  routeTo(to: IpAddress, from: IpAddress, scope: number): Route | number {
    const { net } = this
    const address = to.isMapped ? asFamily(to, 4) : to
    const source = isWildcard(from) ? null : from.isMapped ? asFamily(from, 4) : from
    const multicast = address.isMulticast ? this.options.multicastInterface : 0
    const sticky = this.family === 6 ? kept(this, KEPT.IPV6 + IPV6_OPTIONS.IPV6_PKTINFO, 0) : 0
    const ifindex = this.boundDevice || scope || sticky || multicast
    if (address.isLinkLocal && ifindex === 0) return -ENETUNREACH
    if (ifindex !== 0 && net.device(ifindex) === null) return address.isV4 ? -ENODEV : -ENETUNREACH
    const route = net.routeLookup(address, source, ifindex)
    return route ?? routeError(net, address)
  }

  /** Datagrams know no connections: -EOPNOTSUPP. */
  listen(_backlog: number): number {
    return -EOPNOTSUPP
  }

  accept(): Sock | number {
    return -EOPNOTSUPP
  }

  /** A packet for this socket; dropped when the receive buffer is full. Linux: __udp_enqueue_schedule_skb, sock_queue_rcv_skb. @returns whether it was taken */
  enqueue(skb: SkBuff): boolean {
    const size = truesize(skb)
    if (this.rmemAlloc !== 0 && this.rmemAlloc + size > this.rcvbuf) {
      this.drops++
      return false
    }
    this.rmemAlloc += size
    skb.truesize = size
    skb.dropped = this.drops
    this.queue.push(skb)
    this.net.onReady(this, POLL.POLLIN | POLL.POLLRDNORM | POLL.POLLRDBAND)
    return true
  }

  /** Packets dropped for want of room; SO_RXQ_OVFL, /proc/net/udp. */
  drops = 0

  override get dropCount(): number {
    return this.drops
  }

  /** Linux: udp_recvmsg, raw_recvmsg, ping_recvmsg. */
  receive(message: ReceiveMessage): number {
    if ((message.flags & MSG.MSG_OOB) !== 0 && this.refusesOob) return -EOPNOTSUPP
    if (this.error !== 0) {
      const { error } = this
      this.error = 0
      return -error
    }
    const peek = (message.flags & MSG.MSG_PEEK) !== 0
    let offset = peek && this.options.peekOffset >= 0 ? this.options.peekOffset : 0
    let skb = this.queue.head
    if (offset > 0) {
      while (skb !== null && offset >= this.lengthOf(skb) && this.lengthOf(skb) > 0) {
        offset -= this.lengthOf(skb)
        skb = skb.next
      }
    }
    if (skb === null) return -EAGAIN
    const from = skb.start + this.dataOffset(skb) + offset
    const available = skb.end - from
    const copied = Math.min(available, message.data.left)
    if (copied < available) message.outFlags |= MSG.MSG_TRUNC
    const fault = copied > 0 && message.data.put(skb.buffer, from, copied) < copied
    if (!peek) this.#dequeue(skb)
    if (fault) return -EFAULT
    if (peek && this.options.peekOffset >= 0) this.ownOptions().peekOffset += copied
    else if (this.options.peekOffset > 0) this.ownOptions().peekOffset = Math.max(0, this.options.peekOffset - copied)
    putTimestamps(this, message, skb.receivedAt)
    putDatagramInfo(this, message, skb)
    message.from = this.senderOf(skb)
    putPacketInfo(this, message, skb)
    return (message.flags & MSG.MSG_TRUNC) !== 0 ? available : copied
  }

  #dequeue(skb: SkBuff): void {
    this.queue.remove(skb)
    this.rmemAlloc -= skb.truesize
  }

  protected get refusesOob(): boolean {
    return true
  }

  /** Bytes of payload that a received packet gives. */
  protected lengthOf(skb: SkBuff): number {
    return skb.end - skb.start - this.dataOffset(skb)
  }

  /** Who sent it, as recvfrom(2) tells. */
  protected senderOf(skb: SkBuff): Endpoint {
    return { address: asFamily(skb.src, this.family), port: skb.sport, scope: skb.src.isLinkLocal ? skb.ifindex : 0 }
  }

  /** Linux: inet_shutdown over a datagram socket. */
  shutDown(how: number): number {
    if (how < 0 || how > 2) return -EINVAL
    const connected = this.state !== TCP.CLOSE
    this.shutdown |= how + 1
    this.net.onReady(this, POLL.POLLIN | POLL.POLLOUT | POLL.POLLHUP | POLL.POLLRDHUP | POLL.POLLRDNORM | POLL.POLLWRNORM)
    return connected ? 0 : -ENOTCONN
  }

  /** Linux: datagram_poll. */
  poll(): number {
    let mask: number = POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLWRBAND
    if (this.error !== 0 || this.errors.length > 0) mask |= POLL.POLLERR
    if ((this.shutdown & SHUTDOWN.RCV) !== 0) mask |= POLL.POLLRDHUP | POLL.POLLIN | POLL.POLLRDNORM
    if (this.shutdown === SHUTDOWN.MASK) mask |= POLL.POLLHUP
    if (this.queue.length > 0) mask |= POLL.POLLIN | POLL.POLLRDNORM
    return mask
  }

  release(): void {
    this.dead = true
    this.putPort()
    while (this.queue.shift() !== null);
    this.rmemAlloc = 0
    this.errors.length = 0
  }

  /** Linux: udp_ioctl. */
  ioctl(command: number): number {
    if (command === SIOCOUTQ) return this.wmemQueued
    if (command === SIOCINQ) return this.queue.head === null ? 0 : this.lengthOf(this.queue.head)
    return -ENOTTY
  }

  getName(): Endpoint {
    return { address: this.local, port: this.localPort, scope: this.local.isLinkLocal ? this.boundDevice : 0 }
  }

  getPeer(): Endpoint | number {
    if (this.state !== TCP.ESTABLISHED) return -ENOTCONN
    return { address: this.remote, port: this.remotePort, scope: this.remote.isLinkLocal ? this.boundDevice : 0 }
  }
}

/**
 * May the socket be bound to this address? Linux: the address checks of __inet_bind and __inet6_bind.
 *
 * @returns 0, -EAFNOSUPPORT, -EINVAL, -ENODEV, -EADDRNOTAVAIL
 */
export function checkBindAddress(sk: Sock, to: Endpoint): number {
  const { net, options } = sk
  const { address } = to
  if (sk.family === 4 && address.family === 6) return -EAFNOSUPPORT
  if (sk.family === 6 && address.family === 4) return -EINVAL
  if (sk.family === 6) {
    if (address.isMapped && options.v6Only) return -EINVAL
    if (address.needsScope) {
      const ifindex = to.scope !== undefined && to.scope !== 0 ? to.scope : sk.boundDevice
      if (ifindex === 0) return -EINVAL
      if (net.device(ifindex) === null) return -ENODEV
    }
  }
  if (isWildcard(address) || options.freeBind || options.transparent) return 0
  if ((address.isV4 ? net.sysctl.ip_nonlocal_bind : net.sysctl.ip6_nonlocal_bind) !== 0) return 0
  if (isLocalAddress(net, address) || address.isMulticast || isBroadcastAddress(net, address, null)) return 0
  return -EADDRNOTAVAIL
}
