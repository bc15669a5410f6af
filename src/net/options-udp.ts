import { EINVAL, ENOPROTOOPT } from '../abi/errno.js'
import { IPPROTO, SOCK, UDP_OPTIONS as UDP } from '../abi/flags/sockets.js'
import { intOf } from './messages.js'
import { intBytes } from './option-table.js'
import type { Sock } from './sock.js'
import type { UdpSock } from './udp.js'

/** UDP_ENCAP_ESPINUDP and UDP_ENCAP_L2TPINUDP: what UDP_ENCAP may be set to. */
const ENCAP = { NONE: 0, ESPINUDP: 2, L2TPINUDP: 3 } as const

/** Whether a socket is UDP's, told without UDP's code. */
export function isUdp(sk: Sock): sk is UdpSock {
  return sk.type === SOCK.SOCK_DGRAM && sk.protocol === IPPROTO.IPPROTO_UDP
}

/** setsockopt(SOL_UDP). Linux: udp_lib_setsockopt. */
export function setUdpOption(sk: UdpSock, name: number, value: Uint8Array): number {
  if (value.length < 4) return -EINVAL
  const n = intOf(value)
  switch (name) {
    case UDP.UDP_CORK:
      sk.cork = n !== 0
      if (!sk.cork) sk.pushPending()
      return 0
    case UDP.UDP_ENCAP:
      if (n !== ENCAP.NONE && n !== ENCAP.ESPINUDP && n !== ENCAP.L2TPINUDP) return -ENOPROTOOPT
      sk.encapsulation = n
      return 0
    case UDP.UDP_NO_CHECK6_TX:
      sk.noCheck6Tx = n !== 0
      return 0
    case UDP.UDP_NO_CHECK6_RX:
      sk.noCheck6Rx = n !== 0
      return 0
    case UDP.UDP_SEGMENT:
      if (n < 0 || n > 0xffff) return -EINVAL
      sk.segment = n
      return 0
    case UDP.UDP_GRO:
      sk.receiveOffload = n !== 0
      return 0
    default: return -ENOPROTOOPT
  }
}

/** getsockopt(SOL_UDP). Linux: udp_lib_getsockopt. */
export function getUdpOption(sk: UdpSock, name: number, length: number): Uint8Array | number {
  switch (name) {
    case UDP.UDP_CORK: return intBytes(sk.cork ? 1 : 0, length)
    case UDP.UDP_ENCAP: return intBytes(sk.encapsulation, length)
    case UDP.UDP_NO_CHECK6_TX: return intBytes(sk.noCheck6Tx ? 1 : 0, length)
    case UDP.UDP_NO_CHECK6_RX: return intBytes(sk.noCheck6Rx ? 1 : 0, length)
    case UDP.UDP_SEGMENT: return intBytes(sk.segment, length)
    case UDP.UDP_GRO: return intBytes(sk.receiveOffload ? 1 : 0, length)
    // UDP-Lite's coverage: all of a packet of UDP
    case UDP_LITE.SEND: case UDP_LITE.RECEIVE: return intBytes(0, length)
    default: return -ENOPROTOOPT
  }
}

/** UDPLITE_SEND_CSCOV and UDPLITE_RECV_CSCOV. */
const UDP_LITE = { SEND: 10, RECEIVE: 11 } as const
