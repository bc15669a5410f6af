import { EAGAIN, EINVAL } from '../../abi/errno.js'
import { TCP } from '../sock.js'
import { SS } from './listen.js'
import type { TcpSock } from './tcp-sock.js'

/** The oldest connection that waits, -EAGAIN, or -EINVAL where nobody listens. Linux: inet_csk_accept, __inet_accept. */
export function inetCskAccept(sk: TcpSock): TcpSock | number {
  if (sk.state !== TCP.LISTEN) return -EINVAL
  const req = sk.acceptQueue!.shift()
  if (req === null) return -EAGAIN
  sk.ackBacklog--
  const child = req.sk!
  // the handshake of a Fast Open connection may still go on: its request then knows that the child was taken
  if (req.tfoListener) req.sk = null
  child.attached = true
  child.socketState = SS.CONNECTED
  return child
}
