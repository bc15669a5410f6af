import { EADDRINUSE, EAFNOSUPPORT, EDESTADDRREQ, EINVAL, ENETUNREACH, EPIPE } from '../abi/errno.js'
import { IPPROTO, SOCK } from '../abi/flags/sockets.js'
import { datagramError } from './datagram-error.js'
import { checkDatagramSize, datagramPacket, datagramPath } from './datagram-send.js'
import { DatagramSock } from './datagram.js'
import { countIcmpOut } from './ip/icmp-send.js'
import { ICMP, ICMPV6 } from './ip/icmp-types.js'
import { ipSend } from './ip/output.js'
import type { Protocol } from './protocol.js'
import type { SkBuff } from './skb.js'
import { SHUTDOWN, type SendMessage, TCP } from './sock.js'
import type { NetStack } from './stack.js'
import { isWildcard } from './tcp/wildcard.js'
import { get16, put16 } from './wire/bytes.js'
import { icmpIsValid, sumIcmp } from './wire/icmp.js'

/** Bytes of the header of an echo, which the sender gives. */
const HEADER = 8

const echoType = (family: 4 | 6): number => (family === 4 ? ICMP.ECHO : ICMPV6.ECHO_REQUEST)
const icmpOf = (family: 4 | 6): number => (family === 4 ? IPPROTO.IPPROTO_ICMP : IPPROTO.IPPROTO_ICMPV6)

/** An ICMP echo socket (SOCK_DGRAM with IPPROTO_ICMP or ICMPV6): the identifier is its port. Linux: net/ipv4/ping.c. */
export class PingSock extends DatagramSock {
  constructor(net: NetStack, family: 4 | 6) {
    super(net, family, SOCK.SOCK_DGRAM, icmpOf(family))
  }

  protected dataOffset(): number {
    return 0
  }

  /** Linux: ping_get_port. */
  getPort(wanted: number): number {
    const { net: { ping }, family } = this
    let id = wanted
    for (let i = 1; i <= 0xffff && id === 0; i++) {
      const next = (ping.rover + i) & 0xffff
      if (next !== 0 && pingLookup(this.net, family, next) === null) ping.rover = id = next
    }
    const other = pingLookup(this.net, family, id)
    if (id === 0 || (other !== null && other !== this && !(other.options.reuseAddress && this.options.reuseAddress))) return -EADDRINUSE
    this.localPort = id
    ping.add(this, true)
    return 0
  }

  protected putPort(): void {
    this.net.ping.remove(this)
  }

  override send(message: SendMessage): number {
    return message.data.left < HEADER ? -EINVAL : super.send(message)
  }

  /** Linux: ping_v4_sendmsg, ping_v6_sendmsg. */
  protected sendDatagram(message: SendMessage): number {
    const { net, family } = this
    if ((this.shutdown & SHUTDOWN.SEND) !== 0) return -EPIPE
    const bytes = this.bytesOf(message)
    if (typeof bytes === 'number') return bytes
    if (bytes[0] !== echoType(family) || bytes[1] !== 0) return -EINVAL
    const { to: given } = message
    if (given === null && this.state !== TCP.ESTABLISHED) return -EDESTADDRREQ
    const to = given?.address ?? this.remote
    if (to.family !== family) return -EAFNOSUPPORT
    if (to.isMapped) return -ENETUNREACH
    const path = datagramPath(this, message, to, 0, given?.scope ?? 0)
    if (typeof path === 'number') return path
    const failure = checkDatagramSize(this, path, bytes.length, 0)
    if (failure !== 0) return failure
    put16(bytes, 4, this.localPort)
    const skb = datagramPacket(this, path, bytes)
    sumIcmp(bytes, family, skb.src, skb.dst)
    countIcmpOut(net, family, bytes[0]!)
    const sent = ipSend(net, skb, path.route)
    return sent < 0 ? sent : bytes.length
  }
}

function pingLookup(net: NetStack, family: 4 | 6, id: number): PingSock | null {
  for (const sk of net.ping.at(id)) if (sk.family === family) return sk
  return null
}

/** Ping sockets for a stack. */
export const ping: Protocol = {
  socket: (net, family, type, protocol) => (type === SOCK.SOCK_DGRAM && protocol === icmpOf(family) ? new PingSock(net, family) : null),
  /** Echo replies go to the socket with their identifier. Linux: ping_rcv. */
  receive(net: NetStack, skb: SkBuff): boolean {
    const reply = skb.protocol === icmpOf(skb.family) && skb.buffer[skb.start] === (skb.family === 4 ? ICMP.ECHO_REPLY : ICMPV6.ECHO_REPLY)
    if (!reply || !icmpIsValid(skb)) return false
    const sk = pingLookup(net, skb.family, get16(skb.buffer, skb.start + 4))
    if (sk === null || (!isWildcard(sk.boundAddress) && !sk.boundAddress.equals(skb.dst))) return false
    if (sk.boundDevice !== 0 && sk.boundDevice !== skb.ifindex) return false
    sk.enqueue(skb)
    return true
  },
  /** Linux: ping_err. */
  error(net, skb, error) {
    if (skb.protocol !== icmpOf(skb.family) || skb.buffer[skb.start] !== echoType(skb.family)) return
    const sk = pingLookup(net, skb.family, get16(skb.buffer, skb.start + 4))
    if (sk !== null) datagramError(sk, skb, error, skb.start, 0, false)
  },
}
