import { MIB } from '../mib.js'
import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { emitIcmp, icmpIsValid } from '../wire/icmp.js'
import { get16, get32 } from '../wire/bytes.js'
import { icmpRaise } from './icmp-errors.js'
import { sendIcmp } from './icmp-send.js'
import { ICMP, ICMPV6, ICMP_UNREACH } from './icmp-types.js'
import { destinationKind } from './kinds.js'

const IN_COUNTERS: Readonly<Record<number, number>> = {
  0: MIB.IcmpInEchoReps, 3: MIB.IcmpInDestUnreachs, 4: MIB.IcmpInSrcQuenchs, 5: MIB.IcmpInRedirects, 8: MIB.IcmpInEchos, 11: MIB.IcmpInTimeExcds,
  12: MIB.IcmpInParmProbs, 13: MIB.IcmpInTimestamps, 14: MIB.IcmpInTimestampReps, 17: MIB.IcmpInAddrMasks, 18: MIB.IcmpInAddrMaskReps,
}
const IN_COUNTERS6: Readonly<Record<number, number>> = {
  1: MIB.Icmp6InDestUnreachs, 2: MIB.Icmp6InPktTooBigs, 3: MIB.Icmp6InTimeExcds, 4: MIB.Icmp6InParmProblems, 128: MIB.Icmp6InEchos, 129: MIB.Icmp6InEchoReplies,
  130: MIB.Icmp6InGroupMembQueries, 131: MIB.Icmp6InGroupMembResponses, 132: MIB.Icmp6InGroupMembReductions, 133: MIB.Icmp6InRouterSolicits,
  134: MIB.Icmp6InRouterAdvertisements, 135: MIB.Icmp6InNeighborSolicits, 136: MIB.Icmp6InNeighborAdvertisements, 137: MIB.Icmp6InRedirects, 143: MIB.Icmp6InMLDv2Reports,
}

/** An ICMP message came in: echoes and timestamps are answered, errors go to whom they are about. Linux: icmp_rcv. */
export function icmpReceive(net: NetStack, skb: SkBuff): void {
  net.mib[MIB.IcmpInMsgs]!++
  if (!icmpIsValid(skb)) {
    if (skb.end - skb.start >= 8) net.mib[MIB.IcmpInCsumErrors]!++
    net.mib[MIB.IcmpInErrors]!++
    return
  }
  const type = skb.buffer[skb.start]!, code = skb.buffer[skb.start + 1]!
  net.ip.icmpTypes[type]!++
  const counter = IN_COUNTERS[type]
  if (counter !== undefined) net.mib[counter]!++
  if (type > 18 && type !== 42) {
    net.mib[MIB.IcmpInErrors]!++
    return
  }
  if ((type === ICMP.ECHO || type === ICMP.TIMESTAMP) && net.sysctl.icmp_echo_ignore_broadcasts !== 0) {
    const kind = destinationKind(net, skb)
    if (kind === 'broadcast' || kind === 'multicast') return
  }
  if (type === ICMP.ECHO) {
    if (net.sysctl.icmp_echo_ignore_all === 0) reply(net, skb, ICMP.ECHO_REPLY, skb.buffer.subarray(skb.start + 8, skb.end))
  } else if (type === ICMP.TIMESTAMP) replyTimestamp(net, skb)
  else if (type === ICMP.DEST_UNREACH || type === ICMP.TIME_EXCEEDED || type === ICMP.PARAMETER_PROBLEM || type === ICMP.SOURCE_QUENCH) unreach(net, skb, type, code)
  else if (type === ICMP.REDIRECT) icmpRaise(net, skb, 4, type, code, get32(skb.buffer, skb.start + 4))
}

function reply(net: NetStack, skb: SkBuff, type: number, data: Uint8Array): void {
  const local = destinationKind(net, skb) === 'local'
  const route = net.routeLookup(skb.src, local ? skb.dst : null, skb.src.isLinkLocal ? skb.ifindex : 0)
  if (route === null) return
  const code = skb.family === 4 && type === ICMP.ECHO_REPLY ? skb.buffer[skb.start + 1]! : 0
  const message = emitIcmp(type, code, get32(skb.buffer, skb.start + 4), data)
  sendIcmp(net, message, local ? skb.dst : null, skb.src, skb.family === 4 ? skb.tos : skb.tos & 0xfc, route)
}

/** RFC 792: receive and transmit times in ms since midnight UT. */
function replyTimestamp(net: NetStack, skb: SkBuff): void {
  const data = new Uint8Array(12)
  data.set(skb.buffer.subarray(skb.start + 8, Math.min(skb.end, skb.start + 12)))
  const { bootTime } = net.clock
  const ms = Math.floor(((bootTime.seconds % 86400) * 1000 + bootTime.nanoseconds / 1e6 + net.now / 1000) % 86_400_000)
  for (const at of [4, 8]) new DataView(data.buffer).setUint32(at, ms)
  reply(net, skb, ICMP.TIMESTAMP_REPLY, data)
}

/** Linux: icmp_unreach. */
function unreach(net: NetStack, skb: SkBuff, type: number, code: number): void {
  let info = 0
  if (skb.end - skb.start < 28 || (skb.buffer[skb.start + 8]! & 15) < 5) {
    net.mib[MIB.IcmpInErrors]!++
    return
  }
  if (type === ICMP.DEST_UNREACH) {
    if (code === ICMP_UNREACH.FRAG_NEEDED) {
      const mode = net.sysctl.ip_no_pmtu_disc
      if (mode === 2) return
      if (mode === 0 || mode === 3) info = get16(skb.buffer, skb.start + 6)
    }
    if (code > 15) return
  } else if (type === ICMP.PARAMETER_PROBLEM) info = skb.buffer[skb.start + 4]!
  else if (type === ICMP.TIME_EXCEEDED && code === 1) return
  icmpRaise(net, skb, 4, type, code, info)
}

/** An ICMPv6 message came in. Linux: icmpv6_rcv. Neighbour discovery is not needed on these devices and is not answered. */
export function icmp6Receive(net: NetStack, skb: SkBuff): void {
  net.mib[MIB.Icmp6InMsgs]!++
  if (!icmpIsValid(skb)) {
    if (skb.end - skb.start >= 8) net.mib[MIB.Icmp6InCsumErrors]!++
    net.mib[MIB.Icmp6InErrors]!++
    return
  }
  const type = skb.buffer[skb.start]!, code = skb.buffer[skb.start + 1]!
  net.ip.icmpTypes[512 + type]!++
  const counter = IN_COUNTERS6[type]
  if (counter !== undefined) net.mib[counter]!++
  if (type === ICMPV6.ECHO_REQUEST) reply(net, skb, ICMPV6.ECHO_REPLY, skb.buffer.subarray(skb.start + 8, skb.end))
  else if (type >= ICMPV6.DEST_UNREACH && type <= ICMPV6.PARAMETER_PROBLEM) icmpRaise(net, skb, 6, type, code, get32(skb.buffer, skb.start + 4) >>> 0)
  else if (type < 128) icmpRaise(net, skb, 6, type, code, get32(skb.buffer, skb.start + 4) >>> 0)
}
