import type { IpAddress } from './address.js'
import type { NetStack } from './stack.js'
import { ehashfn } from './tcp/tables.js'
import { isWildcard } from './tcp/wildcard.js'
import type { UdpSock } from './udp.js'

/** Would `sk` at `port` conflict with another? Linux: udp_lib_lport_inuse2. */
export function udpConflicts(sk: UdpSock, port: number): boolean {
  for (const other of sk.net.udp.at(port)) {
    if (other === sk) continue
    if (other.options.reuseAddress && sk.options.reuseAddress) continue
    if (other.boundDevice !== 0 && sk.boundDevice !== 0 && other.boundDevice !== sk.boundDevice) continue
    if (!sharesAddress(sk, other)) continue
    if (sk.options.reusePort && other.options.reusePort) continue
    return true
  }
  return false
}

/**
 * The socket for a packet: the best score among those bound to its destination, else among those bound to any address.
 * Linux: __udp4_lib_lookup, __udp6_lib_lookup.
 */
export function udpLookup(net: NetStack, src: IpAddress, sport: number, dst: IpAddress, dport: number, ifindex: number, family: 4 | 6): UdpSock | null {
  const list = net.udp.at(dport)
  return best(list, src, sport, dst, dport, ifindex, family, false) ?? best(list, src, sport, dst, dport, ifindex, family, true)
}

/** May packets of the family reach the socket? */
const serves = (sk: UdpSock, family: 4 | 6): boolean => (family === 4 ? sk.family === 4 || (!sk.options.v6Only && (sk.boundAddress.isMapped || sk.boundAddress.isAny)) : sk.family === 6 && !sk.boundAddress.isMapped)

function sharesAddress(a: UdpSock, b: UdpSock): boolean {
  const share = (family: 4 | 6): boolean =>
    serves(a, family) && serves(b, family) && (isWildcard(a.boundAddress) || isWildcard(b.boundAddress) || a.boundAddress.equals(b.boundAddress))
  return share(4) || share(6)
}

/** Linux: compute_score of net/ipv4/udp.c and net/ipv6/udp.c; -1: not for it. */
function score(sk: UdpSock, src: IpAddress, sport: number, dst: IpAddress, ifindex: number, family: 4 | 6, wildcard: boolean): number {
  if (!serves(sk, family)) return -1
  if (wildcard ? !isWildcard(sk.boundAddress) : !sk.boundAddress.equals(dst)) return -1
  let value = family === 4 ? (sk.family === 4 ? 2 : 1) : 0
  if (!isWildcard(sk.remote)) {
    if (!sk.remote.equals(src)) return -1
    value += 4
  }
  if (sk.remotePort !== 0) {
    if (sk.remotePort !== sport) return -1
    value += 4
  }
  if (sk.boundDevice !== 0) {
    if (sk.boundDevice !== ifindex) return -1
    value += 4
  }
  return value
}

function best(list: readonly UdpSock[], src: IpAddress, sport: number, dst: IpAddress, dport: number, ifindex: number, family: 4 | 6, wildcard: boolean): UdpSock | null {
  let found: UdpSock | null = null, high = -1
  for (const sk of list) {
    const value = score(sk, src, sport, dst, ifindex, family, wildcard)
    if (value <= high) continue
    found = sk
    high = value
  }
  if (found === null || !found.options.reusePort || found.remotePort !== 0) return found
  const wanted = found
  const group = list.filter((sk) => sk.options.reusePort && sk.remotePort === 0 && sk.family === wanted.family && sk.boundAddress.equals(wanted.boundAddress) && sk.boundDevice === wanted.boundDevice)
  const hash = ehashfn(dst, dport, src, sport)
  return group[Math.floor((hash / 4294967296) * group.length)] ?? found
}
