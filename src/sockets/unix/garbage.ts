import type { File } from '../../kernel/ports/files.js'
import type { UnixLayer } from './layer.js'
import { dropMessage } from './rights.js'
import type { UnixSocket } from './unix-socket.js'

/** Open files in a socket's queue, those of connections that wait for accept among them. */
export function filesIn(socket: UnixSocket): File[] {
  return socket.messages.flatMap(({ files, connection }) => [...(files ?? []), ...(connection === null ? [] : filesIn(connection))])
}

/** Sockets reached from `roots` by what lies in their queues. */
function reachable(layer: UnixLayer, roots: readonly UnixSocket[]): Set<UnixSocket> {
  const found = new Set<UnixSocket>()
  const todo = [...roots]
  for (let socket = todo.pop(); socket !== undefined; socket = todo.pop()) {
    if (found.has(socket)) continue
    found.add(socket)
    for (const file of filesIn(socket)) {
      const next = layer.files.get(file)
      if (next !== undefined) todo.push(next)
    }
  }
  return found
}

/**
 * Frees sockets that only messages in each other's queues refer to. Linux: unix_gc, which runs like this one when a
 * socket is released while others are in flight.
 */
export function collectGarbage(layer: UnixLayer): void {
  const flying = new Map<File, number>()
  for (const socket of layer.sockets) {
    if (socket.file === null) continue // connections that wait are counted with their listener
    for (const file of filesIn(socket)) if (layer.files.has(file)) flying.set(file, (flying.get(file) ?? 0) + 1)
  }
  const roots = [...layer.sockets].filter(({ file }) => file !== null && file.count > (flying.get(file) ?? 0))
  const alive = reachable(layer, roots)
  const lost = [...flying.keys()].flatMap((file) => layer.files.get(file) ?? []).filter((socket) => !alive.has(socket))
  for (const socket of lost) throwAway(socket)
}

/** Empties a queue; what waits for accept stays, with its own queue emptied, and ends with its listener. Linux: unix_collect_queue. */
function throwAway(socket: UnixSocket): void {
  const { messages } = socket
  socket.messages = messages.filter(({ connection }) => connection !== null)
  for (const message of messages) {
    if (message.connection === null) dropMessage(message)
    else throwAway(message.connection)
  }
}
