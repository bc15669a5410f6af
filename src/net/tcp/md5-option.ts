import { EINVAL, ENOENT } from '../../abi/errno.js'
import { AF } from '../../abi/flags/sockets.js'
import { type IpAddress, readIpv4, readIpv6 } from '../address.js'
import { PeerKey, PeerKeys } from './md5-keys.js'
import type { TcpSock } from './tcp-sock.js'

/** Bytes and offsets of struct tcp_md5sig. */
const SIZE = 216, FLAGS = 128, PREFIX = 129, KEY_LENGTH = 130, IFINDEX = 132, KEY = 136
const MAX_KEY = 80
const FLAG_PREFIX = 1, FLAG_IFINDEX = 2

/** The address of struct sockaddr_in or sockaddr_in6, mapped ones as IPv4; null: of another family. */
function addressOf(sk: TcpSock, value: Uint8Array): IpAddress | null {
  const family = value[0]! | (value[1]! << 8)
  if (sk.family === 4) return family === AF.AF_INET ? readIpv4(value, 4) : null
  if (family !== AF.AF_INET6) return null
  const address = readIpv6(value, 8)
  return address.isMapped ? readIpv4(value, 20) : address
}

/**
 * TCP_MD5SIG and TCP_MD5SIG_EXT: sets the key for a peer or a network of peers; an empty key removes it. Keys of an L3
 * master device need one, which there is none of. Linux: tcp_v4_parse_md5_keys, tcp_v6_parse_md5_keys
 */
export function parseMd5Option(sk: TcpSock, extended: boolean, value: Uint8Array): number {
  if (value.length < SIZE) return -EINVAL
  const address = addressOf(sk, value)
  if (address === null) return -EINVAL
  const flags = value[FLAGS]!
  const most = address.family === 4 ? 32 : 128
  const prefixLength = extended && (flags & FLAG_PREFIX) !== 0 ? value[PREFIX]! : most
  if (prefixLength > most) return -EINVAL
  const view = new DataView(value.buffer, value.byteOffset)
  if (extended && (flags & FLAG_IFINDEX) !== 0 && view.getInt32(IFINDEX, true) !== 0) return -EINVAL
  const length = view.getUint16(KEY_LENGTH, true)
  if (length > MAX_KEY) return -EINVAL
  const key = new PeerKey(address, prefixLength, 0, value.slice(KEY, KEY + length))
  const old = sk.md5 instanceof PeerKeys ? sk.md5 : new PeerKeys([])
  const keys = length === 0 ? old.without(key) : old.with(key)
  if (length === 0 && keys.keys.length === old.keys.length) return -ENOENT
  sk.md5 = keys.keys.length === 0 ? null : keys
  return 0
}
