import { AF } from '../../src/abi/flags/sockets.js'
import { EAFNOSUPPORT, EINVAL } from '../../src/abi/errno.js'
import { type Endpoint, readIpv4, readIpv6, writeAddress } from '../../src/net/address.js'

/** The endpoint of a sockaddr_in or sockaddr_in6; null for AF_UNSPEC, a negative errno for what is neither. */
export function readSockaddr(bytes: Uint8Array): Endpoint | null | number {
  if (bytes.length < 2) return -EINVAL
  const family = bytes[0]! | (bytes[1]! << 8)
  const port = (bytes[2]! << 8) | bytes[3]!
  if (family === AF.AF_UNSPEC) return null
  if (family === AF.AF_INET) return bytes.length < 16 ? -EINVAL : { address: readIpv4(bytes, 4), port }
  if (family !== AF.AF_INET6) return -EAFNOSUPPORT
  if (bytes.length < 24) return -EINVAL
  const word = (at: number): number => bytes.length < at + 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true)
  return { address: readIpv6(bytes, 8), port, flowInfo: word(4), scope: word(24) }
}

/** The sockaddr of an endpoint. */
export function writeSockaddr(name: Endpoint): Uint8Array {
  const six = name.address.family === 6
  const bytes = new Uint8Array(six ? 28 : 16)
  bytes[0] = six ? AF.AF_INET6 : AF.AF_INET
  bytes[2] = name.port >> 8
  bytes[3] = name.port
  writeAddress(name.address, bytes, six ? 8 : 4)
  if (six && name.scope !== undefined) new DataView(bytes.buffer).setUint32(24, name.scope, true)
  return bytes
}
