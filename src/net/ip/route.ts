import type { IpAddress } from '../address.js'
import type { NetDevice } from '../devices/device.js'

/** Kinds of a route. Linux: RTN_*. */
export type RouteKind = 'unicast' | 'local' | 'broadcast' | 'multicast' | 'blackhole' | 'unreachable' | 'prohibit'

/** Metrics that a route may carry for the connections over it. Linux: RTAX_*; 0 or '' means none. */
export interface RouteMetrics {
  mtu: number
  mtuLocked: boolean
  advMss: number
  window: number
  /** Initial congestion and receive windows, in segments. */
  initCwnd: number
  initRwnd: number
  /** Minimum retransmission timeout, ms. */
  rtoMinMs: number
  hopLimit: number
  quickAck: boolean
  /** RTAX_FEATURES: ECN 1. */
  features: number
  ssthresh: number
  cwnd: number
  reordering: number
  congestion: string
  fastOpenNoCookie: boolean
}

/** A route without metrics. */
export const NO_METRICS: Readonly<RouteMetrics> = {
  mtu: 0, mtuLocked: false, advMss: 0, window: 0, initCwnd: 0, initRwnd: 0, rtoMinMs: 0, hopLimit: 0, quickAck: false, features: 0, ssthresh: 0, cwnd: 0,
  reordering: 0, congestion: '', fastOpenNoCookie: false,
}

/** An entry of the routing table. Linux: fib_alias and fib_info, fib6_info. */
export interface RouteEntry {
  readonly destination: IpAddress
  readonly prefix: number
  readonly kind: RouteKind
  readonly gateway: IpAddress | null
  /** Null for routes that lead nowhere. */
  readonly device: NetDevice | null
  /** Preferred source address. */
  readonly source: IpAddress | null
  /** RT_TABLE_MAIN 254 or RT_TABLE_LOCAL 255. */
  readonly table: number
  /** Priority; the smaller wins. */
  readonly metric: number
  /** RT_SCOPE_* */
  readonly scope: number
  /** RTPROT_*: 2 kernel, 3 boot, 4 static. */
  readonly origin: number
  metrics: Readonly<RouteMetrics>
}

/** A learned path MTU. Linux: fib_nh_exception. */
export interface PathMtu {
  mtu: number
  /** µs of the stack's clock. */
  expires: number
  /** Not below the minimum, so the host must fragment. */
  locked: boolean
}

/** The answer of a lookup: the way to one destination. Sockets keep it while its generation is the table's. Linux: struct rtable, rt6_info. */
export class Route {
  readonly entry: RouteEntry
  /** Where packets leave; loopback for local destinations. */
  readonly device: NetDevice
  readonly kind: RouteKind
  /** The destination as it was asked for, and the one that packets get: any address stands for loopback. */
  readonly asked: IpAddress
  readonly destination: IpAddress
  /** The source address that packets get unless the socket has one. */
  readonly source: IpAddress
  readonly gateway: IpAddress | null
  /** The table's generation it was made in. */
  readonly generation: number
  /** What was learned of the path; shared by all routes to the destination. */
  path: PathMtu | null

  constructor(entry: RouteEntry, device: NetDevice, asked: IpAddress, destination: IpAddress, source: IpAddress, generation: number, path: PathMtu | null) {
    this.entry = entry
    this.device = device
    this.kind = entry.kind
    this.asked = asked
    this.destination = destination
    this.source = source
    this.gateway = entry.gateway
    this.generation = generation
    this.path = path
  }

  get metrics(): Readonly<RouteMetrics> {
    return this.entry.metrics
  }
}

const mask = (word: number, bits: number): number => (bits <= 0 ? 0 : bits >= 32 ? word : word & (-1 << (32 - bits)))

/** Does `address` lie in the network? */
export function inNetwork(address: IpAddress, network: IpAddress, prefix: number): boolean {
  if (network.family === 4) return address.isV4 && mask(address.d, prefix) === mask(network.d, prefix)
  return (
    mask(address.a, prefix) === mask(network.a, prefix) && mask(address.b, prefix - 32) === mask(network.b, prefix - 32) &&
    mask(address.c, prefix - 64) === mask(network.c, prefix - 64) && mask(address.d, prefix - 96) === mask(network.d, prefix - 96)
  )
}

/**
 * The routing tables of both families: local addresses, then main, longest prefix first, then the smaller metric.
 * Linux: fib_lookup over the tables local and main, fib6_table_lookup.
 */
export class RoutingTable {
  /** Every entry, in the order of preference. */
  readonly entries: RouteEntry[] = []
  /** Counts changes; lookups made before one are no longer valid. */
  generation = 1

  /** Adds an entry in its place. */
  add(entry: RouteEntry): void {
    const rank = (a: RouteEntry, b: RouteEntry): number => b.table - a.table || b.prefix - a.prefix || a.metric - b.metric
    const at = this.entries.findIndex((other) => rank(entry, other) < 0)
    this.entries.splice(at < 0 ? this.entries.length : at, 0, entry)
    this.generation++
  }

  /** Takes an entry away; false when it is not there. */
  remove(entry: RouteEntry): boolean {
    const at = this.entries.indexOf(entry)
    if (at < 0) return false
    this.entries.splice(at, 1)
    this.generation++
    return true
  }

  /** The best entry for `to`; with `ifindex` not 0 only of that device. */
  find(to: IpAddress, ifindex: number): RouteEntry | null {
    const family = to.isV4 ? 4 : 6
    for (const entry of this.entries) {
      if (entry.destination.family !== family || !inNetwork(to, entry.destination, entry.prefix)) continue
      if (ifindex !== 0 && entry.device !== null && entry.device.index !== ifindex) continue
      if (entry.device !== null && !entry.device.isUp) continue
      return entry
    }
    return null
  }
}
