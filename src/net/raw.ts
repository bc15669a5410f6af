import { EAFNOSUPPORT, EDESTADDRREQ, EINVAL, EMSGSIZE, EPIPE } from '../abi/errno.js'
import { SOCK } from '../abi/flags/sockets.js'
import type { Endpoint, IpAddress } from './address.js'
import { datagramError } from './datagram-error.js'
import { checkDatagramSize, datagramPacket, datagramPath } from './datagram-send.js'
import { DatagramSock } from './datagram.js'
import type { IcmpError } from './ip/icmp-errno.js'
import { packetBytes } from './ip/kinds.js'
import { PMTUDISC, ipSend } from './ip/output.js'
import type { Route } from './ip/route.js'
import type { Protocol } from './protocol.js'
import type { SkBuff } from './skb.js'
import { SHUTDOWN, type SendMessage, TCP } from './sock.js'
import type { NetStack } from './stack.js'
import { isWildcard } from './tcp/wildcard.js'
import { get16, put16 } from './wire/bytes.js'
import { checksumAdd, checksumFinish } from './wire/checksum.js'
import { parseIp } from './wire/packet.js'
import { pseudoHeaderSum } from './wire/pseudo-header.js'

/** IPPROTO_RAW sends, and receives nothing. */
const IPPROTO_RAW = 255

/** A raw IP socket: packets of one protocol, IPv4 with their header. Linux: net/ipv4/raw.c, net/ipv6/raw.c. */
export class RawSock extends DatagramSock {
  /** ICMP_FILTER: types that are not wanted, bit by bit; ICMP6_FILTER: 256 bits, set means blocked. */
  icmpFilter = 0
  readonly icmp6Filter = new Uint32Array(8)
  /** IPV6_CHECKSUM: where the checksum lies; -1: none. */
  checksumOffset: number

  constructor(net: NetStack, family: 4 | 6, protocol: number) {
    super(net, family, SOCK.SOCK_RAW, protocol)
    this.localPort = protocol
    if (protocol === IPPROTO_RAW && family === 4) this.ownOptions().headerIncluded = true
    this.checksumOffset = family === 6 && protocol === 58 ? 2 : -1
    this.ownOptions().reuseAddress = true
    net.raw.add(this, true)
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

  getPort(): number {
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

  /** Linux: raw_sendmsg, rawv6_sendmsg. */
  protected sendDatagram(message: SendMessage): number {
    if ((this.shutdown & SHUTDOWN.SEND) !== 0) return -EPIPE
    const { to: given } = message
    if (given === null && this.state !== TCP.ESTABLISHED) return -EDESTADDRREQ
    const to = given?.address ?? this.remote
    if ((to.family === 6) !== (this.family === 6)) return this.family === 4 ? -EAFNOSUPPORT : -EINVAL
    const path = datagramPath(this, message, to, 0, given?.scope ?? 0)
    if (typeof path === 'number') return path
    const data = this.bytesOf(message)
    if (typeof data === 'number') return data
    if (this.options.headerIncluded) return this.#sendWithHeader(data, path.route)
    const failure = checkDatagramSize(this, path, data.length, 0)
    if (failure !== 0) return failure
    const skb = datagramPacket(this, path, data)
    const badOffset = this.family === 4 ? 0 : this.#fillChecksum(skb)
    if (badOffset !== 0) return badOffset
    const sent = ipSend(this.net, skb, path.route)
    return sent < 0 ? sent : data.length
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
  if (!isWildcard(sk.boundAddress) && !sk.boundAddress.equals(skb.dst)) return false
  if (!isWildcard(sk.remote) && !sk.remote.equals(skb.src)) return false
  if (sk.boundDevice !== 0 && sk.boundDevice !== skb.ifindex) return false
  const type = skb.buffer[skb.start] ?? 0
  if (sk.protocol === 1 && sk.family === 4) return type >= 32 || ((1 << type) & sk.icmpFilter) === 0
  if (sk.protocol === 58 && sk.family === 6) return (sk.icmp6Filter[type >> 5]! & (1 << (type & 31))) === 0
  return true
}

/** Gives every raw socket that wants it a copy of a packet. @returns whether there was one. Linux: raw_local_deliver, ipv6_raw_deliver */
function rawReceive(net: NetStack, skb: SkBuff): boolean {
  let taken = false
  for (const sk of net.raw.at(skb.protocol)) {
    if (!matches(sk, skb)) continue
    const bytes = packetBytes(skb)
    const copy = parseIp(bytes, skb.ifindex, skb.receivedAt)
    if (typeof copy === 'string') continue
    if (skb.family === 6) {
      copy.start = bytes.length - (skb.end - skb.start)
      if (sk.checksumOffset >= 0 && sk.protocol !== 58 && checksumFinish(checksumAdd(bytes, copy.start, copy.end, pseudoHeaderSum(6, skb.src, skb.dst, sk.protocol, copy.end - copy.start))) !== 0) continue
    }
    copy.mark = skb.mark
    copy.priority = skb.priority
    sk.enqueue(copy)
    taken = true
  }
  return taken
}

/** An ICMP error about a packet of a raw socket's protocol. Linux: raw_icmp_error, raw6_icmp_error. */
function rawError(net: NetStack, skb: SkBuff, error: IcmpError): void {
  for (const sk of net.raw.at(skb.protocol)) {
    if (sk.family !== skb.family || !concerns(sk, skb.src, skb.dst)) continue
    datagramError(sk, skb, error, sk.options.headerIncluded ? skb.networkOffset : skb.start, 0, sk.options.mtuDiscover6 === PMTUDISC.DO)
  }
}

const concerns = (sk: RawSock, src: IpAddress, dst: IpAddress): boolean =>
  (isWildcard(sk.remote) || sk.remote.equals(dst)) && (isWildcard(sk.boundAddress) || sk.boundAddress.equals(src))

/** Raw sockets for a stack. */
export const raw: Protocol = {
  socket: (net, family, type, protocol) => (type === SOCK.SOCK_RAW && protocol !== 0 ? new RawSock(net, family, protocol) : null),
  receive: rawReceive,
  error: rawError,
}
