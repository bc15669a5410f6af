import { ANY4, ANY6, type IpAddress, asFamily } from '../address.js'
import type { NetStack } from '../stack.js'
import { isLocalAddress, kernelRoute, selectSource } from './addresses.js'
import { type PathMtu, Route, type RouteEntry } from './route.js'

/** Learned path MTUs last ten minutes. Linux: ip_rt_mtu_expires. */
const MTU_EXPIRES = 600_000_000
/** No path MTU below this is believed for IPv4 (net.ipv4.route.min_pmtu). */
/** The largest packet of IPv4. Linux: IP_MAX_MTU. */
const MAX_MTU = 0xffff
const MIN_PMTU = 552
/** Slots of lookups; a power of two. */
const SLOTS = 1024
/** Learned paths kept; the oldest goes. */
const PATH_LIMIT = 2048

const slotOf = (address: IpAddress): number => {
  const h = Math.imul(address.d ^ Math.imul(address.b, 31) ^ Math.imul(address.a ^ address.c, 17), 0x9e3779b1)
  return (h >>> 16) & (SLOTS - 1)
}

/** Lookups by destination, and what was learned of paths: a direct-mapped cache. Linux: the dst cache and fib_nh_exceptions. */
export class RouteCache {
  readonly #routes: (Route | null)[] = new Array<Route | null>(SLOTS).fill(null)
  readonly #paths = new Map<string, PathMtu>()

  lookup(net: NetStack, dst: IpAddress, src: IpAddress | null, ifindex: number): Route | null {
    const source = src === null || src.isAny ? null : src
    if (ifindex !== 0) return this.#find(net, dst, source, ifindex)
    const slot = slotOf(dst)
    const known = this.#routes[slot]!
    const same = known !== null && known.generation === net.routes.generation && known.asked.equals(dst) && known.asked.family === dst.family
    if (same && (source === null || known.source.equals(source))) return known
    const route = this.#find(net, dst, source, 0)
    if (route !== null && source === null) this.#routes[slot] = route
    return route
  }

  /** The path MTU of a route, as far as it has not expired. */
  mtu(net: NetStack, route: Route): number {
    const path = route.path
    if (path !== null && path.expires > net.now) return path.mtu
    const metric = route.entry.metrics.mtu
    if (metric !== 0) return metric
    return route.asked.isV4 ? Math.min(route.device.mtu, MAX_MTU) : route.device.mtu
  }

  /** Is the path MTU not to be searched, and DF not set? Linux: ip_mtu_locked. */
  isMtuLocked(net: NetStack, route: Route): boolean {
    const path = route.path
    return route.entry.metrics.mtuLocked || (path !== null && path.expires > net.now && path.locked)
  }

  /** A router told that packets to `dst` must not be larger. Linux: ip_rt_update_pmtu, ip6_rt_update_pmtu. Returns the MTU now believed. */
  updateMtu(net: NetStack, dst: IpAddress, mtu: number): number {
    const route = this.lookup(net, dst, null, 0)
    if (route === null) return mtu
    const current = this.mtu(net, route)
    if (route.entry.metrics.mtuLocked) return current
    let learned = mtu, locked = false
    if (dst.isV4) {
      if (current < mtu) return current
      if (mtu < MIN_PMTU) [learned, locked] = [Math.min(MIN_PMTU, current), true]
    } else {
      learned = Math.max(mtu, 1280)
      if (learned >= current) return current
    }
    const key = dst.toString()
    const known = this.#paths.get(key)
    if (known === undefined && this.#paths.size >= PATH_LIMIT) for (const oldest of this.#paths.keys()) if (this.#paths.delete(oldest)) break
    const path: PathMtu = known ?? { mtu: 0, expires: 0, locked: false }
    path.mtu = learned
    path.locked = locked
    path.expires = net.now + MTU_EXPIRES
    this.#paths.set(key, path)
    if (known === undefined) net.routes.generation++
    return learned
  }

  #find(net: NetStack, to: IpAddress, from: IpAddress | null, ifindex: number): Route | null {
    let dst = to
    if (dst.isAny) dst = from ?? (net.loopback.addresses.find((own) => own.address.isV4 === to.isV4)?.address ?? to)
    const entry = net.routes.find(dst, isLocalAddress(net, dst) ? 0 : ifindex) ?? onLink(net, dst, from, ifindex)
    if (entry === null || entry.device === null) return null
    const device = entry.kind === 'local' ? net.loopback : entry.device
    const found = from ?? entry.source ?? (entry.kind === 'local' ? dst : selectSource(net, entry.device, entry.gateway ?? dst))
    const any = to.family === 4 ? ANY4 : ANY6
    const source = found === null ? any : asFamily(found, to.family)
    const path = this.#paths.size === 0 ? null : (this.#paths.get(dst.toString()) ?? null)
    return new Route(entry, device, to, asFamily(dst, to.family), source, net.routes.generation, path)
  }
}

/**
 * IPv4 without a route: by a device that is named, or by that of the source of a packet to 255.255.255.255, everything is on
 * the link. Linux: ip_route_output_key_hash_rcu.
 */
function onLink(net: NetStack, to: IpAddress, from: IpAddress | null, ifindex: number): RouteEntry | null {
  if (!to.isV4) return null
  const broadcast = to.isBroadcast && from !== null
  const device = ifindex !== 0 ? net.device(ifindex) : broadcast ? net.devices.find(({ addresses }) => addresses.some(({ address }) => address.equals(from))) : null
  return device ? kernelRoute(device, to, 32, { kind: broadcast ? 'broadcast' : 'unicast', source: from }) : null
}
