import { MIB } from '../mib.js'
import { TCP } from '../sock.js'
import { inetCskReqskQueueDrop } from './request-queue.js'
import type { RequestSock } from './request-sock.js'
import { tcpSendSynack } from './send-synack.js'
import { SYNACK } from './synack.js'
import type { TcpSock } from './tcp-sock.js'
import { TCP_MS } from './units.js'

/** Sends the SYN-ACK once more. @returns 0 or -errno. Linux: inet_rtx_syn_ack, tcp_rtx_synack */
export function inetRtxSynAck(parent: TcpSock, req: RequestSock): number {
  const error = tcpSendSynack(parent, req, SYNACK.NORMAL)
  if (error !== 0) return error
  parent.net.mib[MIB.TcpRetransSegs]!++
  parent.net.mib[MIB.TCPSynRetrans]!++
  const child = req.sk ?? parent
  if (child.fastOpen.fastopenReq === req) child.ownRecovery().totalRetrans++
  req.numRetrans++
  return 0
}

/** How long until the next timeout: doubled each time, at most the largest RTO. Linux: reqsk_timeout. */
export function reqskTimeout(req: RequestSock): number {
  return Math.min(req.timeoutMs * 2 ** req.numTimeout, TCP_MS.RTO_MAX)
}

/**
 * How often the SYN-ACK may be sent: tcp_synack_retries or TCP_SYNCNT, fewer for old requests when the queue is half full,
 * so that half of its room is left to young ones. Linux: reqsk_timer_handler
 */
function maxRetries(sk: TcpSock): number {
  const queue = sk.acceptQueue!
  let retries = sk.settings.synRetries !== 0 ? sk.settings.synRetries : sk.net.sysctl.tcp_synack_retries
  if (queue.qlen * 2 <= Math.max(8, sk.maxAckBacklog)) return retries
  let young = queue.young * 2
  while (retries > 2 && queue.qlen >= young) {
    retries--
    young *= 2
  }
  return retries
}

/** A request's SYN-ACK was not answered: it is sent again, or the request is given up. Linux: reqsk_timer_handler, syn_ack_recalc. */
export function reqskTimerHandler(req: RequestSock): void {
  const sk = req.listener
  const { net } = sk
  if (sk.state !== TCP.LISTEN) {
    inetCskReqskQueueDrop(sk, req)
    return
  }
  const queue = sk.acceptQueue!
  const retries = maxRetries(sk)
  let expire = req.numTimeout >= retries
  let resend = true
  if (sk.settings.deferAccept !== 0) {
    // an ACK came: wait for data, and send again only at the end of the time that was asked for
    expire = expire && (!req.acked || req.numTimeout >= sk.settings.deferAccept)
    resend = !req.acked || req.numTimeout >= sk.settings.deferAccept - 1
  }
  net.mib[MIB.TCPTimeouts]!++
  if (!expire && (!resend || inetRtxSynAck(sk, req) === 0 || req.acked)) {
    if (req.numTimeout++ === 0) queue.young--
    net.timers.arm(req.timer, net.now + reqskTimeout(req) * 1000)
    return
  }
  inetCskReqskQueueDrop(sk, req)
}
