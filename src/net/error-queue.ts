import { EMSGSIZE } from '../abi/errno.js'
import { type IpAddress, asFamily } from './address.js'
import type { IcmpError } from './ip/icmp-errno.js'
import type { SkBuff } from './skb.js'
import type { QueuedError, Sock } from './sock.js'

/** Who an entry of the error queue comes of. Linux: SO_EE_ORIGIN_*. */
export const ORIGIN = { NONE: 0, LOCAL: 1, ICMP: 2, ICMP6: 3, TIMESTAMPING: 4, ZEROCOPY: 5 } as const

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
