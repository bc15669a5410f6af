import { dropPacket } from '../drop.js'
import { MIB } from '../mib.js'
import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { tcpRcv } from '../tcp/receive.js'
import { type ParseFailure, networkHeaderLength, packetLength } from '../wire/packet.js'
import { parseTcp } from '../wire/tcp.js'
import { icmp6Receive, icmpReceive } from './icmp.js'
import { icmp6Send, icmpSend } from './icmp-send.js'
import { ICMP, ICMPV6, ICMP_UNREACH } from './icmp-types.js'
import { destinationKind, isMartianSource } from './kinds.js'

const ECN_COUNTERS = [MIB.IpExtInNoECTPkts, MIB.IpExtInECT1Pkts, MIB.IpExtInECT0Pkts, MIB.IpExtInCEPkts] as const
const ECN_COUNTERS6 = [MIB.Ip6InNoECTPkts, MIB.Ip6InECT1Pkts, MIB.Ip6InECT0Pkts, MIB.Ip6InCEPkts] as const

/** A packet that came in by a device: for this host, for another, or for nobody. Linux: ip_rcv, ipv6_rcv. */
export function ipReceive(net: NetStack, skb: SkBuff): void {
  if (net.events.has('packet:in')) net.events.emit('packet:in', skb)
  const v4 = skb.family === 4
  const { mib } = net
  // a large packet counts as the segments it stands for
  const segments = skb.gsoSize === 0 ? 1 : Math.max(1, skb.gsoSegs)
  mib[v4 ? MIB.IpInReceives : MIB.Ip6InReceives]!++
  mib[v4 ? MIB.IpExtInOctets : MIB.Ip6InOctets]! += packetLength(skb)
  mib[(v4 ? ECN_COUNTERS : ECN_COUNTERS6)[skb.tos & 3]!]! += segments
  const kind = destinationKind(net, skb)
  if (kind === 'multicast') mib[v4 ? MIB.IpExtInMcastPkts : MIB.Ip6InMcastPkts]!++
  else if (kind === 'broadcast') mib[MIB.IpExtInBcastPkts]!++
  if (kind === 'other') {
    if (net.forward === null || (v4 && skb.dst.d === 0)) mib[v4 ? MIB.IpInAddrErrors : MIB.Ip6InDiscards]!++
    else net.forward(net, skb)
    return
  }
  if (isMartianSource(net, skb)) {
    mib[v4 ? MIB.IpInAddrErrors : MIB.Ip6InAddrErrors]!++
    dropPacket(net, skb, 'IP_INADDRERRORS')
    return
  }
  const whole = isWhole(skb) ? skb : (net.fragments?.receive(skb) ?? null)
  if (whole !== null) deliver(net, whole)
}

/** It is no fragment, and IPv6's header is followed by what is delivered. */
function isWhole({ family, fragment, protocol, networkOffset }: SkBuff): boolean {
  if (family === 4) return fragment === 0
  return networkOffset < 0 || protocol === 6 || protocol === 17 || protocol === 58
}

/** Hands a packet to the protocols that it is of. Linux: ip_protocol_deliver_rcu, ip6_protocol_deliver_rcu. */
function deliver(net: NetStack, skb: SkBuff): void {
  const v4 = skb.family === 4
  let taken = false
  for (const protocol of net.protocols) taken = protocol.receive(net, skb) || taken
  if (skb.protocol === 6) {
    net.mib[v4 ? MIB.IpInDelivers : MIB.Ip6InDelivers]!++
    if (skb.raw) {
      const failure = parseTcp(skb)
      if (failure !== '') {
        net.mib[MIB.TcpInSegs]!++
        net.mib[MIB.TcpInErrs]!++
        if (failure === 'TCP_CSUM') net.mib[MIB.TcpInCsumErrors]!++
        dropPacket(net, skb, failure)
        return
      }
    }
    tcpRcv(net, skb)
  } else if (skb.protocol === (v4 ? 1 : 58)) {
    net.mib[v4 ? MIB.IpInDelivers : MIB.Ip6InDelivers]!++
    if (v4) icmpReceive(net, skb)
    else icmp6Receive(net, skb)
  } else deliverUnknown(net, skb, taken)
}

function deliverUnknown(net: NetStack, skb: SkBuff, taken: boolean): void {
  const v4 = skb.family === 4
  if (taken) {
    net.mib[v4 ? MIB.IpInDelivers : MIB.Ip6InDelivers]!++
    return
  }
  if (!v4 && skb.protocol === 59) return
  net.mib[v4 ? MIB.IpInUnknownProtos : MIB.Ip6InUnknownProtos]!++
  dropPacket(net, skb, 'IP_NOPROTO')
  if (v4) icmpSend(net, skb, ICMP.DEST_UNREACH, ICMP_UNREACH.PROTOCOL, 0)
  else icmp6Send(net, skb, ICMPV6.PARAMETER_PROBLEM, 1, nextHeaderOffset(skb))
}

/** Where the packet's upper protocol is named. */
function nextHeaderOffset(skb: SkBuff): number {
  const length = networkHeaderLength(skb)
  if (length === 40 || skb.ipOptions === null) return 6
  let at = 0
  for (;;) {
    const next = at + (skb.ipOptions[at + 1]! + 1) * 8
    if (next >= skb.ipOptions.length) return 40 + at
    at = next
  }
}

/** Counts a packet that could not be parsed. */
export function countMalformed(net: NetStack, bytes: Uint8Array, failure: ParseFailure): void {
  const v6 = bytes.length > 0 && bytes[0]! >> 4 === 6
  net.mib[v6 ? MIB.Ip6InReceives : MIB.IpInReceives]!++
  net.mib[v6 ? MIB.Ip6InOctets : MIB.IpExtInOctets]! += bytes.length
  if (failure === 'PKT_TOO_SMALL' && bytes.length >= (v6 ? 40 : 20)) net.mib[v6 ? MIB.Ip6InTruncatedPkts : MIB.IpExtInTruncatedPkts]!++
  else if (failure === 'IP_CSUM') {
    net.mib[MIB.IpExtInCsumErrors]!++
    net.mib[MIB.IpInHdrErrors]!++
  } else net.mib[v6 ? MIB.Ip6InHdrErrors : MIB.IpInHdrErrors]!++
}
