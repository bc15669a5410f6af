import { ECONNRESET } from '../../abi/errno.js'
import { ANY4, ANY6 } from '../address.js'
import { TCP } from '../sock.js'
import { tcpSetCaState } from './congestion-ops.js'
import { tcpCleanupCongestionControl } from './congestion.js'
import { tcpFastopenActiveDisableOfoCheck } from './fast-open.js'
import { reqskFastopenRemove } from './fast-open-request.js'
import { tcpSendActiveReset } from './fin-out.js'
import { inetCskDestroySock } from './orphan.js'
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
  if (old !== TCP.CLOSE) tcpSetState(sk, TCP.CLOSE)
  if (old === TCP.LISTEN) inetCskListenStop(sk)
  else if (needsReset(old) || (sk.sndNxt !== sk.writeSeq && (old === TCP.CLOSING || old === TCP.LAST_ACK))) {
    tcpSendActiveReset(sk)
    sk.error = ECONNRESET
  } else if (old === TCP.SYN_SENT) sk.error = ECONNRESET
  tcpClearXmitTimers(sk)
  while (sk.receiveQueue.shift() !== null);
  sk.rmemAlloc = 0
  sk.copiedSeq = sk.rcvNxt
  sk.urgData = 0
  tcpWriteQueuePurge(sk)
  tcpFastopenActiveDisableOfoCheck(sk)
  sk.outOfOrder = null
  sk.remotePort = 0
  const any = sk.family === 4 ? ANY4 : ANY6
  sk.remote = any
  if ((sk.bindLock & BIND_LOCK.ADDRESS) === 0) sk.local = sk.boundAddress = any
  sk.shutdown = 0
  resetConnection(sk)
  if (sk.fastopenReq !== null) reqskFastopenRemove(sk, sk.fastopenReq, false)
  sk.fastOpen = null
  sk.deferConnect = false
  sk.fastopenClientFail = 0
  return 0
}

/** Everything that belongs to one connection goes back to its beginning. */
function resetConnection(sk: TcpSock): void {
  sk.finReceived = false
  sk.srtt8 = 0
  sk.mdev4 = TCP_MS.RTO_INIT * 1000
  sk.rcvRttLastTsecr = 0
  sk.writeSeq = (sk.writeSeq + sk.maxWindow + 2) | 0
  if (sk.writeSeq === 0) sk.writeSeq = 1
  sk.backoff = sk.probesOut = sk.probesTstamp = 0
  sk.rtoMs = TCP_MS.RTO_INIT
  sk.rtoMinMs = Math.ceil(sk.net.sysctl.tcp_rto_min_us / 1000)
  sk.sndSsthresh = 0x7fffffff
  sk.sndCwnd = TCP_INIT_CWND
  sk.sndCwndCnt = 0
  sk.isCwndLimited = false
  sk.maxPacketsOut = sk.windowClamp = sk.delivered = sk.deliveredCe = 0
  tcpCleanupCongestionControl(sk)
  tcpSetCaState(sk, TCP_CA.OPEN)
  sk.retransOut = sk.lostOut = sk.sackedOut = sk.totalRetrans = sk.totalRto = sk.totalRtoRecoveries = sk.totalRtoTimeMs = sk.rtoStamp = 0
  sk.undoMarker = 0
  sk.undoRetrans = -1
  sk.retransStamp = sk.retransmits = 0
  sk.ackPending = sk.ackAtoMs = sk.quickAcks = sk.pingpong = 0
  sk.rcvMss = 88
  sk.tstampOk = sk.sackOk = sk.wscaleOk = sk.sawTstamp = sk.dsackPending = false
  sk.sndWscale = sk.rcvWscale = sk.tsRecent = sk.tsRecentStamp = 0
  sk.userMss = sk.mssClamp = 0
  sk.route = null
  sk.savedSyn = null
  sk.compressedAck = sk.segsIn = sk.segsOut = sk.bytesSent = sk.bytesAcked = sk.bytesReceived = sk.bytesRetrans = 0
  sk.dataSegsIn = sk.dataSegsOut = sk.dsackDups = sk.reordSeen = sk.tlpHighSeq = sk.lastOowAckTime = 0
  sk.duplicateSack = null
  sk.selectiveAcks = []
  sk.appLimited = 0xffffffff
  sk.rateAppLimited = true
  sk.rackMstamp = sk.rackLastDelivered = sk.rackReoWndPersist = 0
  sk.rackAdvanced = sk.rackDsackSeen = sk.synDataAcked = false
  sk.rackReoWndSteps = 1
  sk.rcvOooPack = 0
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
  if (req.tfoListener) child.fastopenReq = null
  inetCskDestroySock(child)
}
