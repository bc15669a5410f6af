import { SkBuff, TCP_FLAG } from '../skb.js'
import { deviceTruesize } from '../truesize.js'
import { emitIpv4, parseIpv4 } from './ipv4.js'
import { emitIpv6, parseIpv6 } from './ipv6.js'
import { emitTcp, tcpHeaderLength } from './tcp.js'

/** Why a packet was refused, by Linux's names of drop reasons. */
export type ParseFailure = 'IP_INHDR' | 'PKT_TOO_SMALL' | 'IP_CSUM'

/**
 * The packet of IP bytes from outside; the buffer is kept and must not change. Only the IP header is looked at: the
 * payload is the transport layer's whole packet, and `raw` is set.
 *
 * @param now µs, becomes `receivedAt`
 */
export function parseIp(bytes: Uint8Array, ifindex: number, now: number): SkBuff | ParseFailure {
  const skb = new SkBuff()
  const failure = bytes.length > 0 && bytes[0]! >> 4 === 6 ? parseIpv6(bytes, 0, bytes.length, skb) : parseIpv4(bytes, 0, bytes.length, skb)
  if (failure !== '') return failure
  skb.raw = true
  skb.ifindex = ifindex
  skb.receivedAt = now
  skb.truesize = deviceTruesize(bytes.length)
  return skb
}

/** Bytes of the packet's IP header with options or extension headers. */
export function networkHeaderLength(skb: SkBuff): number {
  return (skb.family === 4 ? 20 : 40) + (skb.ipOptions === null ? 0 : skb.ipOptions.length)
}

/** Bytes of the whole packet on the wire. Linux: skb->len at the network layer. */
export function packetLength(skb: SkBuff): number {
  return networkHeaderLength(skb) + (skb.protocol === 6 && !skb.raw ? tcpHeaderLength(skb) : 0) + (skb.end - skb.start)
}

/** The packet as bytes, with IP header and checksums. */
export function emitPacket(skb: SkBuff): Uint8Array {
  const length = packetLength(skb)
  const out = new Uint8Array(length)
  const header = networkHeaderLength(skb)
  const extensions = skb.family === 6 && skb.ipOptions !== null ? skb.ipOptions : null
  if (skb.family === 4) emitIpv4(skb, out, 0, length - header)
  else emitIpv6(skb, out, 0, length - 40, extensions === null ? skb.protocol : skb.firstHeader)
  if (extensions !== null) out.set(extensions, 40)
  if (skb.protocol === 6 && !skb.raw) emitTcp(skb, out, header)
  else out.set(skb.buffer.subarray(skb.start, skb.end), header)
  return out
}

/**
 * Cuts a large TCP packet into segments of its `gsoSize`: sequence numbers and identification count on; FIN and PSH stay
 * with the last, CWR with the first. Linux: tcp_gso_segment, inet_gso_segment.
 */
export function segmentSkb(skb: SkBuff): SkBuff[] {
  const size = skb.gsoSize
  if (size === 0 || skb.end - skb.start <= size) return [skb]
  const segments: SkBuff[] = []
  for (let at = skb.start, n = 0; at < skb.end; at += size, n++) {
    const part = new SkBuff()
    const last = at + size >= skb.end
    part.buffer = skb.buffer
    part.page = skb.page
    if (skb.page !== null) skb.page.holders++
    part.start = at
    part.end = last ? skb.end : at + size
    part.family = skb.family
    part.src = skb.src
    part.dst = skb.dst
    part.protocol = skb.protocol
    part.ttl = skb.ttl
    part.tos = skb.tos
    part.id = (skb.id + n) & 0xffff
    part.dontFragment = skb.dontFragment
    part.flowLabel = skb.flowLabel
    part.ipOptions = skb.ipOptions
    part.sport = skb.sport
    part.dport = skb.dport
    part.seq = (skb.seq + (at - skb.start)) | 0
    part.ackSeq = skb.ackSeq
    part.tcpFlags = skb.tcpFlags & ~((last ? 0 : TCP_FLAG.FIN | TCP_FLAG.PSH) | (n === 0 ? 0 : TCP_FLAG.CWR))
    part.endSeq = (part.seq + (part.end - at) + ((part.tcpFlags & TCP_FLAG.FIN) !== 0 ? 1 : 0)) | 0
    part.window = skb.window
    part.urgent = skb.urgent
    part.options = skb.options
    segments.push(part)
  }
  return segments
}
