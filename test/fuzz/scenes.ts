/** Scenes of sockets: calls that make what a call on sockets wants and the program does not have yet. */
import { AF, SOCK } from '../../src/abi/flags/sockets.js'
import type { Kitchen } from './recipes.js'
import { freeAddress, peerAddress } from './socket-data.js'
import type { SocketKind } from './sockets.js'

/** A call of a scene (x86_64), made from what is there when its turn comes. */
export type Step = readonly number[] | ((kitchen: Kitchen) => readonly number[])

/** Numbers of calls on x86_64. */
const CALL = { sendto: 44, socket: 41, connect: 42, accept: 43, bind: 49, listen: 50, socketpair: 53, setsockopt: 54, pidfdOpen: 434, closeRange: 436 } as const
/** Descriptors above are closed before a scene adds more. */
const MOST = 70

const pick = <T>({ random }: Kitchen, list: readonly T[]): T => list[random.u32() % list.length]!

/** Families and types with connections, and without. */
const STREAMS = [[AF.AF_INET, SOCK.SOCK_STREAM], [AF.AF_INET6, SOCK.SOCK_STREAM], [AF.AF_UNIX, SOCK.SOCK_STREAM], [AF.AF_UNIX, SOCK.SOCK_SEQPACKET]] as const
const OTHERS = [
  [AF.AF_INET, SOCK.SOCK_DGRAM, 0], [AF.AF_INET6, SOCK.SOCK_DGRAM, 0], [AF.AF_UNIX, SOCK.SOCK_DGRAM, 0], [AF.AF_NETLINK, SOCK.SOCK_RAW, 0], [AF.AF_NETLINK, SOCK.SOCK_DGRAM, 4],
  [AF.AF_INET, SOCK.SOCK_RAW, 1], [AF.AF_INET6, SOCK.SOCK_RAW, 58], [AF.AF_INET, SOCK.SOCK_RAW, 17],
] as const

const tidy: Step = ({ world }) => (world.last > MOST ? [CALL.closeRange, MOST - 20, 0x7fffffff, 0] : [CALL.closeRange, 0x7ffffff0, 0x7fffffff, 0])
/** A socket of which no receive and no send waits for ever. */
const patient = (kind: SocketKind): readonly Step[] => [20, 21].map((name): Step => ({ world, place }) => [CALL.setsockopt, world.socket(kind), 1, name, place(new Uint8Array(BigInt64Array.of(0n, 15_000n).buffer)), 16])
const bindIt = (kind: SocketKind): Step => (kitchen) => {
  const fd = kitchen.world.socket(kind)
  const address = freeAddress(kitchen.world.socketAt(fd)?.family ?? AF.AF_INET, kitchen)
  return [CALL.bind, fd, kitchen.place(address), address.length]
}
const connectIt = (kind: SocketKind): Step => (kitchen) => {
  const fd = kitchen.world.socket(kind)
  const address = peerAddress(kitchen.world.socketAt(fd), kitchen)
  return [CALL.connect, fd, kitchen.place(address), address.length]
}
const accept: Step = ({ world }) => [CALL.accept, world.socket('pending'), 0, 0]
const send = (kind: SocketKind): Step => (kitchen) => [CALL.sendto, kitchen.world.socket(kind), kitchen.place(new Uint8Array(300).fill(99)), 1 + (kitchen.random.u32() % 300), 0x4040, 0, 0]
const pair: Step = (kitchen) => [CALL.socketpair, AF.AF_UNIX, pick(kitchen, [1, 2, 5]), 0, kitchen.place(new Uint8Array(8))]

function stream(kitchen: Kitchen): Step {
  const [family, type] = pick(kitchen, STREAMS)
  return [CALL.socket, family, type, 0]
}
function other(kitchen: Kitchen): Step {
  const [family, type, protocol] = pick(kitchen, OTHERS)
  return [CALL.socket, family, type, protocol]
}
const both = (kitchen: Kitchen): readonly Step[] => {
  const [family, type] = pick(kitchen, STREAMS)
  const make = [CALL.socket, family, type, 0]
  return [make, ...patient('stream to connect'), bindIt('stream to connect'), ({ world }) => [CALL.listen, world.socket('named stream'), 3], make, connectIt('stream to connect')]
}
const connection = (kitchen: Kitchen): readonly Step[] => [...both(kitchen), accept, ...patient('writable')]
const datagrams = (kitchen: Kitchen): readonly Step[] => {
  const make = other(kitchen)
  return [make, bindIt('nameless'), make, ...patient('datagram'), connectIt('datagram'), ...patient('netlink')]
}

/** What must be there for a call on sockets or processes, made half the time when it is and always when it is not; null for other calls. */
export function sceneFor(call: string, kitchen: Kitchen): readonly Step[] | null {
  const { world } = kitchen
  const missing = (...kinds: readonly SocketKind[]): boolean => kinds.some((kind) => world.socket(kind) < 0) || kitchen.random.u32() % 4 === 0
  const name = call.replace(/^compat_sys_/, '')
  const scene = (...steps: readonly Step[]): readonly Step[] => [tidy, ...steps]
  if (/^pidfd_(send|getfd)/.test(name)) return world.descriptor('pidfd') < 0 ? scene([CALL.pidfdOpen, kitchen.pid, 0]) : null
  if (/^accept/.test(name)) return missing('pending') ? scene(...both(kitchen)) : null
  if (name === 'bind') return missing('nameless') ? scene(kitchen.random.u32() % 2 === 0 ? stream(kitchen) : other(kitchen)) : null
  if (name === 'connect') return scene(...both(kitchen).slice(0, -1))
  if (name === 'listen') return scene(stream(kitchen), bindIt('nameless'))
  if (/^recv/.test(name)) return missing('readable') ? scene(...(kitchen.random.u32() % 2 === 0 ? connection(kitchen) : [pair]), ...datagrams(kitchen), send('writable'), send('writable'), send('rights')) : null
  if (/^send(to|m?msg)/.test(name)) return missing('writable', 'rights') ? scene(...(kitchen.random.u32() % 2 === 0 ? connection(kitchen) : [pair]), ...datagrams(kitchen)) : null
  if (/^(getpeername|shutdown)$/.test(name)) return missing('connected') ? scene(pair, ...connection(kitchen)) : null
  if (/^([gs]etsockopt|getsockname)$/.test(name)) return missing('any') ? scene(stream(kitchen), other(kitchen)) : null
  return null
}
