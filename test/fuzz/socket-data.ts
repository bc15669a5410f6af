/** What calls on sockets point to: addresses of live sockets, options, messages with control messages, requests of netlink. */
import { IOVEC_ILP32, IOVEC_LP64 } from '../../src/abi/structs/io.js'
import { structBytes } from '../../src/abi/structs/layout.js'
import { CMSGHDR_ILP32, CMSGHDR_LP64, MMSGHDR_ILP32, MMSGHDR_LP64, MSGHDR_ILP32, MSGHDR_LP64, SOCKADDR_IN, SOCKADDR_IN6, SOCKADDR_NL } from '../../src/abi/structs/socket.js'
import { AF, IP_OPTIONS, IPV6_OPTIONS, SCM, SO, SOCK, SOL, TCP_OPTIONS, UDP_OPTIONS } from '../../src/abi/flags/sockets.js'
import type { Socket } from '../../src/sockets/socket.js'
import { MAP } from './map.js'
import type { Kitchen } from './recipes.js'

const pick = <T>({ random }: Kitchen, list: readonly T[]): T => list[random.u32() % list.length]!
const below = ({ random }: Kitchen, limit: number): number => random.u32() % limit
const words = (...values: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

const LOOPBACK4 = 0x0100007f
const loopback6 = (last: number): Uint8Array => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last)

/** An address that a socket of the family may be bound to. */
export function freeAddress(family: number, kitchen: Kitchen): Uint8Array {
  const port = below(kitchen, 3) === 0 ? 0 : (2000 + below(kitchen, 20_000))
  const swapped = ((port & 255) << 8) | (port >> 8)
  switch (family) {
    case AF.AF_UNIX: return below(kitchen, 6) === 0 ? Uint8Array.of(1, 0, ...text(`/tmp/s${below(kitchen, 1e6)}`), 0) : Uint8Array.of(1, 0, 0, ...text(`n${below(kitchen, 1e6)}`))
    case AF.AF_INET6: return structBytes(SOCKADDR_IN6, { sin6_family: AF.AF_INET6, sin6_port: swapped, sin6_addr_s6_addr: loopback6(below(kitchen, 2)) })
    case AF.AF_NETLINK: return structBytes(SOCKADDR_NL, { nl_family: AF.AF_NETLINK, nl_pid: pick(kitchen, [0, kitchen.random.u32() >>> 1]), nl_groups: pick(kitchen, [0, 0, 1]) })
    default: return structBytes(SOCKADDR_IN, { sin_family: AF.AF_INET, sin_port: swapped, sin_addr_s_addr: pick(kitchen, [LOOPBACK4, LOOPBACK4, 0]) })
  }
}

/** The name of a live socket that `socket` can be connected or sent to, else an address where nobody is. */
export function peerAddress(socket: Socket | null, kitchen: Kitchen): Uint8Array {
  const names = socket === null ? [] : kitchen.world.peersFor(socket)
  if (socket === null || names.length === 0) return freeAddress(socket?.family ?? AF.AF_INET, kitchen)
  const name = pick(kitchen, names).slice()
  // connecting to any address reaches this host too, but says so by another name
  if (socket.family === AF.AF_INET && name[4] === 0) name.set([127, 0, 0, 1], 4)
  return name
}

/** Options that sockets of a family know, by level. */
function levelsOf({ family, type }: Socket): readonly (readonly [level: number, names: readonly number[]])[] {
  const general = [SOL.SOL_SOCKET, Object.values(SO)] as const
  if (family === AF.AF_UNIX) return [general]
  if (family === AF.AF_NETLINK) return [general, [SOL.SOL_NETLINK, [1, 2, 3, 4, 5, 8, 9, 10, 11, 12]]]
  const own = type === SOCK.SOCK_STREAM ? [SOL.SOL_TCP, Object.values(TCP_OPTIONS)] as const : type === SOCK.SOCK_DGRAM ? [SOL.SOL_UDP, Object.values(UDP_OPTIONS)] as const : [SOL.SOL_RAW, [1]] as const
  const ip = [SOL.SOL_IP, Object.values(IP_OPTIONS)] as const
  return family === AF.AF_INET ? [general, ip, own] : [general, ip, [SOL.SOL_IPV6, Object.values(IPV6_OPTIONS)], own]
}

/** Options that every family of sockets has and takes a number for. */
const PLAIN = [SO.SO_REUSEADDR, SO.SO_KEEPALIVE, SO.SO_SNDBUF, SO.SO_RCVBUF, SO.SO_PRIORITY, SO.SO_TIMESTAMP_OLD, SO.SO_OOBINLINE]

/** A level with the name of one of its options, for a socket. */
export function option(socket: Socket | null, kitchen: Kitchen): readonly [level: number, name: number] {
  if (socket === null || below(kitchen, 2) === 0) return [SOL.SOL_SOCKET, pick(kitchen, PLAIN)]
  const [level, names] = pick(kitchen, levelsOf(socket))
  return [level, pick(kitchen, names)]
}

/** A value for an option: numbers, a time, a multicast group, a name. */
export function optionValue(kitchen: Kitchen): Uint8Array {
  const number = pick(kitchen, [0, 1, 1, 1, 2, 4, 20, 1000, 4096, 65_536])
  switch (below(kitchen, 8)) {
    case 0: return Uint8Array.of(224, 0, 0, 1 + below(kitchen, 30), 127, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0)
    case 1: return Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 + below(kitchen, 30), 1, 0, 0, 0)
    case 2: return new Uint8Array(BigInt64Array.of(0n, 20_000n).buffer)
    case 3: return Uint8Array.of(...text(pick(kitchen, ['reno', 'cubic', 'lo', 'nobody'])), 0, 0, 0, 0)
    default: return words(number, number, 0, 0, 0, 0)
  }
}

function controls(kitchen: Kitchen, socket: Socket | null): Uint8Array {
  const one = (level: number, type: number, data: Uint8Array): Uint8Array => {
    const layout = kitchen.is32 ? CMSGHDR_ILP32 : CMSGHDR_LP64
    const align = kitchen.is32 ? 3 : 7
    const bytes = new Uint8Array((layout.size + data.length + align) & ~align)
    bytes.set(structBytes(layout, { cmsg_len: layout.size + data.length, cmsg_level: level, cmsg_type: type }))
    bytes.set(data, layout.size)
    return bytes
  }
  const rights = (): Uint8Array => one(SOL.SOL_SOCKET, SCM.SCM_RIGHTS, words(...Array.from({ length: 1 + below(kitchen, 3) }, () => kitchen.world.descriptor('file'))))
  const socketRights = (): Uint8Array => one(SOL.SOL_SOCKET, SCM.SCM_RIGHTS, words(kitchen.world.socket('any')))
  switch (below(kitchen, 8)) {
    case 0: case 1: return socket?.family === AF.AF_UNIX ? rights() : new Uint8Array(0)
    case 2: return socket?.family === AF.AF_UNIX ? socketRights() : new Uint8Array(0)
    case 3: return socket?.family === AF.AF_UNIX ? one(SOL.SOL_SOCKET, SCM.SCM_CREDENTIALS, words(kitchen.pid, 0, 0)) : new Uint8Array(0)
    case 4: return socket?.family === AF.AF_INET ? one(SOL.SOL_IP, pick(kitchen, [IP_OPTIONS.IP_TTL, IP_OPTIONS.IP_TOS]), words(1 + below(kitchen, 64))) : new Uint8Array(0)
    case 5: return socket?.family === AF.AF_INET6 ? one(SOL.SOL_IPV6, pick(kitchen, [IPV6_OPTIONS.IPV6_HOPLIMIT, IPV6_OPTIONS.IPV6_TCLASS]), words(1 + below(kitchen, 64))) : new Uint8Array(0)
    default: return new Uint8Array(0)
  }
}

/** A request of netlink: a dump of links, addresses or routes, or something that is not one. */
function request(kitchen: Kitchen): Uint8Array {
  return words(32, pick(kitchen, [18, 22, 26, 20]) | (pick(kitchen, [0x301, 0x301, 5, 1]) << 16), 1, 0, below(kitchen, 2) * 2, 0, 0, 0)
}

/** What lies at a struct user_msghdr to send from (`out`) or to receive into. */
export function messageHeader(socket: Socket | null, out: boolean, kitchen: Kitchen): Uint8Array {
  const { is32, place } = kitchen
  const iovec = is32 ? IOVEC_ILP32 : IOVEC_LP64
  const netlink = socket?.family === AF.AF_NETLINK
  const count = netlink ? 1 : 1 + below(kitchen, 3)
  const segments = new Uint8Array(iovec.size * count)
  for (let i = 0; i < count; i++) {
    const base = netlink && out ? place(request(kitchen)) : MAP.scratch + 0x28000 + below(kitchen, 0x3000)
    segments.set(structBytes(iovec, { iov_base: base, iov_len: netlink && out ? 32 : below(kitchen, 700) }), i * iovec.size)
  }
  const named = out ? socket !== null && !netlink && socket.type !== SOCK.SOCK_STREAM && typeof socket.getPeer() === 'number' : below(kitchen, 2) === 0
  const name = !named ? new Uint8Array(0) : out ? peerAddress(socket, kitchen) : new Uint8Array(128)
  const control = out ? controls(kitchen, socket) : new Uint8Array(pick(kitchen, [0, 64, 64, 20]))
  return structBytes(is32 ? MSGHDR_ILP32 : MSGHDR_LP64, {
    msg_name: named ? place(name) : 0, msg_namelen: name.length, msg_iov: place(segments), msg_iovlen: count,
    msg_control: control.length === 0 ? 0 : place(control), msg_controllen: control.length,
  })
}

/** Three of {@link messageHeader}, as sendmmsg and recvmmsg have them. */
export function messageHeaders(socket: Socket | null, out: boolean, kitchen: Kitchen): Uint8Array {
  const { size } = kitchen.is32 ? MMSGHDR_ILP32 : MMSGHDR_LP64
  const bytes = new Uint8Array(size * 3)
  for (let i = 0; i < 3; i++) bytes.set(messageHeader(socket, out, kitchen), i * size)
  return bytes
}

/** Bytes for send: a request for netlink, anything for others. */
export function sendData(socket: Socket | null, kitchen: Kitchen): Uint8Array {
  return socket?.family === AF.AF_NETLINK ? request(kitchen) : new Uint8Array(64).fill(below(kitchen, 256))
}
