import { EADDRINUSE, EAFNOSUPPORT, EDESTADDRREQ, EINVAL, ENETUNREACH, EPIPE } from '../abi/errno.js'
import { IPPROTO, MSG_FLAGS as MSG, SOCK } from '../abi/flags/sockets.js'
import { datagramError } from './datagram-error.js'
import { type DatagramPath, checkDatagramSize, datagramPacket, datagramPath } from './datagram-send.js'
import { DatagramSock } from './datagram.js'
import type { IcmpError } from './ip/icmp-errno.js'
import { sendPortUnreachable } from './ip/icmp-send.js'
import { PMTUDISC, ipSend } from './ip/output.js'
import { MIB } from './mib.js'
import { acceptsGroup } from './multicast.js'
import type { Protocol } from './protocol.js'
import { SkBuff } from './skb.js'
import { SHUTDOWN, type SendMessage, TCP } from './sock.js'
import type { NetStack } from './stack.js'
import { isReservedPort, localPortRange } from './tcp/ports.js'
import { isWildcard } from './tcp/wildcard.js'
import { udpConflicts, udpLookup } from './udp-lookup.js'
import { get32 } from './wire/bytes.js'
import { emitUdp, parseUdp } from './wire/udp.js'

/** Bytes of UDP's header. */
const HEADER = 8

/** Data waiting for UDP_CORK or MSG_MORE to end. */
interface Corked {
  readonly parts: Uint8Array[]
  length: number
  readonly path: DatagramPath
}

/** A UDP socket of either family. Linux: struct udp_sock; net/ipv4/udp.c, net/ipv6/udp.c. */
export class UdpSock extends DatagramSock {
  /** UDP_CORK. */
  cork = false
  /** UDP_SEGMENT: bytes of data in each datagram of a large send; 0: off. */
  segment = 0
  /** UDP_ENCAP: 2 is ESP. */
  encapsulation = 0
  /** UDP_GRO. */
  receiveOffload = false
  /** UDP_NO_CHECK6_TX, UDP_NO_CHECK6_RX. */
  noCheck6Tx = false
  noCheck6Rx = false
  #pending: Corked | null = null

  constructor(net: NetStack, family: 4 | 6) {
    super(net, family, SOCK.SOCK_DGRAM, IPPROTO.IPPROTO_UDP)
  }

  protected dataOffset(): number {
    return HEADER
  }

  /** MSG_OOB of a receive means nothing to UDP. */
  protected override get refusesOob(): boolean {
    return false
  }

  /** Linux: udp_lib_get_port. */
  getPort(wanted: number): number {
    const port = wanted !== 0 ? wanted : this.#findPort()
    if (port === 0 || udpConflicts(this, port)) return -EADDRINUSE
    this.localPort = port
    this.net.udp.add(this, this.options.reusePort && this.family === 6)
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
      if (!isReservedPort(this, port) && !udpConflicts(this, port)) return port
    }
    return 0
  }

  protected putPort(): void {
    if (this.localPort !== 0) this.net.udp.remove(this)
  }

  /** Linux: udp_sendmsg, udpv6_sendmsg. */
  protected sendDatagram(message: SendMessage): number {
    if (this.error !== 0) {
      const { error } = this
      this.error = 0
      return -error
    }
    if ((this.shutdown & SHUTDOWN.SEND) !== 0) return -EPIPE
    let corked = this.#pending
    if (corked === null) {
      const path = this.#path(message)
      if (typeof path === 'number') return path
      corked = { parts: [], length: 0, path }
    }
    const data = this.bytesOf(message)
    if (typeof data === 'number') return data
    const length = HEADER + corked.length + data.length, segment = this.#segment(corked.path)
    const failure = checkDatagramSize(this, corked.path, length, segment === 0 ? 0 : HEADER + segment)
    if (failure !== 0) return failure
    corked.parts.push(data)
    corked.length += data.length
    this.#pending = corked
    if (this.cork || (message.flags & MSG.MSG_MORE) !== 0) return data.length
    const sent = this.#push()
    return sent < 0 ? sent : data.length
  }

  /** Destination, source and route of a datagram. */
  #path(message: SendMessage): DatagramPath | number {
    const { to: given } = message
    if (given !== null) {
      if (this.family === 4 && given.address.family === 6) return -EAFNOSUPPORT
      if (given.port === 0) return -EINVAL
    } else if (this.state !== TCP.ESTABLISHED) return -EDESTADDRREQ
    const { address: to, port, scope } = given ?? { address: this.remote, port: this.remotePort }
    if (to.isV4 && this.family === 6 && this.options.v6Only) return -ENETUNREACH
    return datagramPath(this, message, to, port, scope ?? 0)
  }

  #segment({ ancillary }: DatagramPath): number {
    return ancillary.segment !== 0 ? ancillary.segment : this.segment
  }

  /** UDP_CORK was taken away: what was gathered leaves. Linux: udp_push_pending_frames. */
  pushPending(): number {
    const sent = this.#push()
    this.net.flush()
    return sent
  }

  /** Linux: udp_send_skb, udp_v6_send_skb. */
  #push(): number {
    const corked = this.#pending
    if (corked === null) return 0
    this.#pending = null
    const { path } = corked
    const segment = this.#segment(path)
    const whole = new Uint8Array(HEADER + corked.length)
    let at = HEADER
    for (const part of corked.parts) {
      whole.set(part, at)
      at += part.length
    }
    let result: number
    at = HEADER
    do {
      result = this.#transmit(path, segment === 0 ? whole : whole.slice(at - HEADER, at + segment))
      at += segment === 0 ? whole.length : segment
    } while (result === 0 && at < whole.length)
    if (result >= 0) this.net.mib[path.to.isV4 ? MIB.UdpOutDatagrams : MIB.Udp6OutDatagrams]!++
    return result
  }

  #transmit(path: DatagramPath, bytes: Uint8Array): number {
    const skb = datagramPacket(this, path, bytes)
    skb.sport = this.localPort
    skb.dport = path.port
    emitUdp(bytes, 0, bytes.length, skb.family, skb.src, skb.dst, this.localPort, path.port, path.to.isV4 ? !this.options.noCheck : !this.noCheck6Tx)
    return ipSend(this.net, skb, path.route)
  }

  /** The file went away: the socket leaves the table. */
  override release(): void {
    this.#pending = null
    super.release()
  }
}

/** A UDP packet came in. Linux: __udp4_lib_rcv, __udp6_lib_rcv. */
function udpReceive(net: NetStack, skb: SkBuff): void {
  const v4 = skb.family === 4
  const failure = parseUdp(skb)
  if (failure !== '') {
    const zeroChecksum = failure === 'UDP_CSUM' && !v4 && skb.buffer[skb.start + 6] === 0 && skb.buffer[skb.start + 7] === 0
    const sk = zeroChecksum ? udpLookup(net, skb.src, skb.sport, skb.dst, skb.dport, skb.ifindex, 6) : null
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
  const sk = udpLookup(net, skb.src, skb.sport, skb.dst, skb.dport, skb.ifindex, skb.family)
  if (sk === null) {
    net.mib[v4 ? MIB.UdpNoPorts : MIB.Udp6NoPorts]!++
    sendPortUnreachable(net, skb)
    return
  }
  deliverTo(net, sk, skb)
}

/**
 * UDP_ENCAP_ESPINUDP: what would go to IPsec, which is not there, so nobody wants it: keepalives and all without the marker of
 * no ESP. Linux: xfrm4_udp_encap_rcv.
 */
const ESPINUDP = 2
function isEsp({ buffer, start, end }: SkBuff): boolean {
  const length = end - start - HEADER
  if (length === 1 && buffer[start + HEADER] === 0xff) return true
  return length > 8 && get32(buffer, start + HEADER) !== 0
}

function deliverTo(net: NetStack, sk: UdpSock, skb: SkBuff): void {
  const v4 = skb.family === 4
  if ((v4 ? sk.options.minTtl : sk.options.minHopCount) > skb.ttl) return
  if (sk.encapsulation === ESPINUDP && isEsp(skb)) return
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
    if (!isWildcard(sk.boundAddress) && !sk.boundAddress.equals(skb.dst)) continue
    if ((!isWildcard(sk.remote) && !sk.remote.equals(skb.src)) || (sk.remotePort !== 0 && sk.remotePort !== skb.sport)) continue
    if (sk.boundDevice !== 0 && sk.boundDevice !== skb.ifindex) continue
    if (skb.dst.isMulticast && !acceptsGroup(sk, skb.dst, skb.src, skb.ifindex)) continue
    const copy = Object.assign(new SkBuff(), skb)
    copy.next = copy.prev = null
    deliverTo(net, sk, copy)
    taken = true
  }
  if (!taken) net.mib[skb.family === 4 ? MIB.UdpIgnoredMulti : MIB.Udp6IgnoredMulti]!++
}

/** An ICMP error about a datagram of ours. Linux: __udp4_lib_err, __udp6_lib_err. */
function udpError(net: NetStack, skb: SkBuff, error: IcmpError): void {
  if (skb.protocol !== IPPROTO.IPPROTO_UDP) return
  const sk = udpLookup(net, skb.dst, skb.dport, skb.src, skb.sport, skb.ifindex, skb.family)
  if (sk === null) net.mib[skb.family === 4 ? MIB.IcmpInErrors : MIB.Icmp6InErrors]!++
  else datagramError(sk, skb, error, skb.start + HEADER, skb.dport, sk.options.mtuDiscover6 !== PMTUDISC.DONT)
}

/** UDP for a stack. */
export const udp: Protocol = {
  socket: (net, family, type, protocol) => (type === SOCK.SOCK_DGRAM && (protocol === 0 || protocol === IPPROTO.IPPROTO_UDP) ? new UdpSock(net, family) : null),
  receive(net, skb) {
    if (skb.protocol !== IPPROTO.IPPROTO_UDP) return false
    udpReceive(net, skb)
    return true
  },
  error: udpError,
}
