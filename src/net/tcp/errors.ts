import { EMSGSIZE } from '../../abi/errno.js'
import { queueIcmpError } from '../error-queue.js'
import { type IcmpError, icmpErrno } from '../ip/icmp-errno.js'
import { ICMP, ICMPV6 } from '../ip/icmp-types.js'
import { PMTUDISC } from '../ip/output.js'
import { MIB } from '../mib.js'
import { between } from '../seq.js'
import type { SkBuff } from '../skb.js'
import { TCP } from '../sock.js'
import type { NetStack } from '../stack.js'
import { tcpSetRtoValue } from './congestion-ops.js'
import { tcpListendrop } from './listen-drop.js'
import { inetLookupEstablished } from './lookup.js'
import { tcpMtuToMss, tcpSyncMss } from './mss.js'
import { tcpSimpleRetransmit } from './recovery.js'
import { inetCskReqskQueueDrop } from './request-queue.js'
import { RequestSock } from './request-sock.js'
import { tcpDoneWithError } from './reset-in.js'
import { TCP_TIMER, TcpSock } from './tcp-sock.js'
import { tcpRetransmitTimer } from './timer.js'
import { TCP_MS, usecsToJiffies } from './units.js'
import { skErrorReport } from './wake.js'
import { inetCskResetXmitTimer } from './xmit-timer.js'

/** Codes of "destination unreachable" that mean the network, for IPv4. */
const NET_UNREACH = 0, HOST_UNREACH = 1, FRAG_NEEDED = 4, NR_UNREACH = 15
const SMALLEST_MTU6 = 1280

/**
 * An ICMP error about a TCP segment. `skb` is the quoted packet, from us to the peer, with ports and sequence number; it
 * counts only where that number is in flight (RFC 5927 section 4.1). Linux: tcp_v4_err, tcp_v6_err
 */
export function tcpError(net: NetStack, skb: SkBuff, error: IcmpError): void {
  const found = inetLookupEstablished(net, skb.src, skb.sport, skb.dst, skb.dport, skb.ifindex)
  if (found instanceof RequestSock) tcpReqErr(found, skb, error)
  else if (found instanceof TcpSock) errorOfSocket(found, skb, error)
  else if (found === null) net.mib[error.family === 4 ? MIB.IcmpInErrors : MIB.Icmp6InErrors]!++
}

/** Unreachable for good; the request is dropped silently. Linux: tcp_req_err. */
function tcpReqErr(req: RequestSock, skb: SkBuff, error: IcmpError): void {
  const { net } = req
  if (skb.seq !== req.sntIsn) {
    net.mib[MIB.OutOfWindowIcmps]!++
    return
  }
  const { type, code } = error
  const fatal = error.family === 6
    ? icmpErrno(6, type, code)?.[1] === true
    : type === ICMP.PARAMETER_PROBLEM || type === ICMP.TIME_EXCEEDED || (type === ICMP.DEST_UNREACH && (code === NET_UNREACH || code === HOST_UNREACH))
  if (!fatal) return
  inetCskReqskQueueDrop(req.listener, req)
  tcpListendrop(net)
}

function errorOfSocket(sk: TcpSock, skb: SkBuff, error: IcmpError): void {
  const { net } = sk
  if (sk.state === TCP.CLOSE) return
  const fastOpen = sk.fastOpen.fastopenReq
  if (sk.state !== TCP.LISTEN && !between(skb.seq, fastOpen === null ? sk.tcb.sndUna : fastOpen.sntIsn, sk.tcb.sndNxt)) {
    net.mib[MIB.OutOfWindowIcmps]!++
    return
  }
  const { type, code } = error
  const v4 = error.family === 4
  if (v4 ? type === ICMP.DEST_UNREACH && code === FRAG_NEEDED : type === ICMPV6.PKT_TOO_BIG) {
    if (sk.state !== TCP.LISTEN) tcpMtuReduced(sk, error)
    return
  }
  if (v4 && type === ICMP.DEST_UNREACH && code > NR_UNREACH) return
  const errno = icmpErrno(error.family, type, code)?.[0]
  if (errno === undefined) return
  const unreachable = v4 ? type === ICMP.DEST_UNREACH && (code === NET_UNREACH || code === HOST_UNREACH) : type === ICMPV6.DEST_UNREACH && code === 0
  const opening = sk.state === TCP.SYN_SENT || sk.state === TCP.SYN_RECV
  if (fastOpen === null && unreachable && (v4 || !opening)) tcpLdRtoRevert(sk, skb.seq)
  report(sk, skb, error, errno, opening && !(fastOpen !== null && fastOpen.sk === null))
}

/** A connection that is not made yet fails; another one hears of it with IP_RECVERR, else only when it gives up. RFC 1122 section 4.2.3.9. */
function report(sk: TcpSock, skb: SkBuff, error: IcmpError, errno: number, opening: boolean): void {
  const v4 = error.family === 4
  const wanted = v4 ? sk.options.receiveErrors : sk.options.receiveErrors6
  if (opening) {
    if (wanted) queueIcmpError(sk, skb, error, errno, skb.start, skb.dport)
    tcpDoneWithError(sk, errno)
  } else if (wanted) {
    sk.error = errno
    skErrorReport(sk)
  } else sk.softError = errno
}

/**
 * The path's MTU is smaller than thought: smaller segments, and what was lost is sent again at once. RFC 1191, RFC 8201. Linux:
 * tcp_v4_mtu_reduced, tcp_v6_mtu_reduced
 */
function tcpMtuReduced(sk: TcpSock, error: IcmpError): void {
  const { net, options } = sk
  const v4 = error.family === 4
  const discover = v4 ? options.mtuDiscover : options.mtuDiscover6
  const accepts = discover !== PMTUDISC.INTERFACE && discover !== PMTUDISC.OMIT
  if (!v4 && (!accepts || error.info < SMALLEST_MTU6 || tcpMtuToMss(sk, error.info) >= sk.tcb.mssCache)) return
  const mtu = net.routeCache.updateMtu(net, sk.remote, error.info)
  sk.route = net.routeLookup(sk.remote, sk.local, sk.boundDevice)
  if (v4 && error.info < mtu && (discover === PMTUDISC.DO || discover === PMTUDISC.WANT)) sk.softError = EMSGSIZE
  if (v4 && (discover === PMTUDISC.DONT || !accepts)) return
  if (sk.tcb.pmtuCookie <= mtu) return
  tcpSyncMss(sk, mtu)
  tcpSimpleRetransmit(sk)
}

/** "Unreachable" during a timeout says that the path is broken, not congested: one step of the backoff is taken back. RFC 6069. Linux: tcp_ld_RTO_revert. */
function tcpLdRtoRevert(sk: TcpSock, seq: number): void {
  const { tcb } = sk
  const head = tcb.rtxQueue.head
  if (seq !== tcb.sndUna || tcb.retransmits === 0 || tcb.backoff === 0 || head === null) return
  tcb.backoff--
  const rto = tcb.srtt8 !== 0 ? tcpSetRtoValue(sk) : TCP_MS.RTO_INIT
  tcb.rtoMs = Math.min(rto * 2 ** tcb.backoff, sk.settings.rtoMaxMs)
  const remaining = tcb.rtoMs - usecsToJiffies(sk.net.now - head.sentAt)
  if (remaining > 0) inetCskResetXmitTimer(sk, TCP_TIMER.RETRANS, remaining)
  else tcpRetransmitTimer(sk)
}
