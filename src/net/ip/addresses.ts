import { type IpAddress, IpAddress as Address, ipv4 } from '../address.js'
import { type DeviceAddress, IFF, type NetDevice } from '../devices/device.js'
import type { NetStack } from '../stack.js'
import { NO_METRICS, type RouteEntry, inNetwork } from './route.js'

/** Numbers of tables, scopes and origins of routes. Linux: RT_TABLE_*, RT_SCOPE_*, RTPROT_*. */
export const RT = { TABLE_MAIN: 254, TABLE_LOCAL: 255, SCOPE_UNIVERSE: 0, SCOPE_LINK: 253, SCOPE_HOST: 254, PROTO_KERNEL: 2, PROTO_BOOT: 3 } as const

/** What an address may have beside its prefix. */
export interface AddressOptions {
  readonly peer?: IpAddress
}

/** The first address of a network. */
export function networkOf(address: IpAddress, prefix: number): IpAddress {
  const word = (value: number, i: number): number => {
    const bits = prefix - i * 32
    return bits <= 0 ? 0 : bits >= 32 ? value : value & (-1 << (32 - bits))
  }
  if (address.family === 4) return ipv4(word(address.d, 0))
  return new Address(6, word(address.a, 0), word(address.b, 1), word(address.c, 2), word(address.d, 3))
}

/** A route as the kernel itself makes them for a device. */
export function kernelRoute(device: NetDevice, destination: IpAddress, prefix: number, rest: Partial<RouteEntry>): RouteEntry {
  return {
    destination, prefix, kind: 'unicast', gateway: null, device, source: null, table: RT.TABLE_MAIN, metric: destination.family === 4 ? 0 : 256, scope: RT.SCOPE_LINK,
    origin: RT.PROTO_KERNEL, metrics: NO_METRICS, ...rest,
  }
}

function addRoute(net: NetStack, device: NetDevice, destination: IpAddress, prefix: number, rest: Partial<RouteEntry>): void {
  net.routes.add(kernelRoute(device, destination, prefix, rest))
}

/**
 * Gives a device an address, with the routes that Linux adds for it: the address itself, its network, its broadcasts.
 * Linux: inet_insert_ifa and fib_add_ifaddr, inet6_addr_add.
 */
export function addAddress(net: NetStack, device: NetDevice, address: IpAddress, prefix: number, options: AddressOptions = {}): void {
  const loopback = address.isLoopback
  const scope = loopback ? RT.SCOPE_HOST : address.isLinkLocal ? RT.SCOPE_LINK : RT.SCOPE_UNIVERSE
  const peer = options.peer ?? null
  const hasBroadcast = address.family === 4 && (device.flags & IFF.BROADCAST) !== 0 && prefix < 31
  const broadcast = hasBroadcast ? ipv4(address.d | (prefix === 0 ? -1 : ~(-1 << (32 - prefix)))) : null
  const entry: DeviceAddress = { address, prefix, peer, broadcast, scope, label: device.name }
  device.addresses.push(entry)
  const local = { kind: 'local', table: RT.TABLE_LOCAL, scope: RT.SCOPE_HOST, metric: 0 } as const
  if (address.family === 6) {
    addRoute(net, device, address, 128, local)
    if (prefix < 128 || peer !== null) addRoute(net, device, networkOf(peer ?? address, prefix), prefix, {})
    return
  }
  addRoute(net, device, address, 32, { ...local, source: address })
  const network = networkOf(peer ?? address, prefix)
  if (device.isLoopback) addRoute(net, device, network, prefix, { ...local, source: address })
  else if (prefix < 32 || peer !== null) addRoute(net, device, network, prefix, { source: address })
  if (prefix < 31 && (hasBroadcast || loopback)) {
    const last = broadcast ?? ipv4(address.d | ~(-1 << (32 - prefix)))
    addRoute(net, device, last, 32, { kind: 'broadcast', table: RT.TABLE_LOCAL, source: address })
  }
}

/** Takes an address away with the routes that came with it. Returns whether the device had it. */
export function removeAddress(net: NetStack, device: NetDevice, address: IpAddress, prefix: number): boolean {
  const at = device.addresses.findIndex((entry) => entry.address.equals(address) && entry.prefix === prefix)
  if (at < 0) return false
  const [gone] = device.addresses.splice(at, 1)
  const broadcast = gone?.broadcast ?? null
  const network = networkOf(gone?.peer ?? address, prefix)
  const goes = (entry: RouteEntry): boolean => {
    if (entry.device !== device || entry.origin !== RT.PROTO_KERNEL) return false
    if (entry.source !== null && entry.source.equals(address)) return true
    if (entry.table === RT.TABLE_LOCAL) return entry.destination.equals(address) || (broadcast !== null && entry.destination.equals(broadcast))
    return entry.destination.equals(network) && entry.prefix === prefix && entry.source === null
  }
  for (const entry of net.routes.entries.filter(goes)) net.routes.remove(entry)
  net.routes.generation++
  return true
}

/** Is it an address of this host? Linux: inet_addr_type(RTN_LOCAL), ipv6_chk_addr; 127/8 counts. */
export function isLocalAddress(net: NetStack, address: IpAddress): boolean {
  if (address.isV4 && address.d >>> 24 === 127) return net.loopback.isUp
  for (const device of net.devices) for (const own of device.addresses) if (own.address.equals(address)) return true
  return false
}

/** Is it the broadcast address of a network of the device (or any, with null), or 255.255.255.255? */
export function isBroadcastAddress(net: NetStack, address: IpAddress, device: NetDevice | null): boolean {
  if (!address.isV4) return false
  if (address.isBroadcast) return true
  const route = net.routes.find(address, 0)
  return route !== null && route.kind === 'broadcast' && (device === null || route.device === device)
}

/** The source address that a device gives to packets for `to`. Linux: inet_select_addr; ipv6_dev_get_saddr, by scope and then longest common prefix. */
export function selectSource(net: NetStack, device: NetDevice, to: IpAddress): IpAddress | null {
  const family = to.isV4 ? 4 : 6
  let best: DeviceAddress | null = null
  const better = (own: DeviceAddress): boolean => {
    if (best === null) return true
    if (family === 4) return inNetwork(to, own.address, own.prefix) && !inNetwork(to, best.address, best.prefix)
    const wanted = to.isLinkLocal ? RT.SCOPE_LINK : RT.SCOPE_UNIVERSE
    if ((own.scope === wanted) !== (best.scope === wanted)) return own.scope === wanted
    return inNetwork(to, own.address, own.prefix) && !inNetwork(to, best.address, best.prefix)
  }
  const consider = (own: DeviceAddress): void => {
    if (own.address.family === family && (own.scope !== RT.SCOPE_HOST || to.isLoopback) && better(own)) best = own
  }
  for (const own of device.addresses) consider(own)
  if (best === null) for (const other of net.devices) for (const own of other.addresses) consider(own)
  return best === null ? null : (best as DeviceAddress).address
}
