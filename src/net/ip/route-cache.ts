import { ANY4, ANY6, type IpAddress, asFamily } from '../address.js'
import type { NetStack } from '../stack.js'
import { isLocalAddress, selectSource } from './addresses.js'
import { type PathMtu, Route } from './route.js'

/** Learned path MTUs last ten minutes. Linux: ip_rt_mtu_expires. */
const MTU_EXPIRES = 600_000_000
/** No path MTU below this is believed for IPv4 (net.ipv4.route.min_pmtu). */
const MIN_PMTU = 552
/** Entries of the caches; at this many they start anew. */
const LIMIT = 4096

const keyOf = (address: IpAddress): number | string => (address.isV4 ? address.d : address.toString())

/** Lookups by destination, and what was learned of paths. Linux: the dst cache and fib_nh_exceptions. */
export class RouteCache {
  readonly #routes = new Map<number | string, Route>()
  readonly #paths = new Map<number | string, PathMtu>()

  /** Is the route still the answer of the tables? Linux: dst_check. */
  isValid(net: NetStack, route: Route): boolean {
    return route.generation === net.routes.generation
  }

  lookup(net: NetStack, dst: IpAddress, src: IpAddress | null, ifindex: number): Route | null {
    const from = src === null || src.isAny ? null : src
    const plain = from === null && ifindex === 0
    const key = keyOf(dst)
    if (plain) {
      const known = this.#routes.get(key)
      if (known !== undefined && known.generation === net.routes.generation) return known
    }
    const route = this.#find(net, dst, from, ifindex, key)
    if (plain && route !== null) {
      if (this.#routes.size >= LIMIT) this.#routes.clear()
      this.#routes.set(key, route)
    }
    return route
  }

  /** The path MTU of a route, as far as it has not expired. */
  mtu(net: NetStack, route: Route): number {
    const path = route.path
    if (path !== null && path.expires > net.now) return path.mtu
    const metric = route.entry.metrics.mtu
    return metric !== 0 ? metric : route.device.mtu
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
    let learned = mtu, locked = false
    if (dst.isV4) {
      if (current < mtu) return current
      if (mtu < MIN_PMTU) [learned, locked] = [Math.min(MIN_PMTU, current), true]
    } else {
      learned = Math.max(mtu, 1280)
      if (learned >= current) return current
    }
    if (this.#paths.size >= LIMIT) this.#paths.clear()
    const key = keyOf(dst)
    const known = this.#paths.get(key)
    const path: PathMtu = known ?? { mtu: 0, expires: 0, locked: false }
    path.mtu = learned
    path.locked = locked
    path.expires = net.now + MTU_EXPIRES
    this.#paths.set(key, path)
    if (known === undefined) net.routes.generation++
    return learned
  }

  #find(net: NetStack, to: IpAddress, from: IpAddress | null, ifindex: number, key: number | string): Route | null {
    let dst = to
    if (dst.isAny) dst = from ?? (net.loopback.addresses.find((own) => own.address.family === to.family)?.address ?? to)
    const entry = net.routes.find(dst, isLocalAddress(net, dst) ? 0 : ifindex)
    if (entry === null || entry.device === null) return null
    const device = entry.kind === 'local' ? net.loopback : entry.device
    const found = from ?? entry.source ?? (entry.kind === 'local' ? dst : selectSource(net, entry.device, entry.gateway ?? dst))
    const any = to.family === 4 ? ANY4 : ANY6
    const source = found === null ? any : asFamily(found, to.family)
    return new Route(entry, device, asFamily(dst, to.family), source, net.routes.generation, this.#paths.get(key) ?? null)
  }
}
