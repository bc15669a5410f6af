import { EADDRNOTAVAIL, EAFNOSUPPORT, EEXIST, EINVAL, ENETUNREACH, ENODEV, EOPNOTSUPP, EPERM, ESRCH } from '../../abi/errno.js'
import { CAP } from '../../abi/flags/capability.js'
import { AF } from '../../abi/flags/sockets.js'
import { capable } from '../../kernel/creds.js'
import type { Task } from '../../kernel/task.js'
import { ANY4, ANY6, readIpv4, readIpv6, writeAddress, type IpAddress } from '../../net/address.js'
import type { NetDevice } from '../../net/devices/device.js'
import { addAddress, removeAddress } from '../../net/ip/addresses.js'
import { NO_METRICS, type RouteEntry, type RouteKind } from '../../net/ip/route.js'
import type { NetStack } from '../../net/stack.js'
import { linkBody, linkOf, setLink } from './links.js'
import { Builder, NLM_F, parseAttributes, type NetlinkRequest } from './message.js'
import type { NetlinkAnswer } from './netlink-socket.js'

/** Types of NETLINK_ROUTE. Linux: include/uapi/linux/rtnetlink.h. */
const RTM = {
  NEWLINK: 16, DELLINK: 17, GETLINK: 18, SETLINK: 19, NEWADDR: 20, DELADDR: 21, GETADDR: 22, NEWROUTE: 24, DELROUTE: 25, GETROUTE: 26, GETNEIGH: 30, NEWNEIGH: 28,
} as const
const IFA = { ADDRESS: 1, LOCAL: 2, LABEL: 3, BROADCAST: 4, CACHEINFO: 6, FLAGS: 8 } as const
const RTA = { DST: 1, OIF: 4, GATEWAY: 5, PRIORITY: 6, PREFSRC: 7, METRICS: 8, TABLE: 15, PREF: 20 } as const
const IFA_F_PERMANENT = 0x80
const FOREVER = 0xffffffff
const KINDS: readonly (RouteKind | null)[] = [null, 'unicast', 'local', 'broadcast', null, 'multicast', 'blackhole', 'unreachable', 'prohibit']
/** sizeof(struct ifaddrmsg), and of struct rtmsg. */
const IFADDR = 8
const RTMSG = 12

const family = (address: IpAddress): number => (address.family === 4 ? AF.AF_INET : AF.AF_INET6)

function bytesOf(address: IpAddress): Uint8Array {
  const out = new Uint8Array(address.family === 4 ? 4 : 16)
  writeAddress(address, out, 0)
  return out
}

function addressOf(bytes: Uint8Array | undefined, wanted: number): IpAddress | null {
  if (bytes === undefined || bytes.length < (wanted === AF.AF_INET ? 4 : 16)) return null
  return wanted === AF.AF_INET ? readIpv4(bytes, 0) : readIpv6(bytes, 0)
}

function numberOf(bytes: Uint8Array | undefined): number {
  return bytes === undefined || bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
}

/** RTM_NEWADDR's body. Linux: inet_fill_ifaddr, inet6_fill_ifaddr. */
function addressBody(device: NetDevice, { address, prefix, peer, broadcast, scope, label }: NetDevice['addresses'][number]): Uint8Array {
  const builder = new Builder().u8(family(address), prefix, IFA_F_PERMANENT, scope).u32(device.index).attribute(IFA.ADDRESS, bytesOf(peer ?? address))
  if (address.family === 4) builder.attribute(IFA.LOCAL, bytesOf(address))
  if (broadcast !== null) builder.attribute(IFA.BROADCAST, bytesOf(broadcast))
  if (address.family === 4) builder.text(IFA.LABEL, label)
  return builder.attribute32(IFA.FLAGS, IFA_F_PERMANENT).attribute(IFA.CACHEINFO, new Builder().u32(FOREVER, FOREVER, 0, 0).result).result
}

/** RTM_NEWROUTE's body. Linux: fib_dump_info, rt6_fill_node. */
function routeBody(entry: RouteEntry): Uint8Array {
  const kind = KINDS.indexOf(entry.kind)
  const v6 = entry.destination.family === 6
  const builder = new Builder().u8(family(entry.destination), entry.prefix, 0, 0, entry.table, entry.origin, v6 ? 0 : entry.scope, kind).u32(0).attribute32(RTA.TABLE, entry.table)
  if (entry.prefix > 0) builder.attribute(RTA.DST, bytesOf(entry.destination))
  if (entry.metric !== 0 || v6) builder.attribute32(RTA.PRIORITY, entry.metric)
  if (entry.source !== null && !v6) builder.attribute(RTA.PREFSRC, bytesOf(entry.source))
  if (entry.gateway !== null) builder.attribute(RTA.GATEWAY, bytesOf(entry.gateway))
  if (entry.device !== null) builder.attribute32(RTA.OIF, entry.device.index)
  if (v6) builder.attribute(RTA.PREF, [0])
  return builder.result
}

/** As Linux dumps them: IPv4 first, tables by number, then by address. */
function inOrder(a: RouteEntry, b: RouteEntry): number {
  const [x, y] = [a.destination, b.destination]
  return x.family - y.family || a.table - b.table || (x.d >>> 0) - (y.d >>> 0) || a.prefix - b.prefix
}

function changeAddress(net: NetStack, { body, type }: NetlinkRequest): number {
  if (body.length < IFADDR) return -EINVAL
  const [wanted = 0, prefix = 0] = body
  if (wanted !== AF.AF_INET && wanted !== AF.AF_INET6) return -EAFNOSUPPORT
  const device = net.device(new DataView(body.buffer, body.byteOffset, IFADDR).getUint32(4, true))
  if (device === null) return -ENODEV
  const attributes = parseAttributes(body, IFADDR)
  const peer = addressOf(attributes.get(IFA.ADDRESS), wanted)
  const address = addressOf(attributes.get(IFA.LOCAL), wanted) ?? peer
  if (address === null || prefix > (wanted === AF.AF_INET ? 32 : 128)) return -EINVAL
  if (type === RTM.DELADDR) return removeAddress(net, device, address, prefix) ? 0 : -EADDRNOTAVAIL
  if (device.addresses.some((own) => own.address.equals(address) && own.prefix === prefix)) return -EEXIST
  addAddress(net, device, address, prefix, peer === null || peer.equals(address) ? {} : { peer })
  return 0
}

/** The route of RTM_NEWROUTE or RTM_DELROUTE. Linux: rtm_to_fib_config. */
function takeRoute(net: NetStack, { body, type: order }: NetlinkRequest): RouteEntry | number {
  if (body.length < RTMSG) return -EINVAL
  const [wanted = 0, prefix = 0, , , table = 0, origin = 0, scope = 0, type = 0] = body
  if (wanted !== AF.AF_INET && wanted !== AF.AF_INET6) return -EAFNOSUPPORT
  const kind = KINDS[type] ?? (type === 0 ? 'unicast' : null)
  if (kind === null) return -EINVAL
  const attributes = parseAttributes(body, RTMSG)
  const oif = attributes.get(RTA.OIF)
  const gateway = addressOf(attributes.get(RTA.GATEWAY), wanted)
  const via = gateway === null ? null : net.routeLookup(gateway, null, 0)
  const device = oif !== undefined ? net.device(numberOf(oif)) : (via?.device ?? null)
  if (device === null && kind === 'unicast' && order === RTM.NEWROUTE) return oif !== undefined ? -ENODEV : gateway === null ? -EINVAL : -ENETUNREACH
  return {
    destination: addressOf(attributes.get(RTA.DST), wanted) ?? (wanted === AF.AF_INET ? ANY4 : ANY6), prefix, kind, gateway, device,
    source: addressOf(attributes.get(RTA.PREFSRC), wanted), table: numberOf(attributes.get(RTA.TABLE)) || table || 254,
    metric: numberOf(attributes.get(RTA.PRIORITY)) || (wanted === AF.AF_INET6 ? 1024 : 0), scope, origin, metrics: NO_METRICS,
  }
}

function changeRoute(net: NetStack, request: NetlinkRequest): number {
  const route = takeRoute(net, request)
  if (typeof route === 'number') return route
  const same = (entry: RouteEntry): boolean => entry.destination.equals(route.destination) && entry.prefix === route.prefix && entry.table === route.table && entry.destination.family === route.destination.family
  const old = net.routes.entries.find((entry) => same(entry) && (request.type === RTM.NEWROUTE ? entry.metric === route.metric : true))
  if (request.type === RTM.DELROUTE) return old !== undefined && net.routes.remove(old) ? 0 : -ESRCH
  if (old !== undefined) {
    if ((request.flags & NLM_F.REPLACE) === 0) return -EEXIST
    net.routes.remove(old)
  }
  net.routes.add(route)
  return 0
}

/** `ip route get`. Linux: inet_rtm_getroute. */
function findRoute(net: NetStack, { body }: NetlinkRequest): NetlinkAnswer {
  if (body.length < RTMSG) return -EINVAL
  const wanted = body[0]!
  const to = addressOf(parseAttributes(body, RTMSG).get(RTA.DST), wanted)
  if (to === null) return -EINVAL
  const route = net.routeLookup(to, null, 0)
  if (route === null) return -ENETUNREACH
  const found: RouteEntry = { ...route.entry, destination: to, prefix: wanted === AF.AF_INET ? 32 : 128, source: route.source, device: route.device, scope: 0, origin: 0 }
  return { type: RTM.NEWROUTE, bodies: [routeBody(found)], multi: false }
}

const dumps = (request: NetlinkRequest): boolean => (request.flags & NLM_F.DUMP) === NLM_F.DUMP

/** Serves NETLINK_ROUTE: links, addresses and routes. Linux: rtnetlink_rcv_msg. */
export function serveRoute(net: NetStack, request: NetlinkRequest, task: Task): NetlinkAnswer {
  const { type, body } = request
  if ((type & 3) !== 2 && !capable(task.creds, CAP.CAP_NET_ADMIN)) return -EPERM
  const wanted = body[0] ?? 0
  const ofFamily = (address: IpAddress): boolean => wanted === AF.AF_UNSPEC || family(address) === wanted
  switch (type) {
    case RTM.GETLINK: {
      if (dumps(request)) return { type: RTM.NEWLINK, bodies: net.devices.map((device) => linkBody(device, wanted === AF.AF_INET6)), multi: true }
      const device = linkOf(net, request)
      return typeof device === 'number' ? device : { type: RTM.NEWLINK, bodies: [linkBody(device)], multi: false }
    }
    case RTM.NEWLINK: case RTM.SETLINK: return setLink(net, request)
    case RTM.GETADDR: {
      if (!dumps(request)) return -EOPNOTSUPP
      const of = (v: 4 | 6): Uint8Array[] => net.devices.flatMap((device) =>
        device.addresses.filter(({ address }) => address.family === v && ofFamily(address)).map((entry) => addressBody(device, entry)))
      return { type: RTM.NEWADDR, bodies: [...of(4), ...of(6)], multi: true }
    }
    case RTM.NEWADDR: case RTM.DELADDR: return changeAddress(net, request)
    case RTM.GETROUTE:
      if (!dumps(request)) return findRoute(net, request)
      return { type: RTM.NEWROUTE, bodies: net.routes.entries.filter(({ destination }) => ofFamily(destination)).sort(inOrder).map(routeBody), multi: true }
    case RTM.NEWROUTE: case RTM.DELROUTE: return changeRoute(net, request)
    case RTM.GETNEIGH: return dumps(request) ? { type: RTM.NEWNEIGH, bodies: [], multi: true } : -EOPNOTSUPP
    default: return -EOPNOTSUPP
  }
}
