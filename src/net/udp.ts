import {
  EACCES, EADDRINUSE, EAFNOSUPPORT, EDESTADDRREQ, EFAULT, EINVAL, EMSGSIZE, ENETUNREACH, EOPNOTSUPP, EPIPE,
} from '../abi/errno.js'
import { MSG_FLAGS as MSG } from '../abi/flags/sockets.js'
import { type IpAddress, asFamily } from './address.js'
import { DatagramSock, isWildcardAddress } from './datagram.js'
import { ORIGIN, queueError } from './error-queue.js'
import { type IcmpError, icmpErrno } from './ip/icmp-errno.js'
import { sendPortUnreachable } from './ip/icmp-send.js'
import { ICMP, ICMPV6, ICMP_UNREACH } from './ip/icmp-types.js'
import { PMTUDISC, ipSend } from './ip/output.js'
import type { Route } from './ip/route.js'
import { MIB } from './mib.js'
import { acceptsGroup } from './multicast.js'
import { type Ancillary, readAncillary } from './send-control.js'
import { SkBuff } from './skb.js'
import { SHUTDOWN, type SendMessage, TCP } from './sock.js'
import type { NetStack } from './stack.js'
import { isReservedPort, localPortRange } from './tcp/ports.js'
import { emitUdp, parseUdp } from './wire/udp.js'

/** Data waiting for UDP_CORK or MSG_MORE to end. */
interface Corked {
  readonly parts: Uint8Array[]
  length: number
  readonly to: IpAddress
  readonly port: number
  readonly route: Route
  readonly ancillary: Ancillary
}

/** A UDP socket of either family. Linux: struct udp_sock; net/ipv4/udp.c, net/ipv6/udp.c. */
export class UdpSock extends DatagramSock {
  /** UDP_CORK. */
  cork = false
  /** UDP_SEGMENT: bytes of data in each datagram of a large send; 0: off. */
  segment = 0
  /** UDP_NO_CHECK6_TX, UDP_NO_CHECK6_RX. */
  noCheck6Tx = false
  noCheck6Rx = false
  #pending: Corked | null = null

  constructor(net: NetStack, family: 4 | 6) {
    super(net, family, 2, 17)
  }

  protected dataOffset(): number {
    return 8
  }

  /** Linux: udp_lib_get_port. */
  protected getPort(wanted: number): number {
    const { udp } = this.net
    const port = wanted !== 0 ? wanted : this.#findPort()
    if (port === 0 || udp.conflicts(this, port)) return -EADDRINUSE
    this.localPort = port
    udp.add(this)
    return 0
  }

  #findPort(): number {
    const { net } = this
    const [low, high] = localPortRange(this)
    const remaining = high - low + 1
    if (remaining <= 0) return 0
    const first = net.random.u32() % remaining
    for (let i = 0; i < remaining; i++) {
      const port = low + ((first + i) % remaining)
      if (!isReservedPort(this, port) && !net.udp.conflicts(this, port)) return port
    }
    return 0
  }

  protected putPort(): void {
    if (this.localPort !== 0) this.net.udp.remove(this)
  }

  /** Linux: udp_sendmsg, udpv6_sendmsg. */
  send(message: SendMessage): number {
    const { net } = this
    net.refresh()
    const result = this.#send(message)
    net.flush()
    return result
  }

  #send(message: SendMessage): number {
    const { net } = this
    const length = message.data.left
    if (length > 0xffff) return -EMSGSIZE
    if ((message.flags & MSG.MSG_OOB) !== 0) return -EOPNOTSUPP
    if (this.error !== 0) return this.#takeError()
    if ((this.shutdown & SHUTDOWN.SEND) !== 0) return -EPIPE
    let corked = this.#pending
    if (corked === null) {
      const started = this.#start(message)
      if (typeof started === 'number') return started
      corked = started
    }
    const data = new Uint8Array(length)
    if (length > 0 && message.data.take(data, 0, length) < length) return -EFAULT
    if (corked.length + length + 8 > 0xffff - (corked.to.isV4 ? 20 : 0)) return this.#tooLong(corked, 0xffff)
    const failure = this.#checkSize(corked, corked.length + length)
    if (failure !== 0) return failure
    corked.parts.push(data)
    corked.length += length
    if (this.cork || (message.flags & MSG.MSG_MORE) !== 0) {
      this.#pending = corked
      return length
    }
    this.#pending = null
    const sent = this.#transmit(corked)
    net.mib[this.#isV4(corked.to) ? MIB.UdpOutDatagrams : MIB.Udp6OutDatagrams]! += sent < 0 ? 0 : 1
    return sent < 0 ? sent : length
  }

  #takeError(): number {
    const { error } = this
    this.error = 0
    return -error
  }

  #isV4(to: IpAddress): boolean {
    return to.isV4
  }

  /** Destination, source and route of a datagram. */
  #start(message: SendMessage): Corked | number {
    const { to: given } = message
    let to: IpAddress, port: number, scope = 0
    if (given !== null) {
      if (this.family === 4 && given.address.family === 6) return -EAFNOSUPPORT
      if (given.port === 0) return -EINVAL
      to = given.address
      port = given.port
      scope = given.scope ?? 0
    } else {
      if (this.state !== TCP.ESTABLISHED) return -EDESTADDRREQ
      to = this.remote
      port = this.remotePort
    }
    if (to.isV4 && this.family === 6 && this.options.v6Only) return -ENETUNREACH
    const ancillary = readAncillary(this, message.control)
    if (typeof ancillary === 'number') return ancillary
    if (this.localPort === 0) {
      const taken = this.getPort(0)
      if (taken !== 0) return -11
    }
    const known = this.route
    const cached = given === null && known !== null && known.generation === this.net.routes.generation && ancillary.source === null && ancillary.ifindex === 0
    const route = cached ? known : this.routeTo(to, ancillary.source ?? this.local, ancillary.ifindex !== 0 ? ancillary.ifindex : scope)
    if (typeof route === 'number') {
      if (route === -ENETUNREACH) this.net.mib[to.isV4 ? MIB.IpOutNoRoutes : MIB.Ip6OutNoRoutes]!++
      return route
    }
    if (route.kind === 'broadcast' && !this.options.broadcast) return -EACCES
    if (given === null && !cached && ancillary.source === null) this.route = route
    return { parts: [], length: 0, to: to.isAny ? route.destination : to, port, route, ancillary }
  }

  /** What is larger than the path may only go when it may be fragmented. Linux: __ip_append_data, __ip6_append_data. */
  #checkSize(corked: Corked, length: number): number {
    const v4 = corked.to.isV4
    const segment = corked.ancillary.segment !== 0 ? corked.ancillary.segment : this.segment
    const mtu = this.#mtu(corked.route, v4)
    const packet = Math.min(length, segment === 0 ? length : segment) + (v4 ? 28 : 48)
    if (packet <= mtu) return 0
    if (segment !== 0) return -EINVAL
    if (v4 ? this.options.mtuDiscover >= PMTUDISC.DO : corked.ancillary.dontFragment || (this.options.mtuDiscover6 >= PMTUDISC.DO && this.options.mtuDiscover6 !== PMTUDISC.OMIT)) {
      if (this.options.mtuDiscover === PMTUDISC.OMIT && v4) return 0
      return this.#tooLong(corked, mtu)
    }
    return 0
  }

  /** Linux: ip_sk_use_pmtu. */
  #mtu(route: Route, v4: boolean): number {
    const discover = v4 ? this.options.mtuDiscover : this.options.mtuDiscover6
    return discover >= PMTUDISC.PROBE ? route.device.mtu : this.net.dstMtu(route)
  }

  /** Linux: ip_local_error, ipv6_local_error. */
  #tooLong(corked: Corked, mtu: number): number {
    if (this.options.receiveErrors || this.options.receiveErrors6) {
      queueError(this, {
        errno: EMSGSIZE, origin: ORIGIN.LOCAL, type: 0, code: 0, info: mtu, data: 0, payload: new Uint8Array(0),
        to: { address: asFamily(corked.to, this.family), port: corked.port }, offender: null, timestamp: null,
      })
    }
    return -EMSGSIZE
  }

  /** UDP_CORK was taken away: what was gathered leaves. Linux: udp_push_pending_frames. */
  pushPending(): number {
    const corked = this.#pending
    if (corked === null) return 0
    this.#pending = null
    const sent = this.#transmit(corked)
    if (sent === 0) this.net.mib[corked.to.isV4 ? MIB.UdpOutDatagrams : MIB.Udp6OutDatagrams]!++
    this.net.flush()
    return sent
  }

  /** Linux: udp_send_skb, udp_v6_send_skb. */
  #transmit(corked: Corked): number {
    const segment = corked.ancillary.segment !== 0 ? corked.ancillary.segment : this.segment
    const size = segment === 0 ? corked.length : segment
    let result = 0, at = 0
    const whole = new Uint8Array(8 + corked.length)
    let to = 8
    for (const part of corked.parts) {
      whole.set(part, to)
      to += part.length
    }
    do {
      const length = Math.min(size, corked.length - at)
      const bytes = segment === 0 ? whole : new Uint8Array(8 + length)
      if (segment !== 0) bytes.set(whole.subarray(8 + at, 8 + at + length), 8)
      result = this.#sendOne(corked, bytes)
      at += length
    } while (result === 0 && at < corked.length)
    return result
  }

  #sendOne(corked: Corked, bytes: Uint8Array): number {
    const { net, options } = this
    const { route, ancillary } = corked
    const v4 = corked.to.isV4
    const skb = new SkBuff()
    skb.family = v4 ? 4 : 6
    skb.src = ancillary.source ?? (isWildcardAddress(this.local) ? route.source : this.local)
    skb.dst = route.destination
    skb.protocol = 17
    skb.sport = this.localPort
    skb.dport = corked.port
    skb.buffer = bytes
    skb.end = bytes.length
    if (v4) {
      skb.tos = ancillary.tos >= 0 ? ancillary.tos : options.tos
      skb.ipOptions = options.ipOptions
      skb.ttl = ancillary.ttl > 0 ? ancillary.ttl : skb.dst.isMulticast ? options.multicastTtl : Math.max(0, options.ttl)
      const discover = options.mtuDiscover
      skb.dontFragment = discover === PMTUDISC.DO || discover === PMTUDISC.PROBE || (discover === PMTUDISC.WANT && bytes.length + 20 <= net.dstMtu(route) && !net.routeCache.isMtuLocked(net, route))
      skb.id = this.state === TCP.ESTABLISHED ? this.ipId++ & 0xffff : skb.dontFragment ? 0 : net.ip.nextId(1) & 0xffff
    } else {
      skb.tos = ancillary.tos >= 0 ? ancillary.tos : Math.max(0, options.trafficClass)
      skb.ttl = ancillary.ttl > 0 ? ancillary.ttl : skb.dst.isMulticast ? options.multicastHops : Math.max(0, options.hopLimit)
    }
    emitUdp(bytes, 0, bytes.length, skb.family, skb.src, skb.dst, this.localPort, corked.port, v4 ? !options.noCheck : !this.noCheck6Tx)
    return ipSend(net, skb, route)
  }

  /** The file went away: the socket leaves the table. */
  override release(): void {
    this.#pending = null
    super.release()
  }
}

/** A UDP packet came in. Linux: __udp4_lib_rcv, __udp6_lib_rcv. */
export function udpReceive(net: NetStack, skb: SkBuff): void {
  const v4 = skb.family === 4
  const failure = parseUdp(skb)
  if (failure !== '') {
    const zeroChecksum = failure === 'UDP_CSUM' && !v4 && skb.buffer[skb.start + 6] === 0 && skb.buffer[skb.start + 7] === 0
    const sk = zeroChecksum ? net.udp.lookup(skb.src, skb.sport, skb.dst, skb.dport, skb.ifindex, 6) : null
    if (sk === null || !sk.noCheck6Rx) {
      net.mib[v4 ? MIB.UdpInErrors : MIB.Udp6InErrors]!++
      if (failure === 'UDP_CSUM' && !zeroChecksum) net.mib[v4 ? MIB.UdpInCsumErrors : MIB.Udp6InCsumErrors]!++
      return
    }
  }
  if (skb.dst.isMulticast || skb.dst.isBroadcast || (v4 && net.routeLookup(skb.dst, null, 0)?.kind === 'broadcast')) {
    deliverToAll(net, skb)
    return
  }
  const sk = net.udp.lookup(skb.src, skb.sport, skb.dst, skb.dport, skb.ifindex, skb.family)
  if (sk === null) {
    net.mib[v4 ? MIB.UdpNoPorts : MIB.Udp6NoPorts]!++
    sendPortUnreachable(net, skb)
    return
  }
  deliverTo(net, sk, skb)
}

function deliverTo(net: NetStack, sk: UdpSock, skb: SkBuff): void {
  const v4 = skb.family === 4
  if ((v4 ? sk.options.minTtl : sk.options.minHopCount) > skb.ttl) return
  if (sk.enqueue(skb)) net.mib[v4 ? MIB.UdpInDatagrams : MIB.Udp6InDatagrams]!++
  else {
    net.mib[v4 ? MIB.UdpRcvbufErrors : MIB.Udp6RcvbufErrors]!++
    net.mib[v4 ? MIB.UdpInErrors : MIB.Udp6InErrors]!++
  }
}

/** Every socket that the address and port fit gets a copy. Linux: __udp4_lib_mcast_deliver. */
function deliverToAll(net: NetStack, skb: SkBuff): void {
  let taken = false
  for (const sk of [...net.udp.at(skb.dport)]) {
    if (skb.family === 6 ? sk.family !== 6 : sk.family === 6 && sk.options.v6Only) continue
    if (!isWildcardAddress(sk.boundAddress) && !sk.boundAddress.equals(skb.dst)) continue
    if ((!isWildcardAddress(sk.remote) && !sk.remote.equals(skb.src)) || (sk.remotePort !== 0 && sk.remotePort !== skb.sport)) continue
    if (sk.boundDevice !== 0 && sk.boundDevice !== skb.ifindex) continue
    if (skb.dst.isMulticast && !acceptsGroup(sk, skb.dst, skb.ifindex)) continue
    const copy = Object.assign(new SkBuff(), skb)
    copy.next = copy.prev = null
    deliverTo(net, sk, copy)
    taken = true
  }
  if (!taken) net.mib[skb.family === 4 ? MIB.UdpIgnoredMulti : MIB.Udp6IgnoredMulti]!++
}

/** An ICMP error about a datagram of ours. Linux: __udp4_lib_err, __udp6_lib_err. */
export function udpError(net: NetStack, skb: SkBuff, error: IcmpError): void {
  const v4 = skb.family === 4
  const sk = net.udp.lookup(skb.dst, skb.dport, skb.src, skb.sport, skb.ifindex, skb.family)
  if (sk === null) {
    net.mib[v4 ? MIB.IcmpInErrors : MIB.Icmp6InErrors]!++
    return
  }
  const meaning = icmpErrno(error.family, error.type, error.code)
  if (meaning === null) return
  let [errno, fatal] = meaning
  const { options } = sk
  if (v4 ? error.type === ICMP.DEST_UNREACH && error.code === ICMP_UNREACH.FRAG_NEEDED : error.type === ICMPV6.PKT_TOO_BIG) {
    net.routeCache.updateMtu(net, skb.dst, error.info)
    const discover = v4 ? options.mtuDiscover : options.mtuDiscover6
    if (v4 && discover === PMTUDISC.DONT) return
    if (discover !== PMTUDISC.DONT) [errno, fatal] = [EMSGSIZE, true]
  }
  if (v4 ? options.receiveErrors : options.receiveErrors6) {
    queueError(sk, {
      errno, origin: v4 ? ORIGIN.ICMP : ORIGIN.ICMP6, type: error.type, code: error.code, info: error.info, data: 0,
      payload: skb.buffer.slice(Math.min(skb.start + 8, skb.end), skb.end), to: { address: asFamily(skb.dst, sk.family), port: skb.dport },
      offender: asFamily(error.offender, sk.family), timestamp: null,
    })
  } else if (!fatal || sk.state !== TCP.ESTABLISHED) return
  sk.error = errno
  net.onReady(sk, 8)
}
