import { dropPacket } from '../drop.js'
import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import { type SkBuff, TCP_FLAG } from '../skb.js'
import { SHUTDOWN, TCP } from '../sock.js'
import { ACK_FLAG } from './ack-state.js'
import { tcpAck } from './ack.js'
import { tcpSendChallengeAck } from './challenge-ack.js'
import { tcpCheckReq } from './check-req.js'
import { tcpShutdown } from './close.js'
import { tcpConnRequest } from './conn-request.js'
import { tcpInitTransfer } from './cwnd.js'
import { tcpDataQueue } from './data-queue.js'
import { tcpAckSndCheck } from './delayed-ack.js'
import { tcpDataSndCheck } from './established.js'
import { tcpFastopenActiveDisable } from './fast-open.js'
import { reqskFastopenRemove } from './fast-open-request.js'
import { tcpFastPathOn } from './fast-path.js'
import { tcpUpdateMetrics } from './metrics.js'
import { tcpDone, tcpFinTime } from './orphan.js'
import { tcpInitializeRcvMss } from './receive-window.js'
import { tcpUpdateRtoTime } from './recovery.js'
import type { RequestSock } from './request-sock.js'
import { tcpReset } from './reset-in.js'
import { tcpSynackRttMeas, tcpUpdatePacingRate } from './rtt.js'
import { tcpSetState } from './state.js'
import { tcpRcvSynsentStateProcess, tcpTryUndoSpuriousSyn } from './syn-sent.js'
import { TCP_CA, type TcpSock } from './tcp-sock.js'
import { tcpTimeWait } from './time-wait.js'
import { tcpTryUndoRecovery } from './undo.js'
import { TCP_MS } from './units.js'
import { tcpUrg } from './urgent.js'
import { tcpValidateIncoming } from './validate.js'
import { skStateChange } from './wake.js'
import { inetCskResetKeepaliveTimer, tcpRearmRto } from './xmit-timer.js'

/** A segment to a listener (RFC 9293 section 3.10.7.2): only SYNs count. @returns 1: answer with RST */
function inListen(sk: TcpSock, skb: SkBuff): number {
  const flags = skb.tcpFlags
  if (flags & TCP_FLAG.ACK) return 1
  if (flags & TCP_FLAG.RST) dropPacket(sk.net, skb, 'TCP_RESET')
  else if (!(flags & TCP_FLAG.SYN) || flags & TCP_FLAG.FIN) dropPacket(sk.net, skb, 'TCP_FLAGS')
  else return tcpConnRequest(sk, skb) < 0 ? 1 : 0
  return 0
}

/** The handshake of a Fast Open child ends: its request goes. Linux: tcp_rcv_synrecv_state_fastopen. */
function fastopenHandshakeEnds(sk: TcpSock, req: RequestSock): void {
  const { tcb } = sk
  if (tcb.caState === TCP_CA.LOSS && tcb.packetsOut === 0) tcpTryUndoRecovery(sk)
  tcpUpdateRtoTime(sk)
  tcb.retransStamp = 0
  tcb.retransmits = 0
  reqskFastopenRemove(sk, req, false)
  tcpRearmRto(sk)
}

/** The ACK of our SYN-ACK: SYN-RECEIVED becomes ESTABLISHED. */
function synRecvAcked(sk: TcpSock, skb: SkBuff, req: RequestSock | null): void {
  const { tcb } = sk
  tcb.delivered++
  if (tcb.srtt8 === 0) tcpSynackRttMeas(sk, req)
  if (tcb.tstampOk) tcb.advMss -= 12
  if (req !== null) fastopenHandshakeEnds(sk, req)
  else {
    tcpTryUndoSpuriousSyn(sk)
    tcb.retransStamp = 0
    tcpInitTransfer(sk)
    tcb.copiedSeq = tcb.rcvNxt
  }
  tcpSetState(sk, TCP.ESTABLISHED)
  skStateChange(sk)
  tcb.sndUna = skb.ackSeq
  tcb.sndWnd = skb.window << tcb.sndWscale
  tcb.sndWl1 = skb.seq
  tcpUpdatePacingRate(sk)
  tcb.lsndTime = sk.net.now
  tcpInitializeRcvMss(sk)
  tcpFastPathOn(sk)
  if (sk.shutdown & SHUTDOWN.SEND) tcpShutdown(sk, SHUTDOWN.SEND)
}

/** Whether a segment brings data that was not there before, in a state in which nobody reads. */
function hasNewData(sk: TcpSock, skb: SkBuff): boolean {
  return skb.endSeq !== skb.seq && after((skb.endSeq - (skb.tcpFlags & TCP_FLAG.FIN)) | 0, sk.tcb.rcvNxt)
}

/** What a state wants after the ACK was processed: go on, done, or answer with RST. */
const GO_ON = -1, DONE = 0, RESET = 1

/** Our FIN may be acknowledged: FIN-WAIT-2, without a socket when nobody holds it. */
function inFinWait1(sk: TcpSock, skb: SkBuff, req: RequestSock | null): number {
  const { net } = sk
  if (req !== null) fastopenHandshakeEnds(sk, req)
  if (sk.tcb.sndUna !== sk.tcb.writeSeq) return GO_ON
  tcpSetState(sk, TCP.FIN_WAIT2)
  sk.shutdown |= SHUTDOWN.SEND
  if (!sk.dead) {
    skStateChange(sk)
    return GO_ON
  }
  if (sk.settings.linger2 < 0 || hasNewData(sk, skb)) {
    if (sk.settings.linger2 >= 0 && sk.fastOpen.synFastopen && skb.tcpFlags & TCP_FLAG.FIN) tcpFastopenActiveDisable(sk)
    tcpDone(sk)
    net.mib[MIB.TCPAbortOnData]!++
    return RESET
  }
  const timeout = tcpFinTime(sk)
  if (timeout > TCP_MS.TIMEWAIT_LEN) inetCskResetKeepaliveTimer(sk, timeout - TCP_MS.TIMEWAIT_LEN)
  else if (skb.tcpFlags & TCP_FLAG.FIN) inetCskResetKeepaliveTimer(sk, timeout)
  else {
    tcpTimeWait(sk, TCP.FIN_WAIT2, timeout)
    return DONE
  }
  return GO_ON
}

/** "Fifth, check the ACK field": what it changes besides ESTABLISHED's processing. */
function afterAck(sk: TcpSock, skb: SkBuff, req: RequestSock | null): number {
  const { tcb } = sk
  switch (sk.state) {
    case TCP.SYN_RECV:
      synRecvAcked(sk, skb, req)
      break
    case TCP.FIN_WAIT1:
      return inFinWait1(sk, skb, req)
    case TCP.CLOSING:
      if (tcb.sndUna !== tcb.writeSeq) break
      tcpTimeWait(sk, TCP.TIME_WAIT, 0)
      return DONE
    case TCP.LAST_ACK:
      if (tcb.sndUna !== tcb.writeSeq) break
      tcpUpdateMetrics(sk)
      tcpDone(sk)
      return DONE
    default:
  }
  return GO_ON
}

/** "Seventh, process the segment text". @returns whether the segment was queued; -1: answer with RST */
function segmentText(sk: TcpSock, skb: SkBuff): number {
  switch (sk.state) {
    case TCP.CLOSE_WAIT:
    case TCP.CLOSING:
    case TCP.LAST_ACK:
      if (!before(skb.seq, sk.tcb.rcvNxt)) return 0
      break
    case TCP.FIN_WAIT1:
    case TCP.FIN_WAIT2:
    case TCP.ESTABLISHED:
      break
    default:
      return 0
  }
  // RFC 1122 section 4.2.2.13: data that nobody can read is answered with RST
  if (sk.state !== TCP.ESTABLISHED && sk.shutdown & SHUTDOWN.RCV && hasNewData(sk, skb)) {
    sk.net.mib[MIB.TCPAbortOnData]!++
    tcpReset(sk)
    return -1
  }
  tcpDataQueue(sk, skb)
  return 1
}

/**
 * A segment in any state but ESTABLISHED and TIME-WAIT (RFC 9293 section 3.10.7). Linux: tcp_rcv_state_process.
 *
 * @returns nonzero: answer with RST
 */
export function tcpRcvStateProcess(sk: TcpSock, skb: SkBuff): number {
  const { net } = sk
  skb.sacked = 0
  if (sk.state === TCP.CLOSE) {
    dropPacket(net, skb, 'TCP_CLOSE')
    return 0
  }
  if (sk.state === TCP.LISTEN) return inListen(sk, skb)
  sk.tcb.sawTstamp = false
  if (sk.state === TCP.SYN_SENT) {
    const result = tcpRcvSynsentStateProcess(sk, skb)
    if (result >= 0) return result
    tcpUrg(sk, skb)
    tcpDataSndCheck(sk)
    return 0
  }
  const req = sk.fastOpen.fastopenReq
  if (req !== null && tcpCheckReq(sk, skb, req, true) === null) {
    dropPacket(net, skb, 'TCP_FASTOPEN')
    return 0
  }
  if (!(skb.tcpFlags & (TCP_FLAG.ACK | TCP_FLAG.RST | TCP_FLAG.SYN))) {
    dropPacket(net, skb, 'TCP_FLAGS')
    return 0
  }
  if (!tcpValidateIncoming(sk, skb, false)) return 0
  const acked = tcpAck(sk, skb, ACK_FLAG.SLOWPATH | ACK_FLAG.UPDATE_TS_RECENT | ACK_FLAG.NO_CHALLENGE_ACK)
  if (acked <= 0) {
    if (sk.state === TCP.SYN_RECV) return 1
    if (acked < 0) {
      tcpSendChallengeAck(sk)
      dropPacket(net, skb, 'TCP_INVALID_ACK_SEQUENCE')
      return 0
    }
  }
  const next = afterAck(sk, skb, req)
  if (next !== GO_ON) return next
  tcpUrg(sk, skb)
  const queued = segmentText(sk, skb)
  if (queued < 0) return 1
  if (currentState(sk) !== TCP.CLOSE) {
    tcpDataSndCheck(sk)
    tcpAckSndCheck(sk)
  }
  if (queued === 0) dropPacket(net, skb, 'NOT_SPECIFIED')
  return 0
}

/** The state as it is now: processing changes it behind the compiler's back. */
const currentState = (sk: TcpSock): number => sk.state
