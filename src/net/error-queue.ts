import { EAGAIN, EFAULT, EMSGSIZE } from '../abi/errno.js'
import { IPV6_OPTIONS, IP_OPTIONS, MSG_FLAGS as MSG, SOL } from '../abi/flags/sockets.js'
import { type IpAddress, asFamily } from './address.js'
import type { IcmpError } from './ip/icmp-errno.js'
import { putControl, sockaddr, timestampingBytes, SCM_STAMP } from './messages.js'
import type { SkBuff } from './skb.js'
import type { QueuedError, ReceiveMessage, Sock } from './sock.js'

/** Who an entry of the error queue comes of. Linux: SO_EE_ORIGIN_*. */
export const ORIGIN = { NONE: 0, LOCAL: 1, ICMP: 2, ICMP6: 3, TIMESTAMPING: 4, ZEROCOPY: 5 } as const

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
 * recvmsg with MSG_ERRQUEUE: the oldest entry, with the packet that it is about as data, the address that this went to as
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
  if (entry.timestamp !== null) putControl(message, SOL.SOL_SOCKET, SCM_STAMP.TIMESTAMPING, timestampingBytes(sk.net, entry.timestamp))
  if (entry.to !== null) message.from = entry.to
  const v6 = sk.family === 6
  // a v6 socket that talks IPv4 gets IPv4's form: inet_recv_error asks for the socket's family, mapped errors keep v6's
  putControl(message, v6 ? SOL.SOL_IPV6 : SOL.SOL_IP, v6 ? IPV6_OPTIONS.IPV6_RECVERR : IP_OPTIONS.IP_RECVERR, extendedError(sk.family, entry))
  message.outFlags |= MSG.MSG_ERRQUEUE
  return copied
}

/** Puts an entry into the error queue, as far as the receive buffer lets it, and says so. Linux: sock_queue_err_skb. */
export function queueError(sk: Sock, entry: QueuedError): void {
  if (sk.errors.length > 0 && sk.rmemAlloc + sk.errors.reduce((sum, other) => sum + other.payload.length + 832, 0) >= sk.rcvbuf) return
  sk.errors.push(entry)
  sk.net.onReady(sk, 8)
}

/**
 * Queues an ICMP error about a packet of the socket's. Linux: ip_icmp_error, ipv6_icmp_error.
 *
 * @param skb the packet as it was quoted, from us to the peer
 * @param from where in its buffer what the reader gets begins
 * @param port that it went to, where the protocol has any
 */
export function queueIcmpError(sk: Sock, skb: SkBuff, { family, type, code, info, offender }: IcmpError, errno: number, from: number, port: number): void {
  queueError(sk, {
    errno, origin: family === 4 ? ORIGIN.ICMP : ORIGIN.ICMP6, type, code, info, data: 0, payload: skb.buffer.slice(Math.min(from, skb.end), skb.end),
    to: { address: asFamily(skb.dst, sk.family), port }, offender: asFamily(offender, sk.family), timestamp: null,
  })
}

/** A packet was too long for the path: the sender hears of it in the error queue where it asked to. Linux: ip_local_error, ipv6_local_error. */
export function tooLong(sk: Sock, to: IpAddress, port: number, mtu: number): number {
  if (sk.options.receiveErrors || sk.options.receiveErrors6) {
    queueError(sk, {
      errno: EMSGSIZE, origin: ORIGIN.LOCAL, type: 0, code: 0, info: mtu, data: 0, payload: new Uint8Array(0), to: { address: asFamily(to, sk.family), port },
      offender: null, timestamp: null,
    })
  }
  return -EMSGSIZE
}
