import { ECONNRESET } from '../../abi/errno.js'
import { TCP_STATES } from '../../abi/flags/sockets.js'
import { SIGIO_REASON } from '../../fs/file-owner.js'
import { collectGarbage } from './garbage.js'
import { dropMessage } from './rights.js'
import type { UnixSocket } from './unix-socket.js'

/**
 * Ends a socket: its peer sees the end, or ECONNRESET when something was left unread. Linux: unix_release_sock.
 *
 * @param embryo whether it is a connection that nobody accepted
 */
export function releaseUnix(socket: UnixSocket, embryo: boolean): void {
  if (socket.dead) return
  const { layer, peer } = socket
  const listened = socket.state === TCP_STATES.TCP_LISTEN
  socket.dead = true
  socket.shutdown = 3
  socket.state = TCP_STATES.TCP_CLOSE
  socket.peer = null
  layer.unbind(socket)
  layer.sockets.delete(socket)
  socket.peerWait.wakeAll()
  if (peer !== null && socket.connects) {
    peer.shutdown = 3
    if (socket.messages.length > 0 || embryo) peer.error = ECONNRESET
    peer.stateChanged(SIGIO_REASON.HUP)
  }
  const left = socket.messages
  socket.messages = []
  socket.urgent = null
  for (const message of left) {
    if (listened && message.connection !== null) releaseUnix(message.connection, true)
    dropMessage(message)
  }
  if (layer.inflightSockets > 0) collectGarbage(layer)
}
