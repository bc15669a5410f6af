import { IPV6_OPTIONS, IP_OPTIONS, SOL } from '../abi/flags/sockets.js'
import { writeAddress, asFamily } from './address.js'
import { isLocalAddress } from './ip/addresses.js'
import { putControl, words } from './messages.js'
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
    if (options.receiveOptions && skb.ipOptions !== null) putControl(message, SOL.SOL_IP, IP_OPTIONS.IP_RECVOPTS, skb.ipOptions.slice())
    return
  }
  if (options.receivePacketInfo6) putControl(message, SOL.SOL_IPV6, IPV6_OPTIONS.IPV6_PKTINFO, pktinfo6(skb))
  if (options.receiveHopLimit) putControl(message, SOL.SOL_IPV6, IPV6_OPTIONS.IPV6_HOPLIMIT, words(skb.ttl))
  if (options.receiveTrafficClass) putControl(message, SOL.SOL_IPV6, IPV6_OPTIONS.IPV6_TCLASS, words(skb.tos))
}
