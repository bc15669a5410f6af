import { EADDRINUSE, EAFNOSUPPORT, EDESTADDRREQ, EFAULT, EINVAL, EMSGSIZE, EOPNOTSUPP, EPIPE, ENETUNREACH } from '../abi/errno.js'
import { MSG_FLAGS as MSG } from '../abi/flags/sockets.js'
import { type Endpoint, asFamily } from './address.js'
import { DatagramSock, isWildcardAddress } from './datagram.js'
import { ORIGIN, queueError } from './error-queue.js'
import { type IcmpError, icmpErrno } from './ip/icmp-errno.js'
import { countIcmpOut } from './ip/icmp-send.js'
import { ICMP, ICMPV6, ICMP_UNREACH } from './ip/icmp-types.js'
import { PMTUDISC, ipSend } from './ip/output.js'
import { readAncillary } from './send-control.js'
import { SkBuff } from './skb.js'
import { SHUTDOWN, type SendMessage, TCP } from './sock.js'
import type { NetStack } from './stack.js'
import { get16, put16 } from './wire/bytes.js'
import { sumIcmp } from './wire/icmp.js'

/** The ping sockets of a stack, by identifier. Linux: struct ping_table. */
export class PingTable {
  readonly sockets: PingSock[] = []
  /** Last identifier handed out. Linux: ping_port_rover. */
  rover = 0

  lookup(family: 4 | 6, id: number): PingSock | null {
    for (const sk of this.sockets) if (sk.family === family && sk.localPort === id) return sk
    return null
  }
}

/** An ICMP echo socket (SOCK_DGRAM with IPPROTO_ICMP or ICMPV6): the identifier is its port. Linux: net/ipv4/ping.c. */
export class PingSock extends DatagramSock {
  constructor(net: NetStack, family: 4 | 6) {
    super(net, family, 2, family === 4 ? 1 : 58)
  }

  protected dataOffset(): number {
    return 0
  }

  /** Linux: ping_get_port. */
  protected getPort(wanted: number): number {
    const { ping } = this.net
    let id = wanted
    if (id === 0) {
      for (let i = 1; i <= 0xffff && id === 0; i++) {
        const next = (ping.rover + i) & 0xffff
        if (next !== 0 && ping.lookup(this.family, next) === null) id = next
      }
      if (id === 0) return -EADDRINUSE
      ping.rover = id
    } else {
      const other = ping.lookup(this.family, id)
      if (other !== null && other !== this && !(other.options.reuseAddress && this.options.reuseAddress)) return -EADDRINUSE
    }
    this.localPort = id
    ping.sockets.push(this)
    return 0
  }

  protected putPort(): void {
    const at = this.net.ping.sockets.indexOf(this)
    if (at >= 0) this.net.ping.sockets.splice(at, 1)
  }

  protected override senderOf(skb: SkBuff): Endpoint {
    return { address: asFamily(skb.src, this.family), port: 0, scope: skb.src.isLinkLocal ? skb.ifindex : 0 }
  }

  /** Linux: ping_v4_sendmsg, ping_v6_sendmsg. */
  send(message: SendMessage): number {
    const { net } = this
    net.refresh()
    const result = this.#send(message)
    net.flush()
    return result
  }

  #send(message: SendMessage): number {
    const { net, options } = this
    const v4 = this.family === 4
    const length = message.data.left
    if (length > 0xffff) return -EMSGSIZE
    if (length < 8) return -EINVAL
    if ((message.flags & MSG.MSG_OOB) !== 0) return -EOPNOTSUPP
    if ((this.shutdown & SHUTDOWN.SEND) !== 0) return -EPIPE
    const bytes = new Uint8Array(length)
    if (message.data.take(bytes, 0, length) < length) return -EFAULT
    if (v4 ? bytes[0] !== ICMP.ECHO || bytes[1] !== 0 : bytes[0] !== ICMPV6.ECHO_REQUEST || bytes[1] !== 0) return -EINVAL
    const { to: given } = message
    if (given === null && this.state !== TCP.ESTABLISHED) return -EDESTADDRREQ
    const to = given?.address ?? this.remote
    if (to.family !== this.family) return v4 ? -EAFNOSUPPORT : -EAFNOSUPPORT
    if (to.isMapped) return -ENETUNREACH
    const ancillary = readAncillary(this, message.control)
    if (typeof ancillary === 'number') return ancillary
    if (this.localPort === 0) {
      const taken = this.getPort(0)
      if (taken !== 0) return taken
    }
    const route = this.routeTo(to, ancillary.source ?? this.local, ancillary.ifindex !== 0 ? ancillary.ifindex : (given?.scope ?? 0))
    if (typeof route === 'number') return route
    put16(bytes, 4, this.localPort)
    const skb = new SkBuff()
    skb.family = this.family
    skb.src = ancillary.source ?? (isWildcardAddress(this.local) ? route.source : this.local)
    skb.dst = route.destination
    skb.protocol = this.protocol
    skb.buffer = bytes
    skb.end = length
    if (v4) {
      skb.tos = ancillary.tos >= 0 ? ancillary.tos : options.tos
      skb.ipOptions = options.ipOptions
      skb.ttl = ancillary.ttl > 0 ? ancillary.ttl : Math.max(0, options.ttl)
      skb.dontFragment = options.mtuDiscover !== PMTUDISC.DONT && length + 20 <= net.dstMtu(route)
      skb.id = net.ip.nextId(1) & 0xffff
    } else {
      skb.tos = ancillary.tos >= 0 ? ancillary.tos : Math.max(0, options.trafficClass)
      skb.ttl = ancillary.ttl > 0 ? ancillary.ttl : Math.max(0, options.hopLimit)
    }
    sumIcmp(bytes, this.family, skb.src, skb.dst)
    countIcmpOut(net, this.family, bytes[0]!)
    const sent = ipSend(net, skb, route)
    return sent < 0 ? sent : length
  }
}

/** Echo replies go to the ping socket with their identifier. Linux: ping_rcv. */
export function pingReceive(net: NetStack, skb: SkBuff): void {
  if (net.ping.sockets.length === 0 || skb.end - skb.start < 8) return
  if (skb.buffer[skb.start] !== (skb.family === 4 ? ICMP.ECHO_REPLY : ICMPV6.ECHO_REPLY)) return
  const sk = net.ping.lookup(skb.family, get16(skb.buffer, skb.start + 4))
  if (sk === null || (!isWildcardAddress(sk.boundAddress) && !sk.boundAddress.equals(skb.dst))) return
  if (sk.boundDevice !== 0 && sk.boundDevice !== skb.ifindex) return
  sk.enqueue(skb)
}

/** An ICMP error about an echo of ours. Linux: ping_err. */
export function pingError(net: NetStack, skb: SkBuff, error: IcmpError): void {
  const v4 = skb.family === 4
  const type = skb.buffer[skb.start]
  if (type !== (v4 ? ICMP.ECHO : ICMPV6.ECHO_REQUEST)) return
  const sk = net.ping.lookup(skb.family, get16(skb.buffer, skb.start + 4))
  const meaning = icmpErrno(error.family, error.type, error.code)
  if (sk === null || meaning === null) return
  let [errno, fatal] = meaning
  if (v4 ? error.type === ICMP.DEST_UNREACH && error.code === ICMP_UNREACH.FRAG_NEEDED : error.type === ICMPV6.PKT_TOO_BIG) {
    net.routeCache.updateMtu(net, skb.dst, error.info)
    if (v4 && sk.options.mtuDiscover === PMTUDISC.DONT) return
    if (v4) [errno, fatal] = [EMSGSIZE, true]
  }
  if (v4 ? sk.options.receiveErrors : sk.options.receiveErrors6) {
    queueError(sk, {
      errno, origin: v4 ? ORIGIN.ICMP : ORIGIN.ICMP6, type: error.type, code: error.code, info: error.info, data: 0, payload: skb.buffer.slice(skb.start, skb.end),
      to: { address: skb.dst, port: 0 }, offender: error.offender, timestamp: null,
    })
  } else if (!fatal || sk.state !== TCP.ESTABLISHED) return
  sk.error = errno
  net.onReady(sk, 8)
}
