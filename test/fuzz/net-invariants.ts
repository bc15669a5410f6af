/** What must hold of a machine's sockets and network stack between any two calls. */
import { files, type FileTable } from '../../src/kernel/ports/files.js'
import { sockets } from '../../src/kernel/ports/sockets.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import type { Task } from '../../src/kernel/task.js'
import { TCP } from '../../src/net/sock.js'
import { TcpSock } from '../../src/net/tcp/tcp-sock.js'
import { netOf, Sockets } from '../../src/sockets/create-sockets.js'
import { InetSocket } from '../../src/sockets/inet/inet-socket.js'
import { collectGarbage } from '../../src/sockets/unix/garbage.js'
import type { UnixLayer } from '../../src/sockets/unix/layer.js'
import type { UnixSocket } from '../../src/sockets/unix/unix-socket.js'
import { brokenInvariants } from '../net/invariants.js'

/** Most that a queue may have beyond its buffer: one message of the largest size. */
const ONE_MORE = 300_000

/** Frees sockets that only messages in each other's queues refer to, as any close of one would: nothing else may refer to files that nobody can reach. */
export function collect(kernel: Kernel): void {
  const layer = layerOf(kernel)
  if (layer !== null && layer.unix.inflightSockets > 0) collectGarbage(layer.unix)
}

function layerOf(kernel: Kernel): Sockets | null {
  for (const task of kernel.tasks.values()) if (hasSockets(task) && task.sockets instanceof Sockets) return task.sockets
  return null
}

/** Everything that is wrong with the sockets of a kernel; empty when all is well. */
export function checkSockets(kernel: Kernel): string[] {
  const wrong: string[] = []
  const net = netOf(kernel)
  const layer = layerOf(kernel)
  if (net === null || layer === null) return wrong
  for (const sk of net.tcp.connections()) if (sk instanceof TcpSock) checkTcp(sk, wrong)
  for (const sk of net.tcp.listeners()) {
    const waiting = sk.acceptQueue?.waiting.length ?? -1
    if (sk.ackBacklog !== waiting) wrong.push(`listener ${sk.localPort}: ackBacklog ${sk.ackBacklog}, ${waiting} wait`)
  }
  for (const sk of net.udp.sockets()) {
    if (sk.dead) wrong.push(`UDP socket ${sk.id} at port ${sk.localPort} is dead but found`)
    if (sk.rmemAlloc < 0 || sk.rmemAlloc > 2 * sk.rcvbuf + ONE_MORE) wrong.push(`UDP socket ${sk.id}: ${sk.rmemAlloc} of ${sk.rcvbuf} bytes`)
  }
  for (const task of kernel.tasks.values()) {
    if (!hasFiles(task)) continue
    for (const fd of task.files.descriptors()) {
      const ops = task.files.getRaw(fd)?.ops
      if (ops instanceof InetSocket && ops.sock.dead) wrong.push(`descriptor ${fd} has a socket that is dead`)
    }
  }
  checkUnix(layer.unix, wrong)
  return wrong
}

function checkTcp(sk: TcpSock, wrong: string[]): void {
  for (const what of brokenInvariants(sk)) wrong.push(`TCP socket ${sk.id} (state ${sk.state}): ${what}`)
  if (sk.state === TCP.CLOSE) wrong.push(`TCP socket ${sk.id} is closed but found`)
  if (sk.rmemAlloc > 2 * sk.rcvbuf + ONE_MORE) wrong.push(`TCP socket ${sk.id}: ${sk.rmemAlloc} of ${sk.rcvbuf} bytes received`)
}

function checkUnix(layer: UnixLayer, wrong: string[]): void {
  const charged = new Map<UnixSocket, number>()
  const flying = { all: 0, sockets: 0 }
  const visit = (socket: UnixSocket): void => {
    for (const { sender, truesize, files: held } of socket.messages) {
      charged.set(sender, (charged.get(sender) ?? 0) + truesize)
      flying.all += held?.length ?? 0
      flying.sockets += (held ?? []).filter((file) => layer.files.has(file)).length
    }
  }
  for (const socket of layer.sockets) {
    visit(socket)
    if (socket.dead) wrong.push('a dead AF_UNIX socket is still entered')
    if (socket.urgent !== null && !socket.messages.includes(socket.urgent)) wrong.push('the byte of MSG_OOB is in no queue')
    if (socket.peer !== null && socket.connects && !socket.peer.dead && socket.peer.peer !== socket) wrong.push('a connection knows one end')
  }
  for (const socket of layer.sockets) {
    const sum = charged.get(socket) ?? 0
    if (socket.wmem !== sum) wrong.push(`an AF_UNIX socket of type ${socket.type} is charged ${socket.wmem}, ${sum} are queued`)
    if (socket.wmem > 2 * socket.options.sndbuf + ONE_MORE) wrong.push(`an AF_UNIX socket has ${socket.wmem} of ${socket.options.sndbuf} bytes on their way`)
  }
  for (const [name, socket] of layer.names) if (!layer.sockets.has(socket) || socket.address === null) wrong.push(`the name ${name} belongs to nobody`)
  for (const socket of layer.paths.values()) if (!layer.sockets.has(socket)) wrong.push('a path belongs to nobody')
  if (layer.inflightSockets !== flying.sockets) wrong.push(`${layer.inflightSockets} sockets in flight, ${flying.sockets} are`)
  const counted = [...layer.inflightByUser.values()].reduce((sum, n) => sum + n, 0)
  if (counted !== flying.all) wrong.push(`${counted} descriptors in flight, ${flying.all} are`)
}

function hasSockets(task: Task): task is Task & { readonly sockets: unknown } {
  return sockets.key in task
}

function hasFiles(task: Task): task is Task & { readonly files: FileTable } {
  return files.key in task
}
