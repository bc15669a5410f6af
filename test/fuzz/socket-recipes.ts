/** What calls on sockets want: live sockets in the right state, and what belongs to the one that was chosen. */
import { AF, SOCK } from '../../src/abi/flags/sockets.js'
import type { Socket } from '../../src/sockets/socket.js'
import type { Ingredient, Kitchen, Recipe } from './recipes.js'
import { freeAddress, messageHeader, messageHeaders, option, optionValue, peerAddress, sendData } from './socket-data.js'
import type { SocketKind } from './sockets.js'

const pick = <T>({ random }: Kitchen, list: readonly T[]): T => list[random.u32() % list.length]!
const any = <T extends Ingredient>(...values: readonly T[]) => (kitchen: Kitchen): T => pick(kitchen, values)
const below = (limit: number) => ({ random }: Kitchen): number => random.u32() % limit
const fd = (...kinds: readonly SocketKind[]) => (kitchen: Kitchen): number => kitchen.world.socket(pick(kitchen, kinds))
/** The socket that was drawn as the first argument. */
const chosen = ({ world, drawn }: Kitchen): Socket | null => world.socketAt(drawn[0] ?? -1)
const u32 = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer)

/** Bytes of the address that was placed as an argument; the kitchen keeps how much it placed last. */
const placed = ({ lastLength }: Kitchen): number => lastLength

/** Whether a send needs an address. */
const addressed = (socket: Socket | null): boolean => socket !== null && socket.family !== AF.AF_NETLINK && socket.type !== SOCK.SOCK_STREAM && socket.type !== SOCK.SOCK_SEQPACKET && typeof socket.getPeer() === 'number'

const name = { usockaddr: () => new Uint8Array(128), usockaddr_len: () => u32(128), upeer_sockaddr: () => new Uint8Array(128), upeer_addrlen: () => u32(128), addr: () => new Uint8Array(128), addr_len: () => u32(128), addrlen: () => u32(128) }
const receiver = fd('readable', 'readable', 'readable', 'connected')
const sender = fd('writable', 'writable', 'rights', 'datagram', 'netlink')
const receiveFlags = any(0, 0x40, 0x40, 0x42, 0x60, 0x4040)
const sendFlags = any(0x4040, 0x4040, 0x4000, 0xc040)

/** Recipes of calls on sockets, by name without `compat_sys_`. */
export const SOCKET_RECIPES: readonly (readonly [RegExp, Recipe])[] = [
  [/^socket$/, { family: any(1, 2, 10), type: any(1, 2, 0o4001, 0o2000002), protocol: () => 0 }],
  [/^socketcall$/, { call: () => 1, args: () => new Uint8Array(Uint32Array.of(1, 1, 0).buffer) }],
  [/^socketpair$/, { family: () => 1, type: any(1, 2, 5, 0o4001), protocol: () => 0, usockvec: () => new Uint8Array(8) }],
  [/^bind$/, { fd: fd('nameless'), umyaddr: (kitchen) => freeAddress(chosen(kitchen)?.family ?? AF.AF_INET, kitchen), addrlen: placed }],
  [/^connect$/, { fd: fd('stream to connect', 'stream to connect', 'datagram', 'netlink'), uservaddr: (kitchen) => peerAddress(chosen(kitchen), kitchen), addrlen: placed }],
  [/^listen$/, { fd: fd('named stream', 'named stream', 'listener'), backlog: below(5) }],
  [/^accept4?$/, { fd: fd('pending'), ...name, flags: any(0, 0o4000, 0o2000000) }],
  [/^getsockname$/, { fd: fd('any'), ...name }],
  [/^getpeername$/, { fd: fd('connected'), ...name }],
  [/^shutdown$/, { fd: fd('connected', 'connected', 'listener'), how: below(3) }],
  [/^setsockopt$/, {
    fd: fd('any'), level: (kitchen) => option(chosen(kitchen), kitchen)[0], optname: (kitchen) => optionOf(kitchen), optval: optionValue, optlen: (kitchen) => pick(kitchen, [4, 4, placed(kitchen), 8, 16]),
  }],
  [/^getsockopt$/, { fd: fd('any'), level: (kitchen) => option(chosen(kitchen), kitchen)[0], optname: (kitchen) => optionOf(kitchen), optval: () => new Uint8Array(256), optlen: (kitchen) => u32(pick(kitchen, [4, 4, 8, 16, 64, 256])) }],
  [/^sendto$/, {
    fd: sender, buff: (kitchen) => sendData(chosen(kitchen), kitchen), len: (kitchen) => (chosen(kitchen)?.family === AF.AF_NETLINK ? 32 : kitchen.random.u32() % 1500), flags: sendFlags,
    addr: (kitchen) => (addressed(chosen(kitchen)) ? peerAddress(chosen(kitchen), kitchen) : 0), addr_len: (kitchen) => (addressed(chosen(kitchen)) ? placed(kitchen) : 0),
  }],
  [/^recvfrom$/, { fd: receiver, len: below(2000), size: below(2000), flags: receiveFlags, ...name, addrlen: () => u32(128) }],
  [/^sendmsg$/, { fd: sender, msg: (kitchen) => messageHeader(chosen(kitchen), true, kitchen), flags: sendFlags }],
  [/^recvmsg$/, { fd: receiver, msg: (kitchen) => messageHeader(chosen(kitchen), false, kitchen), flags: receiveFlags }],
  [/^sendmmsg$/, { fd: sender, mmsg: (kitchen) => messageHeaders(chosen(kitchen), true, kitchen), vlen: (kitchen) => 1 + (kitchen.random.u32() % 3), flags: sendFlags }],
  [/^recvmmsg/, { fd: receiver, mmsg: (kitchen) => messageHeaders(chosen(kitchen), false, kitchen), vlen: (kitchen) => 1 + (kitchen.random.u32() % 3), flags: any(0x40, 0x10040, 0x10000, 0x42), timeout: () => 0 }],
]

/** The name of an option of the level that was drawn. */
function optionOf(kitchen: Kitchen): number {
  const level = kitchen.drawn[1]
  for (let tries = 0; tries < 12; tries++) {
    const [of, value] = option(chosen(kitchen), kitchen)
    if (of === level) return value
  }
  return 2
}
