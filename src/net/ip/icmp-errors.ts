import { readIpv4, readIpv6 } from '../address.js'
import { MIB } from '../mib.js'
import { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { tcpError } from '../tcp/errors.js'
import { get16, get32 } from '../wire/bytes.js'
import { quotedTransport } from '../wire/icmp.js'

/**
 * Hands an ICMP error to the protocol that the quoted packet is of: it gets that packet, sent by us, with addresses and
 * ports. Linux: icmp_socket_deliver, icmpv6_notify.
 */
export function icmpRaise(net: NetStack, skb: SkBuff, family: 4 | 6, type: number, code: number, info: number): void {
  const bytes = skb.buffer
  const at = skb.start + 8
  const transport = quotedTransport(bytes, at, skb.end)
  if (transport === null || transport.family !== family) {
    net.mib[family === 4 ? MIB.IcmpInErrors : MIB.Icmp6InErrors]!++
    return
  }
  const quoted = new SkBuff()
  quoted.family = family
  quoted.buffer = bytes
  quoted.networkOffset = at
  quoted.start = transport.at
  quoted.end = skb.end
  quoted.raw = true
  quoted.protocol = transport.protocol
  quoted.ifindex = skb.ifindex
  quoted.receivedAt = skb.receivedAt
  quoted.src = family === 4 ? readIpv4(bytes, at + 12) : readIpv6(bytes, at + 8)
  quoted.dst = family === 4 ? readIpv4(bytes, at + 16) : readIpv6(bytes, at + 24)
  quoted.sport = get16(bytes, transport.at)
  quoted.dport = get16(bytes, transport.at + 2)
  quoted.seq = get32(bytes, transport.at + 4)
  const error = { family, type, code, info, offender: skb.src }
  for (const protocol of net.protocols) protocol.error(net, quoted, error)
  if (quoted.protocol === 6) tcpError(net, quoted, error)
}
