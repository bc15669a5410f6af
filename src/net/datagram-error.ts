import { EMSGSIZE } from '../abi/errno.js'
import type { DatagramSock } from './datagram.js'
import { queueIcmpError } from './error-queue.js'
import { type IcmpError, icmpErrno } from './ip/icmp-errno.js'
import { ICMP, ICMPV6, ICMP_UNREACH } from './ip/icmp-types.js'
import { PMTUDISC } from './ip/output.js'
import type { SkBuff } from './skb.js'
import { TCP } from './sock.js'

/**
 * An ICMP error about a packet of a datagram socket's: the path's MTU, the error queue, the error of a connected socket.
 * Linux: __udp4_lib_err, __udp6_lib_err, ping_err, raw_err, rawv6_err.
 *
 * @param from where in the quoted packet's buffer what the error queue gives begins
 * @param port that it went to; 0 without
 * @param tooBigEnds IPv6's "packet too big" is an error of the connection
 */
export function datagramError(sk: DatagramSock, skb: SkBuff, error: IcmpError, from: number, port: number, tooBigEnds: boolean): void {
  const meaning = icmpErrno(error.family, error.type, error.code)
  if (meaning === null) return
  let [errno, fatal] = meaning
  const v4 = error.family === 4
  const { net, options } = sk
  if (v4 ? error.type === ICMP.DEST_UNREACH && error.code === ICMP_UNREACH.FRAG_NEEDED : error.type === ICMPV6.PKT_TOO_BIG) {
    net.routeCache.updateMtu(net, skb.dst, error.info)
    if (v4 && options.mtuDiscover === PMTUDISC.DONT) return
    if (v4 || tooBigEnds) [errno, fatal] = [EMSGSIZE, true]
  }
  if (v4 ? options.receiveErrors : options.receiveErrors6) queueIcmpError(sk, skb, error, errno, from, port)
  else if (!fatal || sk.state !== TCP.ESTABLISHED) return
  sk.error = errno
  net.onReady(sk, 8)
}
