import { EAGAIN, EFAULT } from '../abi/errno.js'
import { IPV6_OPTIONS, IP_OPTIONS, MSG_FLAGS as MSG, SOL } from '../abi/flags/sockets.js'
import { ORIGIN } from './error-queue.js'
import { putControl, putTimestamping, sockaddr } from './messages.js'
import type { QueuedError, ReceiveMessage, Sock } from './sock.js'

/** struct sock_extended_err and the offender's address. */
function extendedError(family: 4 | 6, entry: QueuedError): Uint8Array {
  const offender = sockaddr(family, entry.offender, 0)
  const out = new Uint8Array(16 + offender.length)
  const view = new DataView(out.buffer)
  view.setUint32(0, entry.errno, true)
  out[4] = entry.origin
  out[5] = entry.type
  out[6] = entry.code
  view.setUint32(8, entry.info, true)
  view.setUint32(12, entry.data, true)
  out.set(offender, 16)
  return out
}

/**
 * recvmsg with MSG_ERRQUEUE, which has nothing of another receive: the oldest entry, with the packet that it is about as data, the address that this went to as
 * sender, and IP_RECVERR or IPV6_RECVERR as control message. Linux: ip_recv_error, ipv6_recv_error, sock_dequeue_err_skb.
 *
 * @returns bytes of the packet, -EAGAIN when the queue is empty
 */
export function receiveError(sk: Sock, message: ReceiveMessage): number {
  const entry = sk.errors.shift()
  if (entry === undefined) return -EAGAIN
  const next = sk.errors[0]
  if (next !== undefined && (next.origin === ORIGIN.ICMP || next.origin === ORIGIN.ICMP6)) {
    sk.error = next.errno
    sk.net.onReady(sk, 8)
  } else if (entry.origin === ORIGIN.ICMP || entry.origin === ORIGIN.ICMP6) sk.error = 0
  const copied = Math.min(entry.payload.length, message.data.left)
  if (copied < entry.payload.length) message.outFlags |= MSG.MSG_TRUNC
  if (copied > 0 && message.data.put(entry.payload, 0, copied) < copied) return -EFAULT
  if (entry.timestamp !== null) putTimestamping(sk, message, entry.timestamp)
  if (entry.to !== null) message.from = entry.to
  const v6 = sk.family === 6
  // a v6 socket that talks IPv4 gets IPv4's form: inet_recv_error asks for the socket's family, mapped errors keep v6's
  putControl(message, v6 ? SOL.SOL_IPV6 : SOL.SOL_IP, v6 ? IPV6_OPTIONS.IPV6_RECVERR : IP_OPTIONS.IP_RECVERR, extendedError(sk.family, entry))
  message.outFlags |= MSG.MSG_ERRQUEUE
  return copied
}
