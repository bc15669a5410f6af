import { ENOPROTOOPT, EOPNOTSUPP } from '../abi/errno.js'
import { SOL } from '../abi/flags/sockets.js'
import { getIpOption, setIpOption } from './options-ip.js'
import { getIpv6Option, setIpv6Option } from './options-ipv6.js'
import { getSocketOption, setSocketOption } from './options-socket.js'
import type { Sock, SocketOptions } from './sock.js'

/** The options of a new socket. */
export function defaultSocketOptions(): SocketOptions {
  return {
    reuseAddress: false, reusePort: false, keepAlive: false, broadcast: false, oobInline: false, dontRoute: false, noCheck: false, debug: false, linger: -1,
    priority: 0, mark: 0, receiveLowWater: 1, receiveTimeout: 0, sendTimeout: 0, bufferLock: 0, timestamp: 0, timestamping: 0, zeroCopy: false, busyPoll: 0,
    maxPacingRate: Infinity, receiveQueueOverflow: false, passCredentials: false, peekOffset: -1, incomingCpu: -1, tos: 0, ttl: -1, minTtl: 0, mtuDiscover: 1,
    receiveErrors: false, packetInfo: false, receiveTtl: false, receiveTos: false, receiveOptions: false, headerIncluded: false, freeBind: false,
    transparent: false, bindAddressNoPort: false, multicastTtl: 1, multicastLoop: true, multicastInterface: 0, localPortRange: 0, v6Only: false, hopLimit: -1,
    multicastHops: 1, trafficClass: -1, receivePacketInfo6: false, receiveHopLimit: false, receiveTrafficClass: false, receiveErrors6: false,
    mtuDiscover6: 1, minHopCount: 0, flowLabelSend: false, autoFlowLabel: -1, ipOptions: null, groups: [], others: null,
  }
}

/**
 * Options of SOL_SOCKET, SOL_IP and SOL_IPV6, which all kinds of socket share. Linux: sk_setsockopt, do_ip_setsockopt,
 * do_ipv6_setsockopt.
 *
 * @param value as the caller gave it, any length; privileges are the caller's to check
 * @returns 0 or -errno
 */
export function setSockOption(sk: Sock, level: number, name: number, value: Uint8Array): number {
  if (level === SOL.SOL_SOCKET) return setSocketOption(sk, name, value)
  if (level === SOL.SOL_IP) return setIpOption(sk, name, value)
  if (level === SOL.SOL_IPV6 && sk.family === 6) return setIpv6Option(sk, name, value)
  return -ENOPROTOOPT
}

/** The value of an option of {@link setSockOption}'s levels, at most `length` bytes, or -errno. Linux: sk_getsockopt, do_ip_getsockopt, do_ipv6_getsockopt. */
export function getSockOption(sk: Sock, level: number, name: number, length: number): Uint8Array | number {
  if (level === SOL.SOL_SOCKET) return getSocketOption(sk, name, length)
  if (level === SOL.SOL_IP) return getIpOption(sk, name, length)
  if (level === SOL.SOL_IPV6 && sk.family === 6) return getIpv6Option(sk, name, length)
  return sk.family === 4 ? -EOPNOTSUPP : -ENOPROTOOPT
}
