import { EADDRINUSE, EADDRNOTAVAIL, ENOBUFS } from '../abi/errno.js'
import { type IpAddress, asFamily } from './address.js'
import type { Sock } from './sock.js'

/** Groups that a socket may be in. Linux: net.ipv4.igmp_max_memberships. */
const MAX_MEMBERSHIPS = 20

/** The socket wants packets to a group that come in by a device; no IGMP or MLD leaves. Linux: ip_mc_join_group, ipv6_sock_mc_join. */
export function joinGroup(sk: Sock, group: IpAddress, ifindex: number): number {
  const groups = sk.options.groups
  if (groups.some((entry) => entry.address.equals(group) && entry.ifindex === ifindex)) return -EADDRINUSE
  if (groups.length >= MAX_MEMBERSHIPS && group.isV4) return -ENOBUFS
  sk.ownOptions().groups = [...groups, { address: asFamily(group, group.isV4 ? 4 : 6), ifindex }]
  return 0
}

/** Linux: ip_mc_leave_group, ipv6_sock_mc_drop. */
export function leaveGroup(sk: Sock, group: IpAddress, ifindex: number): number {
  const groups = sk.options.groups
  const entry = groups.find((one) => one.address.equals(group) && (ifindex === 0 || one.ifindex === ifindex))
  if (entry === undefined) return -EADDRNOTAVAIL
  sk.ownOptions().groups = groups.filter((one) => one !== entry)
  return 0
}

/** Does the socket take a packet to a group that came in by a device? Without a membership it does: IP_MULTICAST_ALL. Linux: ip_mc_sf_allow. */
export function acceptsGroup(sk: Sock, group: IpAddress, ifindex: number): boolean {
  for (const entry of sk.options.groups) if (entry.address.equals(group)) return entry.ifindex === ifindex
  return true
}
