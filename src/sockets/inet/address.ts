import { EAFNOSUPPORT, EINVAL } from '../../abi/errno.js'
import { AF } from '../../abi/flags/sockets.js'
import { ANY4, asFamily, readIpv4, readIpv6, type Endpoint } from '../../net/address.js'
import { sockaddr } from '../../net/messages.js'

/** sizeof(struct sockaddr_in), and of sockaddr_in6 as RFC 2133 has it. */
const SOCKADDR_IN = 16
const SOCKADDR_IN6_OLD = 24

/** sa_family of an address of at least two bytes. */
export function familyOf(address: Uint8Array): number {
  return address[0]! | (address[1]! << 8)
}

function inetEndpoint(address: Uint8Array): Endpoint {
  return { address: readIpv4(address, 4), port: (address[2]! << 8) | address[3]! }
}

function inet6Endpoint(address: Uint8Array): Endpoint {
  const view = new DataView(address.buffer, address.byteOffset, address.length)
  return { address: readIpv6(address, 8), port: view.getUint16(2), scope: address.length >= 28 ? view.getUint32(24, true) : 0, flowInfo: view.getUint32(4) }
}

/** An address for bind. Linux: inet_bind_sk, inet6_bind_sk. An unspecified family with no address counts as AF_INET. */
export function bindEndpoint(family: 4 | 6, address: Uint8Array): Endpoint | number {
  if (address.length < (family === 4 ? SOCKADDR_IN : SOCKADDR_IN6_OLD)) return -EINVAL
  const given = familyOf(address)
  if (family === 6) return given === AF.AF_INET6 ? inet6Endpoint(address) : -EAFNOSUPPORT
  if (given === AF.AF_INET) return inetEndpoint(address)
  return given === AF.AF_UNSPEC && readIpv4(address, 4).equals(ANY4) ? inetEndpoint(address) : -EAFNOSUPPORT
}

/**
 * An address for connect. Linux: tcp_v4_connect, tcp_v6_connect, __ip4_datagram_connect, __ip6_datagram_connect.
 *
 * @param stream whether it is for TCP, which takes no AF_INET address for an IPv6 socket
 * @param v6Only IPV6_V6ONLY
 */
export function connectEndpoint(family: 4 | 6, address: Uint8Array, stream: boolean, v6Only: boolean): Endpoint | number {
  const given = familyOf(address)
  if (family === 6 && given === AF.AF_INET && !stream) {
    if (v6Only) return -EAFNOSUPPORT
    const endpoint = connectEndpoint(4, address, false, false)
    return typeof endpoint === 'number' ? endpoint : { ...endpoint, address: asFamily(endpoint.address, 6) }
  }
  if (address.length < (family === 4 ? SOCKADDR_IN : SOCKADDR_IN6_OLD)) return -EINVAL
  if (given !== (family === 4 ? AF.AF_INET : AF.AF_INET6)) return -EAFNOSUPPORT
  return family === 4 ? inetEndpoint(address) : inet6Endpoint(address)
}

/** The destination of a datagram; null for none. Linux: udp_sendmsg, udpv6_sendmsg, raw_sendmsg. */
export function sendEndpoint(family: 4 | 6, address: Uint8Array, v6Only: boolean): Endpoint | number | null {
  if (family === 4) {
    if (address.length < SOCKADDR_IN) return -EINVAL
    const given = familyOf(address)
    return given === AF.AF_INET || given === AF.AF_UNSPEC ? inetEndpoint(address) : -EAFNOSUPPORT
  }
  if (address.length < 2) return -EINVAL
  switch (familyOf(address)) {
    case AF.AF_INET6: return address.length < SOCKADDR_IN6_OLD ? -EINVAL : inet6Endpoint(address)
    case AF.AF_UNSPEC: return null
    case AF.AF_INET: {
      if (v6Only) return -101
      const endpoint = sendEndpoint(4, address, false)
      return endpoint === null || typeof endpoint === 'number' ? endpoint : { ...endpoint, address: asFamily(endpoint.address, 6) }
    }
    default: return -EINVAL
  }
}

/** An address as a socket of the family shows it. */
export function endpointBytes(family: 4 | 6, { address, port, scope = 0 }: Endpoint): Uint8Array {
  return sockaddr(family, asFamily(address, family), port, scope)
}
