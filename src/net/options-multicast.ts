import { EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENOBUFS } from '../abi/errno.js'
import { IP_OPTIONS as IP } from '../abi/flags/sockets.js'
import { type IpAddress, readIpv4, readIpv6, writeAddress } from './address.js'
import { intOf, sockaddr } from './messages.js'
import { MAX_SOURCES, changeSource, groupDevice, joinGroup, leaveGroup, membership, setFilter } from './multicast.js'
import type { Sock } from './sock.js'
import { get16 } from './wire/bytes.js'

/** Modes of a filter: MCAST_EXCLUDE, MCAST_INCLUDE. */
const INCLUDE = 1
/** sizeof(struct sockaddr_storage), and where a group begins in struct group_req, group_source_req and group_filter. */
const STORAGE = 128, GROUP = 8
/** Offsets in struct group_filter: mode, number of sources, sources. */
const FILTER = { MODE: 136, COUNT: 140, LIST: 144 } as const
/** Offsets in struct ip_msfilter. */
const MSFILTER = { INTERFACE: 4, MODE: 8, COUNT: 12, LIST: 16 } as const

/** The address in a struct sockaddr_storage; null where it is another family's. */
function stored(bytes: Uint8Array, at: number, family: 4 | 6): IpAddress | null {
  if (get16(bytes, at) !== (family === 4 ? 0x0200 : 0x0a00)) return null
  return family === 4 ? readIpv4(bytes, at + 4) : readIpv6(bytes, at + 8)
}

/**
 * Sets MCAST_JOIN_GROUP and its kin, for IPv4 and IPv6. Structures are those of 64-bit programs. Linux: ip_mcast_join_leave,
 * do_mcast_group_source, ip_set_mcast_msfilter and their IPv6 twins.
 */
export function setGroupOption(sk: Sock, family: 4 | 6, name: number, value: Uint8Array): number {
  if (name === IP.MCAST_MSFILTER) return setGroupFilter(sk, family, value)
  const join = name === IP.MCAST_JOIN_GROUP
  if (value.length < GROUP + STORAGE) return -EINVAL
  const group = stored(value, GROUP, family), wanted = intOf(value)
  if (join || name === IP.MCAST_LEAVE_GROUP) {
    if (group === null) return family === 4 ? -EINVAL : -EADDRNOTAVAIL
    return join ? joinByDevice(sk, group, wanted) : leaveByDevice(sk, group, wanted)
  }
  const size = GROUP + 2 * STORAGE
  if (family === 4 ? value.length !== size : value.length < size) return -EINVAL
  const source = stored(value, GROUP + STORAGE, family)
  if (group === null || source === null) return -EADDRNOTAVAIL
  const include = name === IP.MCAST_JOIN_SOURCE_GROUP || name === IP.MCAST_LEAVE_SOURCE_GROUP
  return sourceByDevice(sk, group, wanted, null, source, include, name === IP.MCAST_JOIN_SOURCE_GROUP || name === IP.MCAST_BLOCK_SOURCE)
}

/** Joins by an interface, or where none is named by an address of one. Linux: ip_mc_join_group, ipv6_sock_mc_join. */
export function joinByDevice(sk: Sock, group: IpAddress, ifindex: number, address: IpAddress | null = null, include = false): number {
  if (!group.isMulticast || group.isMapped) return -EINVAL
  const device = groupDevice(sk, group, ifindex, address)
  return device < 0 ? device : joinGroup(sk, group, device, include)
}

/** Leaves. Linux: ip_mc_leave_group, ipv6_sock_mc_drop. */
export function leaveByDevice(sk: Sock, group: IpAddress, ifindex: number, address: IpAddress | null = null): number {
  if (group.family === 6) return group.isMulticast && !group.isMapped ? leaveGroup(sk, group, ifindex) : -EINVAL
  const device = groupDevice(sk, group, ifindex, address)
  if (device < 0) return ifindex === 0 && (address === null || address.isAny) ? device : -EADDRNOTAVAIL
  return leaveGroup(sk, group, device)
}

/** Joins if a source is to be wanted, then changes the filter. Linux: do_mcast_group_source, IP_ADD_SOURCE_MEMBERSHIP. */
function sourceByDevice(sk: Sock, group: IpAddress, ifindex: number, address: IpAddress | null, source: IpAddress, include: boolean, add: boolean): number {
  if (include && add) {
    const joined = joinByDevice(sk, group, ifindex, address, true)
    if (joined !== 0 && joined !== -EADDRINUSE) return joined
  }
  if (!group.isMulticast) return -EINVAL
  const device = groupDevice(sk, group, ifindex, address)
  return device < 0 ? device : changeSource(sk, group, device, source, include, add)
}

/** IP_ADD_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE and what undoes them. */
export function setSourceMembership(sk: Sock, name: number, value: Uint8Array): number {
  if (value.length !== 12) return -EINVAL
  const include = name === IP.IP_ADD_SOURCE_MEMBERSHIP || name === IP.IP_DROP_SOURCE_MEMBERSHIP
  const add = name === IP.IP_ADD_SOURCE_MEMBERSHIP || name === IP.IP_BLOCK_SOURCE
  return sourceByDevice(sk, readIpv4(value, 0), 0, readIpv4(value, 4), readIpv4(value, 8), include, add)
}

function setGroupFilter(sk: Sock, family: 4 | 6, value: Uint8Array): number {
  if (value.length < FILTER.LIST) return -EINVAL
  if (value.length > sk.net.sysctl.optmem_max) return -ENOBUFS
  const count = intOf(value.subarray(FILTER.COUNT)) >>> 0
  if (count > MAX_SOURCES[family]) return -ENOBUFS
  if (FILTER.LIST + STORAGE * count > value.length) return -EINVAL
  const group = stored(value, GROUP, family)
  const sources = Array.from({ length: count }, (_, i) => stored(value, FILTER.LIST + STORAGE * i, family)).filter((source) => source !== null)
  if (group === null || sources.length < count) return -EADDRNOTAVAIL
  return filterByDevice(sk, group, intOf(value), null, intOf(value.subarray(FILTER.MODE)), sources)
}

/** IP_MSFILTER. Linux: ip_mc_msfilter. */
export function setSourceFilter(sk: Sock, value: Uint8Array): number {
  if (value.length < MSFILTER.LIST) return -EINVAL
  if (value.length > sk.net.sysctl.optmem_max) return -ENOBUFS
  const count = intOf(value.subarray(MSFILTER.COUNT)) >>> 0
  if (count > MAX_SOURCES[4]) return -ENOBUFS
  if (MSFILTER.LIST + 4 * count > value.length) return -EINVAL
  const sources = Array.from({ length: count }, (_, i) => readIpv4(value, MSFILTER.LIST + 4 * i))
  return filterByDevice(sk, readIpv4(value, 0), 0, readIpv4(value, MSFILTER.INTERFACE), intOf(value.subarray(MSFILTER.MODE)), sources)
}

function filterByDevice(sk: Sock, group: IpAddress, ifindex: number, address: IpAddress | null, mode: number, sources: readonly IpAddress[]): number {
  if (!group.isMulticast || mode < 0 || mode > INCLUDE) return -EINVAL
  const device = groupDevice(sk, group, ifindex, address)
  return device < 0 ? device : setFilter(sk, group, device, mode === INCLUDE, sources)
}

/** The filter that MCAST_MSFILTER asks for. @param given the structure as the caller filled it in: interface, group, room for sources */
export function getGroupFilter(sk: Sock, family: 4 | 6, given: Uint8Array): Uint8Array | number {
  if (given.length < FILTER.LIST) return -EINVAL
  const group = stored(given, GROUP, family)
  if (group === null && family === 6) return -EADDRNOTAVAIL
  if (group === null || !group.isMulticast) return -EINVAL
  const one = membership(sk, group, intOf(given))
  if (one === null || one.ifindex !== intOf(given)) return -EADDRNOTAVAIL
  const sources = one.sources ?? []
  const shown = sources.slice(0, intOf(given.subarray(FILTER.COUNT)) >>> 0)
  const out = new Uint8Array(FILTER.LIST + STORAGE * shown.length)
  out.set(given.subarray(0, FILTER.LIST))
  out.set([one.include ? INCLUDE : 0, 0, 0, 0, sources.length, 0, 0, 0], FILTER.MODE)
  shown.forEach((source, i) => out.set(sockaddr(family, source, 0), FILTER.LIST + STORAGE * i))
  return out
}

/** The filter that IP_MSFILTER asks for. */
export function getSourceFilter(sk: Sock, given: Uint8Array): Uint8Array | number {
  if (given.length < MSFILTER.LIST) return -EINVAL
  const group = readIpv4(given, 0)
  if (!group.isMulticast) return -EINVAL
  const device = groupDevice(sk, group, 0, readIpv4(given, MSFILTER.INTERFACE))
  if (device < 0) return device
  const one = membership(sk, group, device)
  if (one === null) return -EADDRNOTAVAIL
  const sources = one.sources ?? []
  const shown = sources.slice(0, intOf(given.subarray(MSFILTER.COUNT)) >>> 0)
  const out = new Uint8Array(MSFILTER.LIST + 4 * shown.length)
  out.set(given.subarray(0, MSFILTER.MODE))
  out.set([one.include ? INCLUDE : 0, 0, 0, 0, sources.length], MSFILTER.MODE)
  shown.forEach((source, i) => writeAddress(source, out, MSFILTER.LIST + 4 * i))
  return out
}
