import { MIB } from '../mib.js'
import type { IpAddress } from '../address.js'
import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { md5 } from './md5-digest.js'
import { findOption, TCPOPT } from './options.js'
import type { TcpSock } from './tcp-sock.js'

/** Bytes of the option with the padding before it. */
export const MD5_OPTION_SIZE = 20

/** A key of the TCP MD5 option (RFC 2385), for the peers within a prefix. */
export interface Md5Key {
  readonly address: IpAddress
  /** Bits of the address's own family. */
  readonly prefixLength: number
  /** Interface; 0: any. */
  readonly ifindex: number
  readonly key: Uint8Array
}

/** The keys of a socket, longest prefix first. */
export interface Md5Keys {
  readonly keys: Md5Key[]
}

/** Bits of a key's prefix in the 128-bit form. */
const prefixBits = (key: Md5Key): number => (key.address.family === 4 ? key.prefixLength + 96 : key.prefixLength)

function prefixMatches(key: Md5Key, remote: IpAddress): boolean {
  const { address } = key
  if (address.isV4 !== remote.isV4) return false
  const bits = prefixBits(key)
  const differing = [address.a ^ remote.a, address.b ^ remote.b, address.c ^ remote.c, address.d ^ remote.d]
  return differing.every((word, i) => {
    const n = Math.min(32, bits - 32 * i)
    return n <= 0 || word >>> (32 - n) === 0
  })
}

/** The key for a peer, or null: the longest prefix. Linux: tcp_md5_do_lookup. */
export function tcpMd5DoLookup(keys: Md5Keys | null, remote: IpAddress, ifindex: number): Md5Key | null {
  if (keys === null) return null
  for (const key of keys.keys) if ((key.ifindex === 0 || key.ifindex === ifindex) && prefixMatches(key, remote)) return key
  return null
}

const sameSlot = (a: Md5Key, b: Md5Key): boolean =>
  a.ifindex === b.ifindex && prefixBits(a) === prefixBits(b) && a.address.equals(b.address)

/** Adds or replaces a key. Linux: tcp_md5_do_add. */
export function tcpMd5DoAdd(sk: TcpSock, key: Md5Key): void {
  const others = sk.md5 === null ? [] : sk.md5.keys.filter((other) => !sameSlot(other, key))
  sk.md5 = { keys: [...others, key].sort((a, b) => prefixBits(b) - prefixBits(a)) }
}

/** Removes a key; false when there is none. Linux: tcp_md5_do_del. */
export function tcpMd5DoDel(sk: TcpSock, key: Md5Key): boolean {
  const left = sk.md5 === null ? [] : sk.md5.keys.filter((other) => !sameSlot(other, key))
  if (sk.md5 === null || left.length === sk.md5.keys.length) return false
  sk.md5 = left.length === 0 ? null : { keys: left }
  return true
}

/** The pseudo-header, the header without options and with a zero checksum, the data, the key. RFC 2385 section 2.0. */
function digest(key: Md5Key, skb: SkBuff): Uint8Array {
  const v4 = skb.family === 4
  const pseudo = v4 ? 12 : 40
  const data = skb.end - skb.start
  const text = new Uint8Array(pseudo + 20 + data + key.key.length)
  const view = new DataView(text.buffer)
  const words = v4 ? [skb.src.d, skb.dst.d] : [skb.src.a, skb.src.b, skb.src.c, skb.src.d, skb.dst.a, skb.dst.b, skb.dst.c, skb.dst.d]
  words.forEach((word, i) => view.setInt32(4 * i, word))
  const header = 20 + ((skb.options.length + 3) & ~3)
  if (v4) view.setUint32(8, 0x60000 | (header + data))
  else {
    view.setUint32(32, header + data)
    view.setUint32(36, 6)
  }
  view.setUint16(pseudo, skb.sport)
  view.setUint16(pseudo + 2, skb.dport)
  view.setInt32(pseudo + 4, skb.seq)
  view.setInt32(pseudo + 8, skb.ackSeq)
  view.setUint16(pseudo + 12, ((header / 4) << 12) | (skb.tcpFlags & 0x1ff))
  view.setUint16(pseudo + 14, skb.window)
  view.setUint16(pseudo + 18, skb.urgent)
  text.set(skb.buffer.subarray(skb.start, skb.end), pseudo + 20)
  text.set(key.key, pseudo + 20 + data)
  return md5(text)
}

/** Writes the digest of a segment into `out` at `digestAt`. Linux: tcp_v4_md5_hash_skb, tcp_v6_md5_hash_skb. */
export function tcpMd5HashSkb(key: Md5Key, skb: SkBuff, out: Uint8Array, digestAt: number): void {
  out.set(digest(key, skb), digestAt)
}

/** Whether the option at `at` of a segment's options is what the key gives. */
export function md5OptionMatches(key: Md5Key, skb: SkBuff, at: number): boolean {
  return skb.options[at + 1] === 18 && digest(key, skb).every((byte, i) => byte === skb.options[at + 2 + i])
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
  if (md5OptionMatches(key, skb, at)) return true
  net.mib[MIB.TCPMD5Failure]!++
  return false
}
