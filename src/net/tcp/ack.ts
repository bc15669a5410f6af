import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import type { SkBuff } from '../skb.js'
import { TCP_FLAG } from '../skb.js'
import { TCP } from '../sock.js'
import { ACK_FLAG, AckState, REXMIT } from './ack-state.js'
import { tcpSendChallengeAck } from './challenge-ack.js'
import { tcpCleanRtxQueue } from './clean-rtx.js'
import { tcpSetCaState } from './congestion-ops.js'
import { tcpSlowStartAfterIdleCheck } from './cwnd.js'
import { tcpCwndReduction, tcpEndCwndReduction, tcpInCwndReduction, tcpInitCwndReduction } from './cwnd-reduction.js'
import { tcpEcnAcceptCwr, tcpEcnRcvEcnEcho } from './ecn.js'
import { tcpFastPathCheck } from './fast-path.js'
import { tcpCountDelivered, tcpHighestSackSeq } from './loss.js'
import { tcpCurrentMss, tcpSyncMss } from './mss.js'
import { tcpReplaceTsRecent } from './paws.js'
import { tcpClampProbe0ToUserTimeout } from './probe.js'
import { tcpRackUpdateReoWnd } from './rack.js'
import { tcpRateGen } from './rate.js'
import { tcpFastretransAlert } from './recovery.js'
import { tcpXmitRetransmitQueue } from './retransmit.js'
import { tcpUpdatePacingRate } from './rtt.js'
import { tcpSacktagWriteQueue } from './sack.js'
import { NAGLE, TCP_CA, TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { tcpScheduleLossProbe } from './tlp-schedule.js'
import { tcpTryKeepOpen } from './undo.js'
import { tcpPacketsInFlight, tcpWndEnd } from './units.js'
import { __tcpPushPendingFrames } from './write.js'
import { inetCskClearXmitTimer, tcpProbe0When, tcpRearmRto, tcpResetXmitTimer } from './xmit-timer.js'

/** Results of tcpAck: it was processed, it was old, it is far too old (a challenge ACK asks), or acknowledges what was never sent (challenged too). */
export const ACK_RESULT = { PROCESSED: 1, OLD: 0, TOO_OLD: -1, UNSENT_DATA: -2 } as const

/** Scratch of tcpAck, which does not nest: packets that it sends come back by a queue. */
const state = /* @__PURE__ */ new AckState()

/** The segment may change the send window (RFC 9293 section 3.10.7.4, ESTABLISHED; RFC 1122 section 4.2.2.20). Linux: tcp_may_update_window. */
export function tcpMayUpdateWindow(sk: TcpSock, ack: number, seq: number, window: number): boolean {
  const { tcb } = sk
  return after(ack, tcb.sndUna) || after(seq, tcb.sndWl1) || (seq === tcb.sndWl1 && window > tcb.sndWnd)
}

/** Linux: tcp_snd_una_update. */
function sndUnaUpdate(sk: TcpSock, ack: number): void {
  const { tcb } = sk
  tcb.bytesAcked += (ack - tcb.sndUna) >>> 0
  tcb.sndUna = ack
}

/** Takes the window of a segment over. @returns WIN_UPDATE or 0. Linux: tcp_ack_update_window */
function ackUpdateWindow(sk: TcpSock, skb: SkBuff, ack: number, seq: number): number {
  const { tcb } = sk
  const window = skb.tcpFlags & TCP_FLAG.SYN ? skb.window : skb.window << tcb.sndWscale
  let flag = 0
  if (tcpMayUpdateWindow(sk, ack, seq, window)) {
    flag = ACK_FLAG.WIN_UPDATE
    tcb.sndWl1 = seq
    if (tcb.sndWnd !== window) {
      tcb.sndWnd = window
      tcb.predFlags = 0
      tcpFastPathCheck(sk)
      if (tcb.writeQueue.head !== null) tcpSlowStartAfterIdleCheck(sk)
      if (window > tcb.maxWindow) {
        tcb.maxWindow = window
        tcpSyncMss(sk, tcb.pmtuCookie)
      }
    }
  }
  sndUnaUpdate(sk, ack)
  return flag
}

/** An ACK while a tail loss probe is out: whether it repaired a loss, which halves the window (RFC 8985 section 7.4.2). Linux: tcp_process_tlp_ack. */
function processTlpAck(sk: TcpSock, ack: number, flag: number): void {
  if (before(ack, sk.recovery.tlpHighSeq)) return
  if (!sk.recovery.tlpRetrans || flag & ACK_FLAG.DSACK_TLP) sk.ownRecovery().tlpHighSeq = 0
  else if (after(ack, sk.recovery.tlpHighSeq)) {
    tcpInitCwndReduction(sk)
    tcpSetCaState(sk, TCP_CA.CWR)
    tcpEndCwndReduction(sk)
    tcpTryKeepOpen(sk)
    sk.net.mib[MIB.TCPLossProbeRecovery]!++
  } else if (!(flag & (ACK_FLAG.SND_UNA_ADVANCED | ACK_FLAG.NOT_DUP | ACK_FLAG.DATA_SACKED))) sk.ownRecovery().tlpHighSeq = 0
}

/** A window probe was answered: it opened, or the next probe waits longer. Linux: tcp_ack_probe. */
function ackProbe(sk: TcpSock): void {
  const { tcb } = sk
  const head = tcb.writeQueue.head
  if (head === null) return
  if (after(head.endSeq, tcpWndEnd(sk))) {
    tcpResetXmitTimer(sk, TCP_TIMER.PROBE0, tcpClampProbe0ToUserTimeout(sk, tcpProbe0When(sk, sk.settings.rtoMaxMs)), true)
    return
  }
  tcb.backoff = 0
  tcb.probesTstamp = 0
  inetCskClearXmitTimer(sk, TCP_TIMER.PROBE0)
}

/** Counts what this ACK delivered. Linux: tcp_newly_delivered. */
function newlyDelivered(sk: TcpSock, prior: number, flag: number): number {
  const delivered = sk.tcb.delivered - prior, { mib } = sk.net
  mib[MIB.TCPDelivered]! += delivered
  if (flag & ACK_FLAG.ECE) mib[MIB.TCPDeliveredCE]! += delivered
  return delivered
}

/** Window reduction or growth by what was delivered. Linux: tcp_cong_control. */
function congControl(sk: TcpSock, ack: number, delivered: number, lost: number, flag: number): void {
  if (tcpInCwndReduction(sk)) tcpCwndReduction(sk, delivered, lost, flag)
  else if (flag & (sk.tcb.reordering > sk.net.sysctl.tcp_reordering ? ACK_FLAG.FORWARD_PROGRESS : ACK_FLAG.DATA_ACKED)) {
    sk.ca.congAvoid(sk, ack, delivered)
    sk.tcb.sndCwndStamp = sk.net.now
  }
  tcpUpdatePacingRate(sk)
}

/** Sends new data that F-RTO wants, or again what is lost. Linux: tcp_xmit_recovery. */
function xmitRecovery(sk: TcpSock, rexmit: number): void {
  if (rexmit === REXMIT.NONE || sk.state === TCP.SYN_SENT) return
  if (rexmit === REXMIT.NEW) {
    __tcpPushPendingFrames(sk, tcpCurrentMss(sk), NAGLE.OFF)
    if (after(sk.tcb.sndNxt, sk.recovery.highSeq)) return
    sk.ownRecovery().frto = false
  }
  tcpXmitRetransmitQueue(sk)
}

/** An ACK below sndUna: its SACKs may still tell something. */
function oldAck(sk: TcpSock, skb: SkBuff, ack: number, priorSndUna: number, prior: number): number {
  if (before(ack, (priorSndUna - Math.min(sk.tcb.maxWindow, sk.tcb.bytesAcked)) | 0)) {
    if (!(state.flag & ACK_FLAG.NO_CHALLENGE_ACK)) tcpSendChallengeAck(sk)
    return ACK_RESULT.TOO_OLD
  }
  if (state.flag & ACK_FLAG.UPDATE_TS_RECENT) tcpReplaceTsRecent(sk, skb.seq)
  if (skb.sacked !== 0) {
    tcpSacktagWriteQueue(sk, skb, priorSndUna, state)
    tcpFastretransAlert(sk, priorSndUna, 0, state)
    newlyDelivered(sk, prior, state.flag)
    xmitRecovery(sk, state.rexmit)
  }
  return ACK_RESULT.OLD
}

/** Window, SACKs and ECE of a segment. */
function takeFields(sk: TcpSock, skb: SkBuff, ack: number, priorSndUna: number): void {
  const { mib } = sk.net, seq = skb.seq
  if ((state.flag & (ACK_FLAG.SLOWPATH | ACK_FLAG.SND_UNA_ADVANCED)) === ACK_FLAG.SND_UNA_ADVANCED) {
    sk.tcb.sndWl1 = seq
    sndUnaUpdate(sk, ack)
    state.flag |= ACK_FLAG.WIN_UPDATE
    mib[MIB.TCPHPAcks]!++
    return
  }
  if (seq !== skb.endSeq) state.flag |= ACK_FLAG.DATA
  else mib[MIB.TCPPureAcks]!++
  state.flag |= ackUpdateWindow(sk, skb, ack, seq)
  if (skb.sacked !== 0) tcpSacktagWriteQueue(sk, skb, priorSndUna, state)
  if (tcpEcnRcvEcnEcho(sk, skb.tcpFlags)) state.flag |= ACK_FLAG.ECE
  if (state.sackDelivered !== 0) tcpCountDelivered(sk, state.sackDelivered, (state.flag & ACK_FLAG.ECE) !== 0)
}

/** Nothing was in flight: a window probe's answer, or a late DSACK. */
function noQueue(sk: TcpSock, ack: number, priorSndUna: number, prior: number): void {
  if (state.flag & ACK_FLAG.DSACKING_ACK) {
    tcpFastretransAlert(sk, priorSndUna, 0, state)
    newlyDelivered(sk, prior, state.flag)
  }
  ackProbe(sk)
  if (sk.recovery.tlpHighSeq !== 0) processTlpAck(sk, ack, state.flag)
}

/** Calls the recovery state machine where the ACK is not just the next one. */
function alertIfDubious(sk: TcpSock, skb: SkBuff, priorSndUna: number): void {
  const { flag } = state
  if (flag & ACK_FLAG.NOT_DUP && !(flag & ACK_FLAG.CA_ALERT) && sk.tcb.caState === TCP_CA.OPEN) return
  let duplicates = 0
  if (!(flag & (ACK_FLAG.SND_UNA_ADVANCED | ACK_FLAG.NOT_DUP | ACK_FLAG.DSACKING_ACK))) {
    duplicates = flag & ACK_FLAG.DATA ? 1 : Math.max(1, skb.gsoSegs)
  }
  tcpFastretransAlert(sk, priorSndUna, duplicates, state)
}

/**
 * The ACK field of a segment: window, SACKs, what is acknowledged, recovery, congestion control (RFC 9293 section 3.10.7.4,
 * "fifth, check the ACK field"; RFC 5961 section 5). Linux: tcp_ack.
 *
 * @param flag of {@link ACK_FLAG}: what the caller knows
 * @returns of {@link ACK_RESULT}
 */
export function tcpAck(sk: TcpSock, skb: SkBuff, flag: number): number {
  const { tcb } = sk
  const priorSndUna = tcb.sndUna, ack = skb.ackSeq
  const priorPackets = tcb.packetsOut, prior = tcb.delivered, lost = sk.recovery.lost, reneging = sk.recovery.isSackReneg
  state.reset(flag)
  if (before(ack, priorSndUna)) return oldAck(sk, skb, ack, priorSndUna, prior)
  if (after(ack, tcb.sndNxt)) {
    if (!(flag & ACK_FLAG.NO_CHALLENGE_ACK)) tcpSendChallengeAck(sk)
    return ACK_RESULT.UNSENT_DATA
  }
  if (after(ack, priorSndUna)) {
    state.flag |= ACK_FLAG.SND_UNA_ADVANCED
    tcb.retransmits = 0
  }
  const priorFack = tcb.sackOk ? tcpHighestSackSeq(sk) : tcb.sndUna
  state.priorInFlight = tcpPacketsInFlight(sk)
  if (flag & ACK_FLAG.UPDATE_TS_RECENT) tcpReplaceTsRecent(sk, skb.seq)
  takeFields(sk, skb, ack, priorSndUna)
  tcpEcnAcceptCwr(sk, skb)
  sk.softError = 0
  tcb.probesOut = 0
  tcb.rcvTstamp = sk.net.now
  if (priorPackets === 0) {
    noQueue(sk, ack, priorSndUna, prior)
    return ACK_RESULT.PROCESSED
  }
  tcpCleanRtxQueue(sk, priorFack, priorSndUna, state, (state.flag & ACK_FLAG.ECE) !== 0)
  tcpRackUpdateReoWnd(sk, state)
  if (sk.recovery.tlpHighSeq !== 0) processTlpAck(sk, ack, state.flag)
  alertIfDubious(sk, skb, priorSndUna)
  if (state.flag & ACK_FLAG.SET_XMIT_TIMER && !tcpScheduleLossProbe(sk, true)) tcpRearmRto(sk)
  const delivered = newlyDelivered(sk, prior, state.flag)
  state.isAckDelayed = (state.flag & ACK_FLAG.MAYBE_DELAYED) !== 0
  tcpRateGen(sk, delivered, sk.recovery.lost - lost, reneging, state)
  congControl(sk, ack, delivered, state.losses, state.flag)
  xmitRecovery(sk, state.rexmit)
  return ACK_RESULT.PROCESSED
}
