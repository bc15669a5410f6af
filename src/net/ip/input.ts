import { MIB } from '../mib.js'
import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { tcpRcv } from '../tcp/receive.js'
import { type ParseFailure, packetLength } from '../wire/packet.js'
import { parseTcp } from '../wire/tcp.js'
import { isLocalAddress } from './addresses.js'

/** A packet that came in. Linux: ip_rcv, ipv6_rcv. */
export function ipReceive(net: NetStack, skb: SkBuff): void {
  const length = packetLength(skb)
  if (net.events.has('packet:in')) net.events.emit('packet:in', skb)
  net.mib[skb.family === 4 ? MIB.IpInReceives : MIB.Ip6InReceives]!++
  net.mib[skb.family === 4 ? MIB.IpExtInOctets : MIB.Ip6InOctets]! += length
  if (!isLocalAddress(net, skb.dst)) return
  if (skb.protocol === 6 && skb.raw && parseTcp(skb) !== '') return
  net.mib[skb.family === 4 ? MIB.IpInDelivers : MIB.Ip6InDelivers]!++
  if (skb.protocol === 6) tcpRcv(net, skb)
}

/** Counts a packet that could not be parsed. */
export function countMalformed(net: NetStack, bytes: Uint8Array, failure: ParseFailure): void {
  const v6 = bytes.length > 0 && bytes[0]! >> 4 === 6
  net.mib[v6 ? MIB.Ip6InReceives : MIB.IpInReceives]!++
  if (failure === 'PKT_TOO_SMALL') net.mib[v6 ? MIB.Ip6InTruncatedPkts : MIB.IpExtInTruncatedPkts]!++
  else net.mib[v6 ? MIB.Ip6InHdrErrors : MIB.IpInHdrErrors]!++
}
