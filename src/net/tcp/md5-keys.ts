import type { IpAddress } from '../address.js'
import type { SkBuff } from '../skb.js'
import type { Md5Key, Md5Keys } from './md5.js'
import { md5 } from './md5-digest.js'

/** A key for the peers within a prefix. Linux: struct tcp_md5sig_key. */
export class PeerKey implements Md5Key {
  readonly address: IpAddress
  /** Bits of the address's own family. */
  readonly prefixLength: number
  /** Interface; 0: any. */
  readonly ifindex: number
  readonly key: Uint8Array

  constructor(address: IpAddress, prefixLength: number, ifindex: number, key: Uint8Array) {
    this.address = address
    this.prefixLength = prefixLength
    this.ifindex = ifindex
    this.key = key
  }

  sign(skb: SkBuff, out: Uint8Array, digestAt: number): void {
    out.set(digest(this.key, skb), digestAt)
  }

  matches(skb: SkBuff, at: number): boolean {
    return skb.options[at + 1] === 18 && digest(this.key, skb).every((byte, i) => byte === skb.options[at + 2 + i])
  }

  only(remote: IpAddress): Md5Keys {
    return new PeerKeys([new PeerKey(remote, remote.family === 4 ? 32 : 128, this.ifindex, this.key)])
  }
}

/** The keys of a socket, longest prefix first. */
export class PeerKeys implements Md5Keys {
  readonly keys: readonly PeerKey[]

  constructor(keys: readonly PeerKey[]) {
    this.keys = keys
  }

  lookup(remote: IpAddress, ifindex: number): PeerKey | null {
    for (const key of this.keys) if ((key.ifindex === 0 || key.ifindex === ifindex) && prefixMatches(key, remote)) return key
    return null
  }

  /** These with a key more, in place of one for the same peers. Linux: tcp_md5_do_add. */
  with(key: PeerKey): PeerKeys {
    return new PeerKeys([...this.without(key).keys, key].sort((a, b) => prefixBits(b) - prefixBits(a)))
  }

  /** These but the key for the same peers. Linux: tcp_md5_do_del. */
  without(key: PeerKey): PeerKeys {
    const same = (other: (typeof this.keys)[number]): boolean =>
      other.ifindex === key.ifindex && prefixBits(other) === prefixBits(key) && other.address.equals(key.address)
    return new PeerKeys(this.keys.filter((other) => !same(other)))
  }
}

/** Bits of a key's prefix in the 128-bit form. */
const prefixBits = (key: PeerKey): number => (key.address.family === 4 ? key.prefixLength + 96 : key.prefixLength)

function prefixMatches(key: PeerKey, remote: IpAddress): boolean {
  const { address } = key
  if (address.isV4 !== remote.isV4) return false
  const bits = prefixBits(key)
  const differing = [address.a ^ remote.a, address.b ^ remote.b, address.c ^ remote.c, address.d ^ remote.d]
  return differing.every((word, i) => {
    const n = Math.min(32, bits - 32 * i)
    return n <= 0 || word >>> (32 - n) === 0
  })
}

/** The pseudo-header, the header without options and with a zero checksum, the data, the key. RFC 2385 section 2.0. */
function digest(key: Uint8Array, skb: SkBuff): Uint8Array {
  const v4 = skb.family === 4
  const pseudo = v4 ? 12 : 40
  const data = skb.end - skb.start
  const text = new Uint8Array(pseudo + 20 + data + key.length)
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
  text.set(key, pseudo + 20 + data)
  return md5(text)
}
