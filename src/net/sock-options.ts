import { ENOPROTOOPT, EOPNOTSUPP } from '../abi/errno.js'
import { SOL } from '../abi/flags/sockets.js'
import { getIpOption, setIpOption } from './options-ip.js'
import { getIpv6Option, setIpv6Option } from './options-ipv6.js'
import { getSocketOption, setSocketOption } from './options-socket.js'
import { getUdpOption, isUdp, setUdpOption } from './options-udp.js'
import type { Sock } from './sock.js'
import { tcpGetsockopt, tcpSetsockopt } from './tcp/sockopts.js'
import { TcpSock } from './tcp/tcp-sock.js'

/**
 * Sets an option of SOL_SOCKET, SOL_IP, SOL_IPV6, SOL_TCP or SOL_UDP: a function, so that a program which sets none has none of
 * them in its bundle. Linux: sk_setsockopt, do_ip_setsockopt, do_ipv6_setsockopt, do_tcp_setsockopt, udp_lib_setsockopt.
 *
 * @param value as the caller gave it, any length; privileges are the caller's to check
 * @returns 0 or -errno
 */
export function setSockOption(sk: Sock, level: number, name: number, value: Uint8Array): number {
  sk.net.refresh()
  const result = set(sk, level, name, value)
  sk.net.flush()
  return result
}

function set(sk: Sock, level: number, name: number, value: Uint8Array): number {
  if (level === SOL.SOL_SOCKET) return setSocketOption(sk, name, value)
  if (level === SOL.SOL_IP) return setIpOption(sk, name, value)
  if (level === SOL.SOL_IPV6 && sk.family === 6) return setIpv6Option(sk, name, value)
  if (level === SOL.SOL_TCP && sk instanceof TcpSock) return tcpSetsockopt(sk, name, value)
  if (level === SOL.SOL_UDP && isUdp(sk)) return setUdpOption(sk, name, value)
  return -ENOPROTOOPT
}

/**
 * The value of an option of {@link setSockOption}'s levels, cut to `length` bytes where Linux cuts, or -errno. Linux: sk_getsockopt and its kin.
 *
 * @param given what the caller wrote where the value goes, at most `length` bytes: filters of multicast are asked for so
 */
export function getSockOption(sk: Sock, level: number, name: number, length: number, given: Uint8Array = new Uint8Array(0)): Uint8Array | number {
  sk.net.refresh()
  if (level === SOL.SOL_SOCKET) return getSocketOption(sk, name, length)
  if (level === SOL.SOL_IP) return getIpOption(sk, name, length, given)
  if (level === SOL.SOL_IPV6 && sk.family === 6) return getIpv6Option(sk, name, length, given)
  if (level === SOL.SOL_TCP && sk instanceof TcpSock) return tcpGetsockopt(sk, name, length)
  if (level === SOL.SOL_UDP && isUdp(sk)) return getUdpOption(sk, name, length)
  return sk.family === 4 ? -EOPNOTSUPP : -ENOPROTOOPT
}
