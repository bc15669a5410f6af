import { EADDRINUSE, EADDRNOTAVAIL, EINVAL, EMSGSIZE, ENOBUFS, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, EPROTO } from '../abi/errno.js'
import { IP_OPTIONS as IP } from '../abi/flags/sockets.js'
import { ipv4, readIpv4 } from './address.js'
import { getGroupFilter, getSourceFilter, joinByDevice, leaveByDevice, setGroupOption, setSourceFilter, setSourceMembership } from './options-multicast.js'
import { KEPT, type OptionRule, getByRule, ipIntBytes, keep, ruleOf, setByRule } from './option-table.js'
import { compileOptions } from './ip-options.js'
import { intOf } from './messages.js'
import { type Sock, TCP } from './sock.js'
import { get32 } from './wire/bytes.js'

/** IP_LOCAL_PORT_RANGE of 6.3 and IP_PROTOCOL of 6.4, which the headers of the constants lack. */
const IP_LOCAL_PORT_RANGE = 51
const IP_PROTOCOL = 52
const KEY = KEPT.IP

const RULES: readonly OptionRule[] = [
  [IP.IP_PKTINFO, 'flag', 'packetInfo'], [IP.IP_RECVTTL, 'flag', 'receiveTtl'], [IP.IP_RECVTOS, 'flag', 'receiveTos'], [IP.IP_RECVOPTS, 'flag', 'receiveOptions'],
  [IP.IP_RETOPTS, 'flag', ''], [IP.IP_RECVERR, 'flag', 'receiveErrors'], [IP.IP_FREEBIND, 'flag', 'freeBind'], [IP.IP_TRANSPARENT, 'flag', 'transparent'],
  [IP.IP_PASSSEC, 'flag', ''], [IP.IP_ORIGDSTADDR, 'flag', ''], [IP.IP_CHECKSUM, 'flag', ''], [IP.IP_RECVFRAGSIZE, 'flag', ''],
  [IP.IP_BIND_ADDRESS_NO_PORT, 'flag', 'bindAddressNoPort'], [IP.IP_MULTICAST_LOOP, 'flag', 'multicastLoop'], [IP.IP_HDRINCL, 'flag', 'headerIncluded'],
  [IP.IP_NODEFRAG, 'flag', ''], [IP.IP_MULTICAST_ALL, 'count', '', 0, 1, 1], [IP.IP_RECVERR_RFC4884, 'count', '', 0, 1],
  [IP.IP_TTL, 'count', 'ttl', 1, 255, 0, -1], [IP.IP_MTU_DISCOVER, 'count', 'mtuDiscover', 0, 5], [IP.IP_MULTICAST_TTL, 'count', 'multicastTtl', 0, 255, 0, 1],
  [IP.IP_MINTTL, 'count', 'minTtl', 0, 255],
]
/** Those that refuse an empty value. */
const NEED_A_BYTE: readonly number[] = [IP.IP_TTL, IP.IP_MULTICAST_TTL, IP.IP_MULTICAST_LOOP, IP.IP_MINTTL, IP.IP_FREEBIND, IP.IP_TRANSPARENT, IP.IP_MULTICAST_ALL]

/** setsockopt(SOL_IP). Linux: do_ip_setsockopt. */
export function setIpOption(sk: Sock, name: number, value: Uint8Array): number {
  if (sk.type === 3 && sk.family === 6) return -ENOPROTOOPT
  const n = intOf(value)
  const stream = sk.type === 1
  if ((name === IP.IP_HDRINCL || name === IP.IP_NODEFRAG) && sk.type !== 3) return -ENOPROTOOPT
  if (stream && (name === IP.IP_RECVFRAGSIZE || name === IP.IP_MULTICAST_TTL || name === IP.IP_MULTICAST_IF)) return -EINVAL
  if (value.length === 0 && NEED_A_BYTE.includes(name)) return -EINVAL
  sk.optionChanging(0, name, n)
  const rule = ruleOf(RULES, name)
  if (rule !== null) {
    const result = setByRule(sk, rule, KEY + name, n)
    if (name === IP.IP_RECVERR && n === 0) sk.errors.length = 0
    return result
  }
  switch (name) {
    case IP.IP_TOS: {
      const options = sk.ownOptions()
      options.tos = stream ? (n & 0xfc) | (options.tos & 3) : n & 0xff
      options.priority = [0, 0, 0, 0, 2, 2, 2, 2, 6, 6, 6, 6, 4, 4, 4, 4][(options.tos & 0x1e) >> 1]!
      sk.route = null
      return 0
    }
    case IP.IP_OPTIONS: return setIpOptions(sk, value)
    case IP.IP_UNICAST_IF:
      if (value.length !== 4) return -EINVAL
      if (n !== 0 && sk.net.device(get32(value, 0)) === null) return -EADDRNOTAVAIL
      keep(sk, KEY + name, n)
      return 0
    case IP.IP_MULTICAST_IF: return setMulticastInterface(sk, value)
    case IP.IP_ADD_MEMBERSHIP: case IP.IP_DROP_MEMBERSHIP: return changeMembership(sk, value, name === IP.IP_ADD_MEMBERSHIP)
    case IP.IP_ROUTER_ALERT: {
      if (sk.type !== 3) return -EINVAL
      const on = (sk.options.others?.get(KEY + name) ?? 0) !== 0
      if (n === 0 ? !on : on) return n === 0 ? -ENOBUFS : -EADDRINUSE
      keep(sk, KEY + name, n === 0 ? 0 : 1)
      return 0
    }
    case IP_LOCAL_PORT_RANGE: {
      if (value.length !== 4) return -EINVAL
      const low = n & 0xffff, high = n >>> 16
      if (low !== 0 && high !== 0 && low > high) return -EINVAL
      sk.ownOptions().localPortRange = n
      return 0
    }
    case IP.IP_IPSEC_POLICY: return value.length === 0 ? -EMSGSIZE : -EOPNOTSUPP
    case IP.IP_XFRM_POLICY: return value.length === 0 ? -EMSGSIZE : sk.family === 4 ? -EINVAL : -EOPNOTSUPP
    case IP.IP_UNBLOCK_SOURCE: case IP.IP_BLOCK_SOURCE: case IP.IP_ADD_SOURCE_MEMBERSHIP: case IP.IP_DROP_SOURCE_MEMBERSHIP:
      return setSourceMembership(sk, name, value)
    case IP.IP_MSFILTER: return setSourceFilter(sk, value)
    case IP.MCAST_JOIN_GROUP: case IP.MCAST_BLOCK_SOURCE: case IP.MCAST_UNBLOCK_SOURCE: case IP.MCAST_LEAVE_GROUP: case IP.MCAST_JOIN_SOURCE_GROUP:
    case IP.MCAST_LEAVE_SOURCE_GROUP: case IP.MCAST_MSFILTER:
      return setGroupOption(sk, 4, name, value)
    default: return -ENOPROTOOPT
  }
}

/** Linux: IP_OPTIONS. */
function setIpOptions(sk: Sock, value: Uint8Array): number {
  if (value.length > 40) return -EINVAL
  const padded = compileOptions(value)
  if (padded === null) return -EINVAL
  sk.ownOptions().ipOptions = padded.length === 0 ? null : padded
  sk.optionChanging(0, IP.IP_OPTIONS, padded.length)
  return 0
}

/** struct in_addr, ip_mreq or ip_mreqn: which device. Linux: IP_MULTICAST_IF. */
function setMulticastInterface(sk: Sock, value: Uint8Array): number {
  if (value.length < 4) return -EINVAL
  const address = value.length >= 8 ? readIpv4(value, 4) : readIpv4(value, 0)
  const ifindex = value.length >= 12 ? intOf(value.subarray(8)) : 0
  if (ifindex === 0 && address.isAny) {
    sk.ownOptions().multicastInterface = 0
    keep(sk, KEY + IP.IP_MULTICAST_IF, 0)
    return 0
  }
  const device = ifindex !== 0 ? sk.net.device(ifindex) : (sk.net.devices.find((other) => other.addresses.some((own) => own.address.equals(address))) ?? null)
  if (device === null) return -EADDRNOTAVAIL
  if (sk.boundDevice !== 0 && sk.boundDevice !== device.index) return -EINVAL
  sk.ownOptions().multicastInterface = device.index
  keep(sk, KEY + IP.IP_MULTICAST_IF, address.d)
  return 0
}

/** struct ip_mreq or ip_mreqn. Linux: IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP. */
function changeMembership(sk: Sock, value: Uint8Array, join: boolean): number {
  if (sk.type === 1) return -EPROTO
  if (value.length < 8) return -EINVAL
  const group = readIpv4(value, 0), address = readIpv4(value, 4)
  const ifindex = value.length >= 12 ? intOf(value.subarray(8)) : 0
  return join ? joinByDevice(sk, group, ifindex, address) : leaveByDevice(sk, group, ifindex, address)
}

/** getsockopt(SOL_IP). Linux: do_ip_getsockopt. */
export function getIpOption(sk: Sock, name: number, length: number, given: Uint8Array): Uint8Array | number {
  if (sk.type === 3 && sk.family === 6) return -ENOPROTOOPT
  if (length < 0) return -EINVAL
  const rule = ruleOf(RULES, name)
  if (rule !== null) {
    if ((name === IP.IP_HDRINCL || name === IP.IP_NODEFRAG) && sk.family === 6) return ipIntBytes(0, length)
    // IPv6's sockets start without the flag that IPv4's have
    if (name === IP.IP_MULTICAST_ALL && sk.family === 6 && sk.options.others?.has(KEY + name) !== true) return ipIntBytes(0, length)
    const value = getByRule(sk, rule, KEY + name)
    return ipIntBytes(name === IP.IP_TTL && value < 0 ? sk.net.sysctl.ip_default_ttl : value, length)
  }
  switch (name) {
    case IP.IP_TOS: return ipIntBytes(sk.options.tos, length)
    case IP.IP_OPTIONS: return (sk.options.ipOptions ?? new Uint8Array(0)).slice(0, length)
    case IP.IP_MTU: {
      const route = sk.state === TCP.CLOSE || sk.state === TCP.LISTEN || !sk.remote.isV4 ? null : sk.net.sockRoute(sk)
      return route === null ? -ENOTCONN : ipIntBytes(sk.net.dstMtu(route), length)
    }
    case IP.IP_UNICAST_IF: case IP.IP_ROUTER_ALERT: return ipIntBytes(sk.options.others?.get(KEY + name) ?? 0, length)
    case IP.IP_MULTICAST_IF: {
      const { d } = ipv4(sk.options.others?.get(KEY + name) ?? 0)
      return Uint8Array.of(d >>> 24, d >>> 16, d >>> 8, d).slice(0, length)
    }
    case IP_LOCAL_PORT_RANGE: return ipIntBytes(sk.options.localPortRange, length)
    case IP_PROTOCOL: return ipIntBytes(sk.type === 3 ? sk.protocol : 0, length)
    case IP.IP_PKTOPTIONS: return sk.type === 1 ? new Uint8Array(0) : -ENOPROTOOPT
    case IP.IP_MSFILTER: return getSourceFilter(sk, given)
    case IP.MCAST_MSFILTER: return getGroupFilter(sk, 4, given)
    default: return -ENOPROTOOPT
  }
}
