/** Live sockets for random calls, by what can be done with them. */
import { POLL } from '../../src/abi/flags/poll.js'
import { AF, SO, SOCK, SOL } from '../../src/abi/flags/sockets.js'
import { tableOf } from '../../src/fs/file-table.js'
import type { Task } from '../../src/kernel/task.js'
import { Socket } from '../../src/sockets/socket.js'

/**
 * What a socket is good for: one without a name, with a name and nothing else, that connections wait at, that is not
 * connected, that has something to read, that takes data, that takes descriptors.
 */
export type SocketKind = 'any' | 'nameless' | 'named stream' | 'listener' | 'pending' | 'stream to connect' | 'datagram' | 'connected' | 'readable' | 'writable' | 'rights' | 'netlink'

/** Open sockets of a task, by descriptor. */
export function socketsOf(task: Task): [fd: number, socket: Socket][] {
  const table = tableOf(task)
  return (table?.descriptors() ?? []).flatMap((fd): [number, Socket][] => {
    const ops = table?.get(fd)?.ops
    return ops instanceof Socket ? [[fd, ops]] : []
  })
}

/** Whether a socket accepts connections. */
export function listens(socket: Socket, task: Task): boolean {
  const value = socket.getOption(task, SOL.SOL_SOCKET, SO.SO_ACCEPTCONN, 4, new Uint8Array(0))
  return typeof value !== 'number' && value[0] === 1
}

/** Whether a socket has connections. */
export function connects({ type, family }: Socket): boolean {
  return family !== AF.AF_NETLINK && (type === SOCK.SOCK_STREAM || type === SOCK.SOCK_SEQPACKET)
}

/** Whether it has no address of its own: the family alone, or port 0. */
export function isNameless(socket: Socket): boolean {
  const name = socket.getName()
  if (typeof name === 'number') return true
  if (socket.family === AF.AF_UNIX) return name.length <= 2
  return socket.family === AF.AF_NETLINK ? name[4] === 0 && name[5] === 0 : name[2] === 0 && name[3] === 0
}

const HUNG_UP = POLL.POLLHUP | POLL.POLLERR

/** Whether a socket is of a kind. */
export function isSocketOf(kind: SocketKind, socket: Socket, task: Task): boolean {
  const { family } = socket
  const has = (bits: number): boolean => (socket.poll() & bits) !== 0
  const peered = family !== AF.AF_NETLINK && typeof socket.getPeer() !== 'number'
  switch (kind) {
    case 'any': return true
    case 'nameless': return !peered && isNameless(socket) && !listens(socket, task)
    case 'named stream': return connects(socket) && !peered && !isNameless(socket) && !listens(socket, task)
    case 'listener': return listens(socket, task)
    case 'pending': return listens(socket, task) && has(POLL.POLLIN)
    case 'stream to connect': return connects(socket) && !peered && !listens(socket, task) && socket.poll() !== 0 && isNameless(socket)
    case 'datagram': return !connects(socket) && family !== AF.AF_NETLINK
    case 'connected': return peered
    case 'readable': return !listens(socket, task) && has(POLL.POLLIN)
    case 'writable': return peered && has(POLL.POLLOUT) && !has(HUNG_UP)
    case 'rights': return peered && family === AF.AF_UNIX && has(POLL.POLLOUT) && !has(HUNG_UP)
    case 'netlink': return family === AF.AF_NETLINK
  }
}
