import { MIB } from '../mib.js'
import { between } from '../seq.js'
import { TCP_FLAG, type SkBuff } from '../skb.js'
import { tcpOowRateLimited, tcpReqskSendChallengeAck } from './challenge-ack.js'
import { reqskFastopenRemove } from './fast-open-request.js'
import { tcpSynRecvSock } from './open-child.js'
import { tcpParseOptions, TcpOptionsReceived } from './options.js'
import { pawsReject } from './paws-reject.js'
import { inetCskReqskQueueAdd, inetCskReqskQueueDrop } from './request-queue.js'
import type { RequestSock } from './request-sock.js'
import { tcpReqskSendAck, tcpSendReset } from './reset.js'
import { tcpReset } from './reset-in.js'
import { tcpSynackRttMeas } from './rtt.js'
import { inetRtxSynAck, reqskTimeout } from './synack-timer.js'
import type { TcpSock } from './tcp-sock.js'
import { tcpInWindow } from './time-wait.js'

/** A repeated SYN is answered with the SYN-ACK again, which restarts the timer. RFC 9293 section 3.10.7.4. */
function repeatedSyn(sk: TcpSock, skb: SkBuff, req: RequestSock, fastOpen: boolean): void {
  const { net } = sk
  if (tcpOowRateLimited(net, skb, MIB.TCPACKSkippedSynRecv, req)) return
  if (inetRtxSynAck(sk, req) === 0 && !fastOpen && req.timer.armed) net.timers.arm(req.timer, net.now + reqskTimeout(req) * 1000)
}

/** Out of window, by sequence number or timestamp: an ACK says where we are. */
function outOfWindow(sk: TcpSock, skb: SkBuff, req: RequestSock, paws: boolean, tsecr: boolean): void {
  const { net } = sk
  if ((skb.tcpFlags & TCP_FLAG.RST) === 0 && !tcpOowRateLimited(net, skb, MIB.TCPACKSkippedSynRecv, req)) tcpReqskSendAck(sk, skb, req)
  if (paws) net.mib[MIB.PAWSEstab]!++
  else if (tsecr) net.mib[MIB.TSEcrRejected]!++
}

/** The request ends: by RST from the peer, or with one to it. */
function embryonicReset(sk: TcpSock, skb: SkBuff, req: RequestSock, fastOpen: boolean): null {
  if ((skb.tcpFlags & TCP_FLAG.RST) === 0) tcpSendReset(sk.net, sk, skb)
  else if (fastOpen) {
    reqskFastopenRemove(sk, req, true)
    tcpReset(sk, skb)
  }
  if (!fastOpen && inetCskReqskQueueDrop(sk, req)) sk.net.mib[MIB.EmbryonicRsts]!++
  return null
}

/**
 * A segment for a request: the state SYN-RECEIVED of RFC 9293 section 3.10.7.4. Linux: tcp_check_req
 * @param sk the listener, or the child of a Fast Open request
 * @param fastOpen the request's child exists already
 * @returns the child that the segment opens, `sk` itself where it has to answer, null where the segment is done with
 */
export function tcpCheckReq(sk: TcpSock, skb: SkBuff, req: RequestSock, fastOpen: boolean): TcpSock | null {
  const { net } = sk
  let flags = skb.tcpFlags & (TCP_FLAG.RST | TCP_FLAG.SYN | TCP_FLAG.ACK)
  const rst = (flags & TCP_FLAG.RST) !== 0
  let paws = false, tsecr = false
  const options = new TcpOptionsReceived()
  if (skb.options.length > 0) tcpParseOptions(net, skb, options)
  if (options.sawTstamp) {
    if (options.rcvTsecr !== 0 && req.tstampOk && !fastOpen) tsecr = !between(options.rcvTsecr, req.tsvalFirst, req.tsvalLast)
    paws = pawsReject(req.tsRecent, reqskTimeout(req) / 1000, options.rcvTsval, rst)
  }
  if (skb.seq === req.rcvIsn && flags === TCP_FLAG.SYN && !paws) {
    repeatedSyn(sk, skb, req, fastOpen)
    return null
  }
  if ((flags & TCP_FLAG.ACK) !== 0 && !rst && !fastOpen && skb.ackSeq !== ((req.sntIsn + 1) | 0)) return sk
  if (paws || tsecr || !tcpInWindow(skb.seq, skb.endSeq, req.rcvNxt, (req.rcvNxt + synackWindow(req)) | 0)) {
    outOfWindow(sk, skb, req, paws, tsecr)
    return null
  }
  if (skb.seq === req.rcvIsn) flags &= ~TCP_FLAG.SYN
  if (rst && skb.seq !== req.rcvNxt) {
    tcpReqskSendChallengeAck(sk, skb, req)
    return null
  }
  if ((flags & (TCP_FLAG.RST | TCP_FLAG.SYN)) !== 0) {
    net.mib[MIB.TcpAttemptFails]!++
    return embryonicReset(sk, skb, req, fastOpen)
  }
  if ((flags & TCP_FLAG.ACK) === 0) return null
  if (fastOpen) return sk
  return openByAck(sk, skb, req, options)
}

/** Window that the SYN-ACK offered, unscaled. Linux: tcp_synack_window. */
const synackWindow = (req: RequestSock): number => Math.min(req.rcvWnd, 65535)

/** The final ACK: the child is made and queued, unless the accept queue is full or data is waited for. */
function openByAck(sk: TcpSock, skb: SkBuff, req: RequestSock, options: TcpOptionsReceived): TcpSock | null {
  const { net } = sk
  if (req.numTimeout < sk.settings.deferAccept && skb.endSeq === ((req.rcvIsn + 1) | 0)) {
    req.acked = true
    net.mib[MIB.TCPDeferAcceptDrop]!++
    return null
  }
  const child = tcpSynRecvSock(sk, skb, req)
  if (child === null) {
    if (net.sysctl.tcp_abort_on_overflow !== 0) return embryonicReset(sk, skb, req, false)
    req.acked = true
    return null
  }
  if (options.sawTstamp && ((skb.seq - req.rcvNxt) | 0) <= 0) child.tcb.tsRecent = options.rcvTsval
  tcpSynackRttMeas(child, req)
  inetCskReqskQueueDrop(sk, req)
  return inetCskReqskQueueAdd(sk, req, child) ? child : null
}
