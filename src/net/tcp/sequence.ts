import type { IpAddress } from '../address.js'
import type { NetStack } from '../stack.js'

const rotate = (x: number, n: number): number => (x << n) | (x >>> (32 - n))

/** The message of the hash that is being made; nothing is kept in it. */
const message = /* @__PURE__ */ new Int32Array(11)

/** HalfSipHash-1-3 of the first `length` words of {@link message}. Linux: hsiphash (lib/siphash.c). */
function halfSipHash(k0: number, k1: number, length: number): number {
  let v0 = k0, v1 = k1, v2 = 0x6c796765 ^ k0, v3 = 0x74656462 ^ k1
  // each word, then the length, then three rounds more
  for (let i = 0; i < length + 4; i++) {
    const word = i < length ? message[i]! : i === length ? length << 26 : 0
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = rotate(v1, 5) ^ v0
    v0 = rotate(v0, 16)
    v2 = (v2 + v3) | 0
    v3 = rotate(v3, 8) ^ v2
    v0 = (v0 + v3) | 0
    v3 = rotate(v3, 7) ^ v0
    v2 = (v2 + v1) | 0
    v1 = rotate(v1, 13) ^ v2
    v2 = rotate(v2, 16)
    v0 ^= word
    if (i === length) v2 ^= 0xff
  }
  return v1 ^ v3
}

/** A 32-bit keyed hash of both ends and `extra`, three words at most; `which` names the secret. */
export function keyedHash(net: NetStack, which: 0 | 1, local: IpAddress, remote: IpAddress, extra: readonly number[]): number {
  const { secret } = net.tcp
  message[0] = local.a
  message[1] = local.b
  message[2] = local.c
  message[3] = local.d
  message[4] = remote.a
  message[5] = remote.b
  message[6] = remote.c
  message[7] = remote.d
  for (let i = 0; i < extra.length; i++) message[8 + i] = extra[i]!
  return halfSipHash(secret[which * 4]! | 0, secret[which * 4 + 1]! | 0, 8 + extra.length)
}

/** Initial sequence number: a keyed hash of the four-tuple and a clock of 4 (64 ns) ticks. RFC 6528. Linux: secure_tcp_seq. */
export function secureTcpSeq(net: NetStack, local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): number {
  const hash = keyedHash(net, 0, local, remote, [(localPort << 16) | remotePort])
  return (hash + Math.floor((net.now * 1000) / 64)) | 0
}

/** Offset of the timestamps of a pair of hosts; 0 unless tcp_timestamps is 1. Linux: secure_tcp_ts_off. */
export function secureTcpTsOff(net: NetStack, local: IpAddress, remote: IpAddress): number {
  return net.sysctl.tcp_timestamps === 1 ? keyedHash(net, 1, local, remote, []) : 0
}
