import { EACCES, EAFNOSUPPORT, EDESTADDRREQ, EFAULT, EINVAL, EMSGSIZE, EOPNOTSUPP, EPIPE } from '../abi/errno.js'
import { MSG_FLAGS as MSG } from '../abi/flags/sockets.js'
import { type Endpoint, type IpAddress, asFamily } from './address.js'
import { DatagramSock, isWildcardAddress } from './datagram.js'
import { ORIGIN, queueError } from './error-queue.js'
import { type IcmpError, icmpErrno } from './ip/icmp-errno.js'
import { packetBytes } from './ip/kinds.js'
import { PMTUDISC, ipSend } from './ip/output.js'
import type { Route } from './ip/route.js'
import { readAncillary } from './send-control.js'
import { SkBuff } from './skb.js'
import { SHUTDOWN, type SendMessage, TCP } from './sock.js'
import type { NetStack } from './stack.js'
import { get16, put16 } from './wire/bytes.js'
import { checksumAdd, checksumFinish } from './wire/checksum.js'
import { parseIp } from './wire/packet.js'
import { pseudoHeaderSum } from './wire/pseudo-header.js'

/** IPPROTO_RAW sends, and receives nothing. */
const IPPROTO_RAW = 255

/** The raw sockets of a stack. */
export class RawTable {
  readonly #sockets: RawSock[] = []
  /** How many there are: input looks only when there are any. */
  get count(): number {
    return this.#sockets.length
  }

  get sockets(): readonly RawSock[] {
    return this.#sockets
  }

  add(sk: RawSock): void {
    this.#sockets.push(sk)
  }

  remove(sk: RawSock): void {
    const at = this.#sockets.indexOf(sk)
    if (at >= 0) this.#sockets.splice(at, 1)
  }
}

/** A raw IP socket: packets of one protocol, IPv4 with their header. Linux: net/ipv4/raw.c, net/ipv6/raw.c. */
export class RawSock extends DatagramSock {
  /** ICMP_FILTER: types that are not wanted, bit by bit; ICMP6_FILTER: 256 bits, set means blocked. */
  icmpFilter = 0
  readonly icmp6Filter = new Uint32Array(8)
  /** IPV6_CHECKSUM: where the checksum lies; -1: none. */
  checksumOffset: number

  constructor(net: NetStack, family: 4 | 6, protocol: number) {
    super(net, family, 3, protocol)
    this.localPort = protocol
    if (protocol === IPPROTO_RAW && family === 4) this.ownOptions().headerIncluded = true
    this.checksumOffset = family === 6 && protocol === 58 ? 2 : -1
    this.ownOptions().reuseAddress = true
    net.raw.add(this)
  }

  override get rawChecksum(): number {
    return this.checksumOffset
  }

  /** IPV6_CHECKSUM. */
  override optionChanging(level: number, name: number, value: number): void {
    if (level === 41 && name === 7) this.checksumOffset = value
  }

  protected dataOffset(skb: SkBuff): number {
    return this.family === 4 ? skb.networkOffset - skb.start : 0
  }

  /** The protocol is the port; bind only takes an address. */
  override bind(to: Endpoint): number {
    const { localPort } = this
    this.localPort = 0
    const result = super.bind({ ...to, port: 0 })
    this.localPort = localPort
    return result
  }

  protected getPort(): number {
    return 0
  }

  protected putPort(): void {
    if (this.dead) this.net.raw.remove(this)
  }

  /** Forgets the peer, and the local address that was not bound. Linux: __udp_disconnect. */
  protected override disconnect(): number {
    const { localPort } = this
    super.disconnect()
    this.localPort = localPort
    return 0
  }

  override connect(to: Endpoint | null, flags: number): number {
    return super.connect(to === null ? null : { ...to, port: 0 }, flags)
  }

  protected override senderOf(skb: SkBuff): Endpoint {
    return { address: asFamily(skb.src, this.family), port: 0, scope: skb.src.isLinkLocal ? skb.ifindex : 0 }
  }

  /** Linux: raw_sendmsg, rawv6_sendmsg. */
  send(message: SendMessage): number {
    const { net } = this
    net.refresh()
    const result = this.#send(message)
    net.flush()
    return result
  }

  #send(message: SendMessage): number {
    const length = message.data.left
    if (length > 0xffff) return -EMSGSIZE
    if ((message.flags & MSG.MSG_OOB) !== 0) return -EOPNOTSUPP
    if ((this.shutdown & SHUTDOWN.SEND) !== 0) return -EPIPE
    const { to: given } = message
    if (given === null && this.state !== TCP.ESTABLISHED) return -EDESTADDRREQ
    const to = given?.address ?? this.remote
    if ((to.family === 6) !== (this.family === 6)) return this.family === 4 ? -EAFNOSUPPORT : -EINVAL
    const ancillary = readAncillary(this, message.control)
    if (typeof ancillary === 'number') return ancillary
    const route = this.routeTo(to, ancillary.source ?? this.local, ancillary.ifindex !== 0 ? ancillary.ifindex : (given?.scope ?? 0))
    if (typeof route === 'number') return route
    if (route.kind === 'broadcast' && !this.options.broadcast) return -EACCES
    const data = new Uint8Array(length)
    if (length > 0 && message.data.take(data, 0, length) < length) return -EFAULT
    if (this.options.headerIncluded) return this.#sendWithHeader(data, route)
    const v4 = this.family === 4
    const skb = new SkBuff()
    skb.family = this.family
    skb.src = ancillary.source ?? (isWildcardAddress(this.local) ? route.source : this.local)
    skb.dst = route.destination
    skb.protocol = this.protocol
    skb.raw = true
    skb.buffer = data
    skb.end = length
    if (v4) {
      const discover = this.options.mtuDiscover
      skb.tos = ancillary.tos >= 0 ? ancillary.tos : this.options.tos
      skb.ipOptions = this.options.ipOptions
      skb.ttl = ancillary.ttl > 0 ? ancillary.ttl : Math.max(0, to.isMulticast ? this.options.multicastTtl : this.options.ttl)
      skb.dontFragment = discover === PMTUDISC.DO || discover === PMTUDISC.PROBE || (discover === PMTUDISC.WANT && length + 20 <= this.net.dstMtu(route))
      skb.id = skb.dontFragment ? 0 : this.net.ip.nextId(1) & 0xffff
      if (discover === PMTUDISC.DO && length + 20 > this.net.dstMtu(route)) return -EMSGSIZE
    } else {
      skb.tos = ancillary.tos >= 0 ? ancillary.tos : Math.max(0, this.options.trafficClass)
      skb.ttl = ancillary.ttl > 0 ? ancillary.ttl : Math.max(0, to.isMulticast ? this.options.multicastHops : this.options.hopLimit)
      const failure = this.#fillChecksum(skb)
      if (failure !== 0) return failure
    }
    const sent = ipSend(this.net, skb, route)
    return sent < 0 ? sent : length
  }

  /** Linux: rawv6_push_pending_frames. */
  #fillChecksum(skb: SkBuff): number {
    const at = this.checksumOffset
    if (at < 0) return 0
    if (at + 2 > skb.end) return -EINVAL
    put16(skb.buffer, at, 0)
    const sum = checksumFinish(checksumAdd(skb.buffer, 0, skb.end, pseudoHeaderSum(6, skb.src, skb.dst, this.protocol, skb.end)))
    put16(skb.buffer, at, sum === 0 && this.protocol === 17 ? 0xffff : sum)
    return 0
  }

  /** IP_HDRINCL: length, checksum, and a zero source and identification are filled in. Linux: raw_send_hdrinc. */
  #sendWithHeader(data: Uint8Array, route: Route): number {
    if (data.length > this.net.dstMtu(route)) return -EMSGSIZE
    if (this.family === 6) {
      const parsed = parseIp(data, 0, this.net.now)
      if (typeof parsed === 'string') return -EINVAL
      return this.#forwardOwn(parsed, route, data.length)
    }
    if (data.length < 20) return -EINVAL
    const header = (data[0]! & 15) * 4
    if (header > data.length) return -EINVAL
    if (header >= 20) {
      put16(data, 2, data.length)
      if (get16(data, 12) === 0 && get16(data, 14) === 0) {
        put16(data, 12, route.source.d >>> 16)
        put16(data, 14, route.source.d)
      }
      if (get16(data, 4) === 0) put16(data, 4, this.net.ip.nextId(1))
      put16(data, 10, 0)
      put16(data, 10, checksumFinish(checksumAdd(data, 0, header, 0)))
    }
    const parsed = parseIp(data, 0, this.net.now)
    return typeof parsed === 'string' ? -EINVAL : this.#forwardOwn(parsed, route, data.length)
  }

  #forwardOwn(skb: SkBuff, route: Route, length: number): number {
    skb.truesize = 0
    const sent = ipSend(this.net, skb, route)
    return sent < 0 ? sent : length
  }
}

/** Does the socket want the packet? Linux: raw_v4_match and icmp_filter, raw_v6_match and icmpv6_filter. */
function matches(sk: RawSock, skb: SkBuff): boolean {
  if (sk.family !== skb.family || sk.protocol !== skb.protocol || sk.protocol === IPPROTO_RAW) return false
  if (!isWildcardAddress(sk.boundAddress) && !sk.boundAddress.equals(skb.dst)) return false
  if (!isWildcardAddress(sk.remote) && !sk.remote.equals(skb.src)) return false
  if (sk.boundDevice !== 0 && sk.boundDevice !== skb.ifindex) return false
  const type = skb.buffer[skb.start] ?? 0
  if (sk.protocol === 1 && sk.family === 4) return type >= 32 || ((1 << type) & sk.icmpFilter) === 0
  if (sk.protocol === 58 && sk.family === 6) return (sk.icmp6Filter[type >> 5]! & (1 << (type & 31))) === 0
  return true
}

/** Gives every raw socket that wants it a copy of a packet. @returns whether there was one */
export function rawReceive(net: NetStack, skb: SkBuff): boolean {
  let taken = false
  for (const sk of net.raw.sockets) {
    if (!matches(sk, skb)) continue
    const bytes = packetBytes(skb)
    const copy = typeof bytes === 'object' ? parseIp(bytes, skb.ifindex, skb.receivedAt) : bytes
    if (typeof copy === 'string') continue
    if (skb.family === 6) {
      copy.start = bytes.length - (skb.end - skb.start)
      if (sk.checksumOffset >= 0 && sk.protocol !== 58 && checksumFinish(checksumAdd(bytes, copy.start, copy.end, pseudoHeaderSum(6, skb.src, skb.dst, sk.protocol, copy.end - copy.start))) !== 0) continue
    }
    sk.enqueue(copy)
    taken = true
  }
  return taken
}

/** An ICMP error about a packet of a raw socket's protocol. Linux: raw_icmp_error, raw6_icmp_error. */
export function rawError(net: NetStack, skb: SkBuff, error: IcmpError): void {
  const meaning = icmpErrno(error.family, error.type, error.code)
  if (meaning === null) return
  for (const sk of net.raw.sockets) {
    if (sk.family !== skb.family || sk.protocol !== skb.protocol) continue
    if (!concerns(sk, skb.src, skb.dst)) continue
    const wanted = sk.family === 4 ? sk.options.receiveErrors : sk.options.receiveErrors6
    if (wanted) {
      queueError(sk, {
        errno: meaning[0], origin: sk.family === 4 ? ORIGIN.ICMP : ORIGIN.ICMP6, type: error.type, code: error.code, info: error.info, data: 0,
        payload: skb.buffer.slice(sk.options.headerIncluded ? skb.networkOffset : skb.start, skb.end), to: { address: skb.dst, port: 0 }, offender: error.offender, timestamp: null,
      })
    }
    if (wanted || (meaning[1] && sk.state === TCP.ESTABLISHED)) {
      sk.error = meaning[0]
      net.onReady(sk, 8)
    }
  }
}

const concerns = (sk: RawSock, src: IpAddress, dst: IpAddress): boolean =>
  (isWildcardAddress(sk.remote) || sk.remote.equals(dst)) && (isWildcardAddress(sk.boundAddress) || sk.boundAddress.equals(src))
