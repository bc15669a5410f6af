import { ECONNRESET } from '../../abi/errno.js'
import { ANY4, ANY6 } from '../address.js'
import { TCP } from '../sock.js'
import { tcpSetCaState } from './congestion-ops.js'
import { tcpCleanupCongestionControl } from './congestion.js'
import { tcpFastopenActiveDisableOfoCheck } from './fast-open.js'
import { reqskFastopenRemove } from './fast-open-request.js'
import { tcpSendActiveReset } from './fin-out.js'
import { inetCskDestroySock } from './orphan.js'
import { NO_FAST_OPEN, NO_OUT_OF_ORDER, NO_RECOVERY } from './rare-state.js'
import type { RequestSock } from './request-sock.js'
import { tcpWriteQueuePurge } from './send-queue.js'
import { BIND_LOCK, tcpSetState } from './state.js'
import { TCP_CA, type TcpSock } from './tcp-sock.js'
import { TCP_INIT_CWND, TCP_MS } from './units.js'
import { tcpClearXmitTimers } from './xmit-timer.js'

/** States in which an abort sends RST. RFC 9293 section 3.10.5. Linux: tcp_need_reset. */
const needsReset = (state: number): boolean =>
  state === TCP.ESTABLISHED || state === TCP.CLOSE_WAIT || state === TCP.FIN_WAIT1 || state === TCP.FIN_WAIT2 || state === TCP.SYN_RECV

/**
 * Aborts, and makes the socket as new: connect to AF_UNSPEC, SO_LINGER of 0 seconds. A bound port and the user's settings
 * stay. Linux: tcp_disconnect. @returns 0
 */
export function tcpDisconnect(sk: TcpSock): number {
  const old = sk.state
  sk.ownTcb()
  if (old !== TCP.CLOSE) tcpSetState(sk, TCP.CLOSE)
  if (old === TCP.LISTEN) inetCskListenStop(sk)
  else if (needsReset(old) || (sk.tcb.sndNxt !== sk.tcb.writeSeq && (old === TCP.CLOSING || old === TCP.LAST_ACK))) {
    tcpSendActiveReset(sk)
    sk.error = ECONNRESET
  } else if (old === TCP.SYN_SENT) sk.error = ECONNRESET
  tcpClearXmitTimers(sk)
  while (sk.tcb.receiveQueue.shift() !== null);
  sk.rmemAlloc = 0
  sk.tcb.copiedSeq = sk.tcb.rcvNxt
  sk.tcb.urgData = 0
  tcpWriteQueuePurge(sk)
  tcpFastopenActiveDisableOfoCheck(sk)
  sk.remotePort = 0
  const any = sk.family === 4 ? ANY4 : ANY6
  sk.remote = any
  if ((sk.bindLock & BIND_LOCK.ADDRESS) === 0) sk.local = sk.boundAddress = any
  sk.shutdown = 0
  resetConnection(sk)
  if (sk.fastOpen.fastopenReq !== null) reqskFastopenRemove(sk, sk.fastOpen.fastopenReq, false)
  if (sk.fastOpen !== NO_FAST_OPEN) {
    const state = sk.ownFastOpen()
    state.request = null
    state.deferConnect = state.synDataAcked = false
    state.clientFail = 0
  }
  return 0
}

/** Everything that belongs to one connection goes back to its beginning. */
function resetConnection(sk: TcpSock): void {
  const tcb = sk.ownTcb()
  sk.finReceived = false
  tcb.srtt8 = 0
  tcb.mdev4 = TCP_MS.RTO_INIT * 1000
  tcb.rcvRttLastTsecr = 0
  tcb.writeSeq = (tcb.writeSeq + tcb.maxWindow + 2) | 0
  if (tcb.writeSeq === 0) tcb.writeSeq = 1
  tcb.backoff = tcb.probesOut = tcb.probesTstamp = 0
  tcb.rtoMs = TCP_MS.RTO_INIT
  const rtoMinMs = Math.ceil(sk.net.sysctl.tcp_rto_min_us / 1000)
  if (sk.settings.rtoMinMs !== rtoMinMs) sk.ownSettings().rtoMinMs = rtoMinMs
  tcb.sndSsthresh = 0x7fffffff
  tcb.sndCwnd = TCP_INIT_CWND
  tcb.sndCwndCnt = 0
  tcb.isCwndLimited = false
  tcb.maxPacketsOut = tcb.windowClamp = tcb.delivered = 0
  tcpCleanupCongestionControl(sk)
  tcpSetCaState(sk, TCP_CA.OPEN)
  sk.recovery = NO_RECOVERY
  sk.outOfOrder = NO_OUT_OF_ORDER
  tcb.retransStamp = tcb.retransmits = 0
  tcb.ackPending = tcb.ackAtoMs = tcb.quickAcks = tcb.pingpong = 0
  tcb.rcvMss = 88
  tcb.tstampOk = tcb.sackOk = tcb.wscaleOk = tcb.sawTstamp = false
  tcb.sndWscale = tcb.rcvWscale = tcb.tsRecent = tcb.tsRecentStamp = tcb.mssClamp = 0
  if (sk.settings.userMss !== 0) sk.ownSettings().userMss = 0
  sk.route = null
  sk.savedSyn = null
  tcb.segsIn = tcb.segsOut = tcb.bytesSent = tcb.bytesAcked = tcb.bytesReceived = 0
  tcb.dataSegsIn = tcb.dataSegsOut = tcb.lastOowAckTime = 0
  tcb.appLimited = 0x7fffffff
  tcb.rateAppLimited = true
  tcb.rackMstamp = 0
  tcb.rackAdvanced = false
}

/**
 * A listener closes: connections that nobody accepted are reset. Requests stay in the established hash until their timer
 * or a segment finds that nobody listens. Linux: inet_csk_listen_stop
 */
export function inetCskListenStop(sk: TcpSock): void {
  const queue = sk.acceptQueue
  if (queue === null) return
  for (let req = queue.shift(); req !== null; req = queue.shift()) {
    const child = req.sk
    if (child === null) continue
    inetChildForget(child, req)
    sk.net.flush() // its reset reaches a peer on loopback before the next one's is sent
  }
  sk.ackBacklog = 0
  if (sk.fastOpenQueue !== null) sk.fastOpenQueue.resets.length = 0
}

/** Resets and frees a connection that waited for accept. Linux: inet_child_forget. */
export function inetChildForget(child: TcpSock, req: RequestSock): void {
  tcpDisconnect(child)
  child.dead = true
  child.net.tcp.orphans++
  if (req.tfoListener) child.ownFastOpen().fastopenReq = null
  inetCskDestroySock(child)
}
