import { EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENOBUFS, ENODEV } from '../abi/errno.js'
import { IPV6_OPTIONS, IP_OPTIONS } from '../abi/flags/sockets.js'
import { type IpAddress, asFamily } from './address.js'
import { KEPT, kept } from './option-table.js'
import type { Membership, Sock } from './sock.js'

/** Groups that a socket may be in. Linux: net.ipv4.igmp_max_memberships. */
const MAX_MEMBERSHIPS = 20
/** Sources that a membership may name. Linux: net.ipv4.igmp_max_msf, net.ipv6.mld_max_msf. */
export const MAX_SOURCES = { 4: 10, 6: 64 } as const

/** The membership in a group by an interface; 0: by any. */
export function membership(sk: Sock, group: IpAddress, ifindex: number): Membership | null {
  return sk.options.groups.find((one) => one.address.equals(group) && (ifindex === 0 || one.ifindex === ifindex)) ?? null
}

function replace(sk: Sock, old: Membership | null, ...by: readonly Membership[]): number {
  sk.ownOptions().groups = [...sk.options.groups.filter((one) => one !== old), ...by]
  return 0
}

/**
 * The socket wants packets to a group that come in by a device; no IGMP or MLD leaves. Linux: ip_mc_join_group, ipv6_sock_mc_join.
 *
 * @param include from no source until one is named, instead of from all
 */
export function joinGroup(sk: Sock, group: IpAddress, ifindex: number, include = false): number {
  const { groups } = sk.options
  if (membership(sk, group, ifindex) !== null) return -EADDRINUSE
  if (groups.length >= MAX_MEMBERSHIPS && group.isV4) return -ENOBUFS
  return replace(sk, null, { address: asFamily(group, group.isV4 ? 4 : 6), ifindex, include, sources: null })
}

/** Linux: ip_mc_leave_group, ipv6_sock_mc_drop. */
export function leaveGroup(sk: Sock, group: IpAddress, ifindex: number): number {
  const one = membership(sk, group, ifindex)
  return one === null ? -EADDRNOTAVAIL : replace(sk, one)
}

/**
 * A source is wanted, or no longer wanted (`include`); blocked, or no longer blocked. A filter that lost its last wanted source
 * ends the membership. Linux: ip_mc_source, ip6_mc_source.
 */
export function changeSource(sk: Sock, group: IpAddress, ifindex: number, source: IpAddress, include: boolean, add: boolean): number {
  const one = membership(sk, group, ifindex)
  if (one === null || (one.sources !== null && one.include !== include)) return -EINVAL
  const sources = one.sources ?? []
  if (add && sources.length >= MAX_SOURCES[group.isV4 ? 4 : 6]) return -ENOBUFS
  if (sources.some((other) => other.equals(source)) === add) {
    if (one.include !== include) replace(sk, one, { ...one, include }) // a mode without sources changes all the same
    return -EADDRNOTAVAIL
  }
  if (!add && include && sources.length === 1) return leaveGroup(sk, group, ifindex)
  return replace(sk, one, { ...one, include, sources: add ? [...sources, source] : sources.filter((other) => !other.equals(source)) })
}

/** The whole filter at once; one that wants nothing ends the membership. Linux: ip_mc_msfilter, ip6_mc_msfilter. */
export function setFilter(sk: Sock, group: IpAddress, ifindex: number, include: boolean, sources: readonly IpAddress[]): number {
  if (include && sources.length === 0) return leaveGroup(sk, group, ifindex)
  const one = membership(sk, group, ifindex)
  return one === null ? -EINVAL : replace(sk, one, { ...one, include, sources: sources.length === 0 ? null : sources })
}

/**
 * The device of a request: the one named by index or by an address of its own, else the way to the group. Linux:
 * ip_mc_find_dev, ip6_mc_find_dev.
 *
 * @returns its index or -ENODEV
 */
export function groupDevice({ net }: Sock, group: IpAddress, ifindex: number, address: IpAddress | null = null): number {
  const device = ifindex !== 0 ? net.device(ifindex)
    : address !== null && !address.isAny ? (net.devices.find((other) => other.addresses.some((own) => own.address.equals(address))) ?? null)
    : (net.routeLookup(group, null, 0)?.device ?? null)
  return device === null ? -ENODEV : device.index
}

/** Does the socket take a packet to a group? Without a membership as IP_MULTICAST_ALL says. Linux: ip_mc_sf_allow, inet6_mc_check. */
export function acceptsGroup(sk: Sock, group: IpAddress, source: IpAddress, ifindex: number): boolean {
  const v4 = group.isV4
  const one = membership(sk, group, v4 ? ifindex : 0)
  if (one === null) {
    const all = v4 ? KEPT.IP + IP_OPTIONS.IP_MULTICAST_ALL : KEPT.IPV6 + IPV6_OPTIONS.IPV6_MULTICAST_ALL
    return kept(sk, all, v4 && sk.family === 6 ? 0 : 1) !== 0
  }
  if (one.sources === null) return !one.include
  return one.sources.some((other) => other.equals(source)) === one.include
}
