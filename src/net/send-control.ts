import { EINVAL } from '../abi/errno.js'
import { IPV6_OPTIONS, IP_OPTIONS, SCM, SO, SOL, UDP_OPTIONS } from '../abi/flags/sockets.js'
import { type IpAddress, readIpv4, readIpv6 } from './address.js'
import { compileOptions } from './ip-options.js'
import { intOf } from './messages.js'
import type { ControlMessage, Sock } from './sock.js'

/** What the control messages of a send change for it alone. Linux: struct ipcm_cookie, ipcm6_cookie. */
export interface Ancillary {
  /** Source address of IP_PKTINFO or IPV6_PKTINFO; null: the socket's. */
  source: IpAddress | null
  /** Interface of the same; 0: the route's. */
  ifindex: number
  /** -1: the socket's. */
  ttl: number
  tos: number
  /** UDP_SEGMENT. */
  segment: number
  dontFragment: boolean
  /** SO_MARK, SO_PRIORITY, IP_RETOPTS; null: the socket's. */
  mark: number | null
  priority: number | null
  ipOptions: Uint8Array | null
}

/** Reads control messages. Linux: ip_cmsg_send, ip6_datagram_send_ctl, __sock_cmsg_send, udp_cmsg_send. @returns -EINVAL for what these refuse */
export function readAncillary(sk: Sock, control: readonly ControlMessage[]): Ancillary | number {
  const out: Ancillary = { source: null, ifindex: 0, ttl: -1, tos: -1, segment: 0, dontFragment: false, mark: null, priority: null, ipOptions: null }
  for (const message of control) {
    const result = readOne(sk, message, out)
    if (result !== 0) return result
  }
  return out
}

function readOne(sk: Sock, { level, type, data }: ControlMessage, out: Ancillary): number {
  const value = intOf(data)
  if (level === SOL.SOL_SOCKET) return readSocketControl(type, data, value, out)
  if (level === SOL.SOL_UDP && type === UDP_OPTIONS.UDP_SEGMENT) {
    if (data.length !== 2) return -EINVAL
    out.segment = data[0]! | (data[1]! << 8)
    return 0
  }
  if (level === SOL.SOL_IP) return readIpv4Control(type, data, value, out)
  if (level === SOL.SOL_IPV6 && sk.family === 6) return readIpv6Control(type, data, value, out)
  return 0
}

function readSocketControl(type: number, data: Uint8Array, value: number, out: Ancillary): number {
  switch (type) {
    case SCM.SCM_RIGHTS: case SCM.SCM_CREDENTIALS: return 0
    case SO.SO_MARK: case SO.SO_PRIORITY:
      if (data.length !== 4) return -EINVAL
      if (type === SO.SO_MARK) out.mark = value
      else out.priority = value
      return 0
    case SO.SO_TIMESTAMPING_OLD: case SO.SO_TXTIME: return data.length < 4 ? -EINVAL : 0
    default: return -EINVAL
  }
}

function readIpv4Control(type: number, data: Uint8Array, value: number, out: Ancillary): number {
  if (type === IP_OPTIONS.IP_PKTINFO) {
    if (data.length !== 12) return -EINVAL
    out.ifindex = value
    const source = readIpv4(data, 4)
    if (!source.isAny) out.source = source
    return 0
  }
  if (type === IP_OPTIONS.IP_TTL) {
    if (data.length !== 4 || value < 1 || value > 255) return -EINVAL
    out.ttl = value
    return 0
  }
  if (type === IP_OPTIONS.IP_TOS) {
    if (data.length !== 4 && data.length !== 1) return -EINVAL
    if (value < 0 || value > 255) return -EINVAL
    out.tos = value
    return 0
  }
  if (type !== IP_OPTIONS.IP_RETOPTS) return -EINVAL
  out.ipOptions = compileOptions(data.subarray(0, 40))
  return out.ipOptions === null ? -EINVAL : 0
}

function readIpv6Control(type: number, data: Uint8Array, value: number, out: Ancillary): number {
  if (type === IPV6_OPTIONS.IPV6_PKTINFO || type === IPV6_OPTIONS.IPV6_2292PKTINFO) {
    if (data.length < 20) return -EINVAL
    out.ifindex = intOf(data.subarray(16))
    const source = readIpv6(data, 0)
    if (!source.isAny) out.source = source
    return 0
  }
  if (data.length !== 4 && type !== IPV6_OPTIONS.IPV6_FLOWINFO) return -EINVAL
  if (type === IPV6_OPTIONS.IPV6_HOPLIMIT || type === IPV6_OPTIONS.IPV6_2292HOPLIMIT) {
    if (value < -1 || value > 255) return -EINVAL
    out.ttl = value
  } else if (type === IPV6_OPTIONS.IPV6_TCLASS) {
    if (value < -1 || value > 255) return -EINVAL
    out.tos = value & 0xff
  } else if (type === IPV6_OPTIONS.IPV6_DONTFRAG) {
    if (value !== 0 && value !== 1) return -EINVAL
    out.dontFragment = value === 1
  } else return type === IPV6_OPTIONS.IPV6_FLOWINFO ? 0 : -EINVAL
  return 0
}
