import { IPV6_OPTIONS, IP_OPTIONS, SO, SOL } from '../abi/flags/sockets.js'
import { writeAddress, asFamily } from './address.js'
import { isLocalAddress } from './ip/addresses.js'
import { echoedOptions } from './ip-options.js'
import { putControl, sockaddr, words } from './messages.js'
import { IPV6_ORIGDSTADDR, KEPT, kept } from './option-table.js'
import type { SkBuff } from './skb.js'
import type { ReceiveMessage, Sock } from './sock.js'
import { put32 } from './wire/bytes.js'

/** struct in_pktinfo: interface, local address that answers, destination in the header. Linux: ipv4_pktinfo_prepare. */
function pktinfo4(sk: Sock, skb: SkBuff): Uint8Array {
  const out = new Uint8Array(12)
  out.set(words(skb.ifindex))
  put32(out, 4, isLocalAddress(sk.net, skb.dst) ? skb.dst.d : (sk.net.device(skb.ifindex)?.addresses[0]?.address.d ?? 0))
  put32(out, 8, skb.dst.d)
  return out
}

/** struct in6_pktinfo. */
function pktinfo6(skb: SkBuff): Uint8Array {
  const out = new Uint8Array(20)
  writeAddress(asFamily(skb.dst, 6), out, 0)
  out.set(words(skb.ifindex), 16)
  return out
}

/** What the options of SOL_IP and SOL_IPV6 tell of a received packet. Linux: ip_cmsg_recv, ip6_datagram_recv_ctl. */
export function putPacketInfo(sk: Sock, message: ReceiveMessage, skb: SkBuff): void {
  const { options } = sk
  if (!message.wantsControl) return
  if (skb.family === 4) {
    if (sk.family === 6 && options.receivePacketInfo6) putControl(message, SOL.SOL_IPV6, IPV6_OPTIONS.IPV6_PKTINFO, pktinfo6(skb))
    if (options.packetInfo) putControl(message, SOL.SOL_IP, IP_OPTIONS.IP_PKTINFO, pktinfo4(sk, skb))
    if (options.receiveTtl) putControl(message, SOL.SOL_IP, IP_OPTIONS.IP_TTL, words(skb.ttl))
    if (options.receiveTos) putControl(message, SOL.SOL_IP, IP_OPTIONS.IP_TOS, Uint8Array.of(skb.tos))
    if (skb.ipOptions !== null && options.receiveOptions) putControl(message, SOL.SOL_IP, IP_OPTIONS.IP_RECVOPTS, skb.ipOptions.slice())
    if (skb.ipOptions !== null && kept(sk, KEPT.IP + IP_OPTIONS.IP_RETOPTS, 0) !== 0) {
      putControl(message, SOL.SOL_IP, IP_OPTIONS.IP_RETOPTS, echoedOptions(skb.ipOptions))
    }
    if (kept(sk, KEPT.IP + IP_OPTIONS.IP_ORIGDSTADDR, 0) !== 0) putControl(message, SOL.SOL_IP, IP_OPTIONS.IP_ORIGDSTADDR, sockaddr(4, skb.dst, skb.dport))
    return
  }
  if (options.receivePacketInfo6) putControl(message, SOL.SOL_IPV6, IPV6_OPTIONS.IPV6_PKTINFO, pktinfo6(skb))
  if (options.receiveHopLimit) putControl(message, SOL.SOL_IPV6, IPV6_OPTIONS.IPV6_HOPLIMIT, words(skb.ttl))
  if (options.receiveTrafficClass) putControl(message, SOL.SOL_IPV6, IPV6_OPTIONS.IPV6_TCLASS, words(skb.tos))
  if (options.others === null) return
  const asked = (option: number): boolean => kept(sk, KEPT.IPV6 + option, 0) !== 0
  const flow = (skb.tos << 20) | skb.flowLabel
  if (asked(IPV6_OPTIONS.IPV6_FLOWINFO) && flow !== 0) {
    putControl(message, SOL.SOL_IPV6, IPV6_OPTIONS.IPV6_FLOWINFO, Uint8Array.of(flow >>> 24, flow >>> 16, flow >>> 8, flow))
  }
  if (asked(IPV6_OPTIONS.IPV6_2292PKTINFO)) putControl(message, SOL.SOL_IPV6, IPV6_OPTIONS.IPV6_2292PKTINFO, pktinfo6(skb))
  if (asked(IPV6_OPTIONS.IPV6_2292HOPLIMIT)) putControl(message, SOL.SOL_IPV6, IPV6_OPTIONS.IPV6_2292HOPLIMIT, words(skb.ttl))
  if (asked(IPV6_ORIGDSTADDR)) putControl(message, SOL.SOL_IPV6, IPV6_ORIGDSTADDR, sockaddr(6, skb.dst, skb.dport, skb.dst.isLinkLocal ? skb.ifindex : 0))
}

/** SO_RCVPRIORITY of 6.14, which the headers of the constants lack. */
const SO_RCVPRIORITY = 82

/** What options of SOL_SOCKET tell of a datagram beside its time. Linux: sock_recv_drops, sock_recv_mark, sock_recv_priority. */
export function putDatagramInfo(sk: Sock, message: ReceiveMessage, skb: SkBuff): void {
  if (sk.options.others === null) return
  if (skb.dropped !== 0 && kept(sk, SO.SO_RXQ_OVFL, 0) !== 0) putControl(message, SOL.SOL_SOCKET, SO.SO_RXQ_OVFL, words(skb.dropped))
  if (kept(sk, SO.SO_RCVMARK, 0) !== 0) putControl(message, SOL.SOL_SOCKET, SO.SO_MARK, words(skb.mark))
  if (kept(sk, SO_RCVPRIORITY, 0) !== 0) putControl(message, SOL.SOL_SOCKET, SO.SO_PRIORITY, words(skb.priority))
}
