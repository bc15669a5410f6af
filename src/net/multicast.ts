import { EADDRINUSE, EADDRNOTAVAIL, ENOBUFS } from '../abi/errno.js'
import { type IpAddress, asFamily } from './address.js'
import { DatagramSock } from './datagram.js'
import type { Sock } from './sock.js'

/** Groups that a socket may be in. Linux: net.ipv4.igmp_max_memberships. */
const MAX_MEMBERSHIPS = 20

/** The socket wants packets to a group that come in by a device; no IGMP or MLD leaves. Linux: ip_mc_join_group, ipv6_sock_mc_join. */
export function joinGroup(sk: Sock, group: IpAddress, ifindex: number): number {
  if (!(sk instanceof DatagramSock)) return -EADDRNOTAVAIL
  const groups = (sk.groups ??= [])
  if (groups.some((entry) => entry.address.equals(group) && entry.ifindex === ifindex)) return -EADDRINUSE
  if (groups.length >= MAX_MEMBERSHIPS && group.isV4) return -ENOBUFS
  groups.push({ address: asFamily(group, group.isV4 ? 4 : 6), ifindex })
  return 0
}

/** Linux: ip_mc_leave_group, ipv6_sock_mc_drop. */
export function leaveGroup(sk: Sock, group: IpAddress, ifindex: number): number {
  const groups = sk instanceof DatagramSock ? sk.groups : null
  const at = groups?.findIndex((entry) => entry.address.equals(group) && (ifindex === 0 || entry.ifindex === ifindex)) ?? -1
  if (groups === null || at < 0) return -EADDRNOTAVAIL
  groups.splice(at, 1)
  return 0
}

/** Is a packet to a group one that the socket takes: IP_MULTICAST_ALL is on by default. Linux: ip_mc_sf_allow. */
export function acceptsGroup(sk: DatagramSock, group: IpAddress, ifindex: number): boolean {
  if (sk.groups === null) return true
  for (const entry of sk.groups) if (entry.address.equals(group)) return entry.ifindex === ifindex
  return true
}
