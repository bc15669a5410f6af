import { EADDRNOTAVAIL, EINVAL, EMSGSIZE, ENODEV, ENOENT, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, EPERM, EPROTO } from '../abi/errno.js'
import { IPV6_OPTIONS as V6, IP_OPTIONS } from '../abi/flags/sockets.js'
import { readIpv6 } from './address.js'
import { getGroupFilter, joinByDevice, leaveByDevice, setGroupOption } from './options-multicast.js'
import { IPV6_ORIGDSTADDR, KEPT, type OptionRule, getByRule, intBytes, keep, ruleOf, setByRule } from './option-table.js'
import { intOf } from './messages.js'
import { type Sock, TCP } from './sock.js'
import { get32 } from './wire/bytes.js'

const KEY = KEPT.IPV6
/** Options that the headers of the constants lack. */
const IPV6_HDRINCL = 36
const IPV6_IPSEC_POLICY = 34
const IPV6_XFRM_POLICY = 35
/** Bits of IPV6_ADDR_PREFERENCES. */
const PREFER = { TMP: 1, PUBLIC: 2, PUBTMP_DEFAULT: 0x100, COA: 4, HOME: 0x400, CGA: 8, NONCGA: 0x800 } as const

const RULES: readonly OptionRule[] = [
  [V6.IPV6_2292PKTINFO, 'flag', ''], [V6.IPV6_2292HOPOPTS, 'flag', ''], [V6.IPV6_2292DSTOPTS, 'flag', ''], [V6.IPV6_2292RTHDR, 'flag', ''],
  [V6.IPV6_2292HOPLIMIT, 'flag', ''], [V6.IPV6_FLOWINFO, 'flag', ''], [V6.IPV6_V6ONLY, 'flag', 'v6Only'], [V6.IPV6_RECVERR, 'flag', 'receiveErrors6'],
  [V6.IPV6_RECVPKTINFO, 'flag', 'receivePacketInfo6'], [V6.IPV6_RECVHOPLIMIT, 'flag', 'receiveHopLimit'], [V6.IPV6_RECVHOPOPTS, 'flag', ''],
  [V6.IPV6_RECVRTHDR, 'flag', ''], [V6.IPV6_RECVDSTOPTS, 'flag', ''], [V6.IPV6_RECVPATHMTU, 'flag', ''], [V6.IPV6_DONTFRAG, 'flag', ''],
  [V6.IPV6_RECVTCLASS, 'flag', 'receiveTrafficClass'], [V6.IPV6_AUTOFLOWLABEL, 'flag', ''], [IPV6_ORIGDSTADDR, 'flag', ''],
  [V6.IPV6_TRANSPARENT, 'flag', 'transparent'], [V6.IPV6_RECVFRAGSIZE, 'flag', ''], [V6.IPV6_FREEBIND, 'flag', 'freeBind'], [33, 'flag', ''], [30, 'flag', ''],
  [V6.IPV6_UNICAST_HOPS, 'count', 'hopLimit', 0, 255, 0, -1], [V6.IPV6_MULTICAST_HOPS, 'count', 'multicastHops', 0, 255, 0, 1],
  [V6.IPV6_MULTICAST_LOOP, 'count', '', 0, 1, 1], [V6.IPV6_MULTICAST_ALL, 'flag', ''], [V6.IPV6_MTU_DISCOVER, 'count', 'mtuDiscover6', 0, 5],
  [31, 'count', '', 0, 1], [V6.IPV6_MINHOPCOUNT, 'count', 'minHopCount', 0, 255],
]
/** Options that are on unless set off. */
const ON_BY_DEFAULT: readonly number[] = [V6.IPV6_MULTICAST_ALL, V6.IPV6_AUTOFLOWLABEL]
/** Those that take any length. */
const ANY_LENGTH: readonly number[] = [V6.IPV6_DONTFRAG, V6.IPV6_AUTOFLOWLABEL, V6.IPV6_RECVFRAGSIZE]
/** What a socket adds to its packets as headers: only privileged users may, and this stack does not. */
const STICKY: readonly number[] = [V6.IPV6_HOPOPTS, V6.IPV6_RTHDRDSTOPTS, V6.IPV6_RTHDR, V6.IPV6_DSTOPTS]

/** setsockopt(SOL_IPV6). Linux: do_ipv6_setsockopt. */
export function setIpv6Option(sk: Sock, name: number, value: Uint8Array): number {
  const n = value.length >= 4 ? intOf(value) : 0
  const stream = sk.type === 1
  const short = value.length < 4
  if (stream && (name === V6.IPV6_MULTICAST_HOPS || name === V6.IPV6_MULTICAST_IF)) return -ENOPROTOOPT
  if (name === V6.IPV6_V6ONLY && (short || sk.localPort !== 0)) return -EINVAL
  const rule = ruleOf(RULES, name)
  if (rule !== null) {
    if (short && !ANY_LENGTH.includes(name)) return -EINVAL
    sk.optionChanging(41, name, n)
    const result = setByRule(sk, rule, KEY + name, n)
    if (name === V6.IPV6_RECVERR && n === 0) sk.errors.length = 0
    return result
  }
  switch (name) {
    case V6.IPV6_TCLASS: {
      if (short || n < -1 || n > 255) return -EINVAL
      const options = sk.ownOptions()
      const tclass = n === -1 ? 0 : n
      options.trafficClass = stream ? (tclass & 0xfc) | (Math.max(0, options.trafficClass) & 3) : tclass
      return 0
    }
    case V6.IPV6_MTU:
      if (short || (n !== 0 && n < 1280)) return -EINVAL
      keep(sk, KEY + name, n)
      return 0
    case V6.IPV6_MULTICAST_IF: {
      if (short) return -EINVAL
      if (n !== 0 && sk.net.device(n) === null) return -ENODEV
      if (n !== 0 && sk.boundDevice !== 0 && sk.boundDevice !== n) return -EINVAL
      sk.ownOptions().multicastInterface = n
      return 0
    }
    case V6.IPV6_UNICAST_IF:
      if (value.length !== 4) return -EINVAL
      if (n !== 0 && sk.net.device(get32(value, 0)) === null) return -EADDRNOTAVAIL
      keep(sk, KEY + name, n)
      return 0
    case V6.IPV6_ADD_MEMBERSHIP: case V6.IPV6_DROP_MEMBERSHIP: return changeMembership(sk, value, name === V6.IPV6_ADD_MEMBERSHIP)
    case V6.IPV6_JOIN_ANYCAST: case V6.IPV6_LEAVE_ANYCAST: return value.length < 20 ? -EINVAL : name === V6.IPV6_JOIN_ANYCAST ? -EADDRNOTAVAIL : -ENOENT
    case V6.IPV6_ADDR_PREFERENCES: return short ? -EINVAL : setPreferences(sk, n)
    case V6.IPV6_CHECKSUM: case IPV6_HDRINCL: return setRawOption(sk, name, value, n)
    case V6.IPV6_ADDRFORM: return short ? -EINVAL : n !== 2 ? -EINVAL : sk.type === 3 ? -ENOPROTOOPT : sk.state !== TCP.ESTABLISHED ? -ENOTCONN : sk.remote.isMapped ? -EOPNOTSUPP : -EADDRNOTAVAIL
    case V6.IPV6_PKTINFO: return setStickyInfo(sk, value)
    case V6.IPV6_2292PKTOPTIONS: return value.length >= 16 ? -EINVAL : 0
    case V6.IPV6_ROUTER_ALERT: return short ? -EINVAL : -ENOPROTOOPT
    case IPV6_IPSEC_POLICY: return value.length === 0 ? -EMSGSIZE : -EOPNOTSUPP
    case IPV6_XFRM_POLICY: return value.length === 0 ? -EMSGSIZE : -EINVAL
    default:
      if (STICKY.includes(name)) return value.length === 0 ? 0 : name === V6.IPV6_RTHDR ? -EINVAL : -EPERM
      if (name >= IP_OPTIONS.MCAST_JOIN_GROUP && name <= IP_OPTIONS.MCAST_MSFILTER) return setGroupOption(sk, 6, name, value)
      return name === 32 || name === 64 || name === 65 ? -EINVAL : -ENOPROTOOPT
  }
}

/** Of IPV6_PKTINFO only the interface stays: where to packets go that name none. Linux: sticky_pktinfo. */
function setStickyInfo(sk: Sock, value: Uint8Array): number {
  const ifindex = value.length < 20 ? -1 : intOf(value.subarray(16))
  if (ifindex === -1 || (sk.boundDevice !== 0 && sk.boundDevice !== ifindex)) return -EINVAL
  keep(sk, KEY + V6.IPV6_PKTINFO, ifindex)
  return 0
}

/** Linux: do_rawv6_setsockopt. */
function setRawOption(sk: Sock, name: number, value: Uint8Array, n: number): number {
  if (sk.type !== 3) return -ENOPROTOOPT
  if (value.length < 4) return -EINVAL
  if (name === IPV6_HDRINCL) {
    sk.ownOptions().headerIncluded = n !== 0
    return 0
  }
  if (n > 0 && (n & 1) !== 0) return -EINVAL
  if (sk.protocol === 58) return -EINVAL
  sk.optionChanging(41, name, n < 0 ? -1 : n)
  return 0
}

/** Linux: ipv6_sock_mc_join, ipv6_sock_mc_drop. */
function changeMembership(sk: Sock, value: Uint8Array, join: boolean): number {
  if (value.length < 20) return -EINVAL
  if (sk.type === 1) return -EPROTO
  const group = readIpv6(value, 0)
  const ifindex = intOf(value.subarray(16))
  return join ? joinByDevice(sk, group, ifindex) : leaveByDevice(sk, group, ifindex)
}

/** Linux: ip6_sock_set_addr_preferences: at most one of each pair. */
function setPreferences(sk: Sock, n: number): number {
  let bits = 0, known = 0
  for (const group of [[PREFER.PUBLIC, PREFER.TMP, PREFER.PUBTMP_DEFAULT], [PREFER.HOME, PREFER.COA], [PREFER.NONCGA, PREFER.CGA]]) {
    const set = group.filter((bit) => (n & bit) !== 0)
    if (set.length > 1) return -EINVAL
    bits |= set[0] ?? 0
    known |= group.reduce((sum, bit) => sum | bit, 0)
  }
  if (known === 0) return -EINVAL
  keep(sk, KEY + V6.IPV6_ADDR_PREFERENCES, bits)
  return 0
}

/** getsockopt(SOL_IPV6). Linux: do_ipv6_getsockopt. */
export function getIpv6Option(sk: Sock, name: number, length: number, given: Uint8Array): Uint8Array | number {
  const rule = ruleOf(RULES, name)
  if (rule !== null) {
    const kept = sk.options.others?.get(KEY + name)
    if (ON_BY_DEFAULT.includes(name) && kept === undefined) return intBytes(1, length)
    const value = getByRule(sk, rule, KEY + name)
    return intBytes(name === V6.IPV6_UNICAST_HOPS && value < 0 ? 64 : value, length)
  }
  const { options } = sk
  switch (name) {
    case V6.IPV6_TCLASS: return intBytes(Math.max(0, options.trafficClass), length)
    case V6.IPV6_MULTICAST_IF: return intBytes(options.multicastInterface, length)
    case V6.IPV6_UNICAST_IF: return intBytes(options.others?.get(KEY + name) ?? 0, length)
    case V6.IPV6_MTU: {
      const route = sk.state === TCP.CLOSE || sk.state === TCP.LISTEN ? null : sk.net.sockRoute(sk)
      return route === null ? -ENOTCONN : intBytes(sk.net.dstMtu(route), length)
    }
    case V6.IPV6_ADDR_PREFERENCES: {
      const set = options.others?.get(KEY + name) ?? 0
      let value = set & (PREFER.TMP | PREFER.PUBLIC) ? set & 3 : PREFER.PUBTMP_DEFAULT
      value |= set & PREFER.COA ? PREFER.COA : PREFER.HOME
      return intBytes(value, length)
    }
    case V6.IPV6_CHECKSUM: return sk.type === 3 ? intBytes(sk.rawChecksum, length) : -ENOPROTOOPT
    case IPV6_HDRINCL: return sk.type === 3 ? intBytes(options.headerIncluded ? 1 : 0, length) : -ENOPROTOOPT
    case V6.IPV6_ADDRFORM: return sk.state !== TCP.ESTABLISHED ? -ENOTCONN : intBytes(10, length)
    case V6.IPV6_PATHMTU: return length < 32 ? -EINVAL : -ENOTCONN
    case V6.IPV6_2292PKTOPTIONS: return sk.type === 1 ? new Uint8Array(0) : -ENOPROTOOPT
    case V6.IPV6_ROUTER_ALERT: return intBytes(0, length)
    case 80: return sk.type === 1 ? -EINVAL : -ENOPROTOOPT
    case IP_OPTIONS.MCAST_MSFILTER: return getGroupFilter(sk, 6, given)
    case 32: case 64: case 65: case 68: case 69: return -EINVAL
    default: return STICKY.includes(name) ? new Uint8Array(0) : -ENOPROTOOPT
  }
}
