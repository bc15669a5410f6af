import type { IpAddress } from '../address.js'
import { MIB } from '../mib.js'
import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { findOption, TCPOPT } from './options.js'

/** Bytes of the option with the padding before it. */
export const MD5_OPTION_SIZE = 20

/** A key of the TCP MD5 option (RFC 2385). Only TCP_MD5SIG makes any, so a program that does not set it carries no digest. */
export interface Md5Key {
  /** Writes the digest of a segment into `out` at `digestAt`. Linux: tcp_v4_md5_hash_skb, tcp_v6_md5_hash_skb. */
  sign(skb: SkBuff, out: Uint8Array, digestAt: number): void
  /** Whether the option at `at` of a segment's options is what the key gives. */
  matches(skb: SkBuff, at: number): boolean
  /** The keys of a connection with one peer: this one. */
  only(remote: IpAddress): Md5Keys
}

/** The keys of a socket. */
export interface Md5Keys {
  /** The key for a peer: that of the longest prefix, or null. Linux: tcp_md5_do_lookup. */
  lookup(remote: IpAddress, ifindex: number): Md5Key | null
}

/** The key of a socket for a peer, or null. */
export function tcpMd5DoLookup(keys: Md5Keys | null, remote: IpAddress, ifindex: number): Md5Key | null {
  return keys === null ? null : keys.lookup(remote, ifindex)
}

/** Whether a received segment carries the right MD5 option, or rightly none; counts. Linux: tcp_inbound_md5_hash. */
export function tcpInboundMd5Hash(net: NetStack, keys: Md5Keys | null, skb: SkBuff, ifindex: number): boolean {
  const at = skb.options.length === 0 ? -1 : findOption(skb.options, TCPOPT.MD5SIG)
  if (keys === null && at < 0) return true
  const key = tcpMd5DoLookup(keys, skb.src, ifindex)
  if (key === null) {
    if (at >= 0) net.mib[MIB.TCPMD5Unexpected]!++
    return at < 0
  }
  if (at < 0) {
    net.mib[MIB.TCPMD5NotFound]!++
    return false
  }
  if (key.matches(skb, at)) return true
  net.mib[MIB.TCPMD5Failure]!++
  return false
}
