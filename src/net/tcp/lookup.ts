import type { IpAddress } from '../address.js'
import type { NetStack } from '../stack.js'
import { reuseportSelect } from './reuseport.js'
import { ehashfn, type Hashed, listenBucket } from './tables.js'
import { isWildcard } from './wildcard.js'
import type { TcpSock } from './tcp-sock.js'

/** Whether a socket bound to `bound` (0: any) takes packets of device `device`. Linux: inet_sk_bound_dev_eq. */
export const deviceMatches = (bound: number, device: number): boolean => bound === 0 || bound === device

/**
 * The connection, request or TIME_WAIT remains of a four-tuple, or null.
 * @param device where the packet came in. Linux: __inet_lookup_established, __inet6_lookup_established
 */
export function inetLookupEstablished(
  net: NetStack, local: IpAddress, localPort: number, remote: IpAddress, remotePort: number, device: number,
): Hashed | null {
  const { established } = net.tcp
  const at = ehashfn(local, localPort, remote, remotePort) & (established.length - 1)
  for (let entry = established[at] ?? null; entry !== null; entry = entry.hashNext) {
    if (entry.remotePort === remotePort && entry.localPort === localPort && entry.remote.equals(remote) && entry.local.equals(local) &&
      deviceMatches(entry.boundDevice, device)) return entry
  }
  return null
}

/** Score of a listener for a packet to `local`; -1: none. Linux: compute_score of inet_hashtables.c and inet6_hashtables.c (6.18). */
function computeScore(sk: TcpSock, local: IpAddress, wanted: IpAddress, port: number, device: number): number {
  if (sk.localPort !== port) return -1
  if (wanted.isV4) {
    if (sk.family === 6 && sk.options.v6Only) return -1
    if (isWildcard(local) ? !isWildcard(sk.boundAddress) : !sk.boundAddress.equals(local)) return -1
  } else if (sk.family !== 6 || !sk.boundAddress.equals(local)) return -1
  if (!deviceMatches(sk.boundDevice, device)) return -1
  const score = sk.boundDevice === 0 ? 1 : 2
  return wanted.isV4 && sk.family === 4 ? score + 1 : score
}

/** The best listener of one bucket. Linux: inet_lhash2_lookup. */
function lookupIn(
  net: NetStack, bucketOf: IpAddress, remote: IpAddress, remotePort: number, local: IpAddress, port: number, device: number,
): TcpSock | null {
  let best: TcpSock | null = null
  let high = 0
  for (const sk of listenBucket(net.tcp, bucketOf, port)) {
    const score = computeScore(sk, bucketOf, local, port, device)
    if (score <= high) continue
    high = score
    const group = sk.reuseportGroup
    best = group === null ? sk : (reuseportSelect(group, ehashfn(local, port, remote, remotePort)) ?? sk)
    if (group !== null) return best
  }
  return best
}

/**
 * The listener for a SYN to `local`: bound to that address, or else to any; within these the best score, and within a
 * SO_REUSEPORT group the member that the four-tuple's hash chooses.
 * Linux: __inet_lookup_listener, inet6_lookup_listener
 */
export function inetLookupListener(
  net: NetStack, remote: IpAddress, remotePort: number, local: IpAddress, port: number, device: number,
): TcpSock | null {
  return lookupIn(net, local, remote, remotePort, local, port, device) ??
    lookupIn(net, local.isV4 ? net.tcp.any4 : net.tcp.any6, remote, remotePort, local, port, device)
}
