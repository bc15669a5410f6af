import type { IpAddress } from '../address.js'
import type { NetStack } from '../stack.js'
import { sipHash } from './siphash.js'

/** The 16 bytes of a secret and both ends of a connection as one message. */
function tuple(local: IpAddress, remote: IpAddress, extra: readonly number[]): Uint8Array {
  const words = [local.a, local.b, local.c, local.d, remote.a, remote.b, remote.c, remote.d, ...extra]
  const message = new Uint8Array(words.length * 4)
  const view = new DataView(message.buffer)
  words.forEach((word, i) => view.setInt32(4 * i, word))
  return message
}

/** A 32-bit keyed hash of both ends and `extra`; `which` names the secret. */
export function keyedHash(net: NetStack, which: 0 | 1, local: IpAddress, remote: IpAddress, extra: readonly number[]): number {
  const { secret } = net.tcp
  const key = new Uint8Array(secret.buffer, secret.byteOffset + which * 16, 16)
  const out = sipHash(key, tuple(local, remote, extra))
  return (out[0]! | (out[1]! << 8) | (out[2]! << 16) | (out[3]! << 24)) | 0
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
