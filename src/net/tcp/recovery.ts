import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import { SACKED } from '../skb.js'
import { TCP } from '../sock.js'
import { ACK_FLAG, type AckState, REXMIT } from './ack-state.js'
import { CA_EVENT, tcpCaEvent, tcpCurrentSsthresh, tcpSetCaState } from './congestion-ops.js'
import { tcpEndCwndReduction, tcpEnterCwr, tcpInCwndReduction, tcpInitCwndReduction } from './cwnd-reduction.js'
import { tcpEcnQueueCwr } from './ecn.js'
import { tcpClearRetransHints, tcpMarkSkbLost, tcpSkbPcount } from './loss.js'
import { tcpMtupProbeFailed } from './mtu-probe-result.js'
import { tcpCurrentMss } from './mss.js'
import { tcpNewrenoMarkLost, tcpRackMarkLost, tcpRackSkbTimeout } from './rack.js'
import { NO_RECOVERY } from './rare-state.js'
import { tcpAddRenoSack, tcpLimitRenoSacked } from './reno-sack.js'
import { tcpXmitRetransmitQueue } from './retransmit.js'
import { TCP_CA, TCP_TIMER, type TcpSock } from './tcp-sock.js'
import {
  tcpRetransStampCleanup, tcpTryKeepOpen, tcpTryUndoDsack, tcpTryUndoLoss, tcpTryUndoPartial, tcpTryUndoRecovery,
} from './undo.js'
import { tcpPacketsInFlight, tcpWndEnd, usecsToJiffies } from './units.js'
import { inetCskResetXmitTimer } from './xmit-timer.js'

/** Remembers what may be undone: retransmissions that are out may be DSACKed later. Linux: tcp_init_undo. */
function initUndo(sk: TcpSock): void {
  const recovery = sk.ownRecovery()
  recovery.undoMarker = sk.tcb.sndUna
  recovery.undoRetrans = recovery.retransOut
  if (recovery.tlpHighSeq !== 0 && recovery.tlpRetrans) recovery.undoRetrans++
  if (recovery.undoRetrans === 0) recovery.undoRetrans = -1
}

/** Forgets retransmissions: a connection starts anew. Linux: tcp_clear_retrans. */
export function tcpClearRetrans(sk: TcpSock): void {
  if (sk.recovery === NO_RECOVERY) return
  const recovery = sk.ownRecovery()
  recovery.retransOut = 0
  recovery.lostOut = 0
  recovery.undoMarker = 0
  recovery.undoRetrans = -1
  recovery.sackedOut = 0
}

/** After a timeout everything counts as lost but what was sent a moment ago; a SACKed head means that SACKs do not hold. Linux: tcp_timeout_mark_lost. */
function timeoutMarkLost(sk: TcpSock): void {
  const head = sk.tcb.rtxQueue.head, recovery = sk.ownRecovery()
  const reneging = head !== null && (head.sacked & SACKED.ACKED) !== 0
  if (reneging) {
    sk.net.mib[MIB.TCPSACKReneging]!++
    recovery.sackedOut = 0
    recovery.isSackReneg = true
  } else if (!sk.tcb.sackOk) recovery.sackedOut = 0
  for (let skb = head; skb !== null; skb = skb.next) {
    if (reneging) skb.sacked &= ~SACKED.ACKED
    else if (skb !== head && tcpRackSkbTimeout(sk, skb, 0) > 0) continue
    if ((skb.sacked & (SACKED.LOST | SACKED.RETRANS)) === SACKED.RETRANS) {
      // its mark was undone while the retransmission was out: that one is lost too (Linux counts it twice here: "retrans_out leaked")
      skb.sacked &= ~SACKED.RETRANS
      recovery.retransOut -= tcpSkbPcount(skb)
    }
    tcpMarkSkbLost(sk, skb)
  }
  tcpClearRetransHints(sk)
}

/** The retransmission timer fired: one segment, slow start, and a look whether it was spurious (F-RTO, RFC 5682 section 3.1 step 1). Linux: tcp_enter_loss. */
export function tcpEnterLoss(sk: TcpSock): void {
  const { tcb } = sk
  const { sysctl } = sk.net
  const newRecovery = tcb.caState < TCP_CA.RECOVERY, recovery = sk.ownRecovery()
  timeoutMarkLost(sk)
  if (tcb.caState <= TCP_CA.DISORDER || !after(recovery.highSeq, tcb.sndUna) || (tcb.caState === TCP_CA.LOSS && tcb.retransmits === 0)) {
    recovery.priorSsthresh = tcpCurrentSsthresh(sk)
    recovery.priorCwnd = tcb.sndCwnd
    tcb.sndSsthresh = sk.ca.ssthresh(sk)
    tcpCaEvent(sk, CA_EVENT.LOSS)
    initUndo(sk)
  }
  tcb.sndCwnd = tcpPacketsInFlight(sk) + 1
  tcb.sndCwndCnt = 0
  tcb.sndCwndStamp = sk.net.now
  if (tcb.caState <= TCP_CA.DISORDER && recovery.sackedOut >= sysctl.tcp_reordering) tcb.reordering = Math.min(tcb.reordering, sysctl.tcp_reordering)
  tcpSetCaState(sk, TCP_CA.LOSS)
  recovery.highSeq = tcb.sndNxt
  recovery.tlpHighSeq = 0
  tcpEcnQueueCwr(sk)
  recovery.frto = sysctl.tcp_frto !== 0 && (newRecovery || tcb.retransmits !== 0) && sk.mtuProbe.size === 0
}

/** An ACK up to SACKed data: gives the receiver a moment to say what it means (RFC 2018 section 8). Linux: tcp_check_sack_reneging. */
function checkSackReneging(sk: TcpSock, state: AckState): boolean {
  const both = ACK_FLAG.SACK_RENEGING | ACK_FLAG.SND_UNA_ADVANCED
  if ((state.flag & both) !== both) return false
  inetCskResetXmitTimer(sk, TCP_TIMER.RETRANS, Math.max(usecsToJiffies(sk.tcb.srtt8 >>> 4), 10))
  state.flag &= ~ACK_FLAG.SET_XMIT_TIMER
  return true
}

/** Nothing is lost: OPEN or DISORDER, or CWR on ECE. Linux: tcp_try_to_open. */
function tryToOpen(sk: TcpSock, flag: number): void {
  tcpRetransStampCleanup(sk)
  if (flag & ACK_FLAG.ECE) tcpEnterCwr(sk)
  if (sk.tcb.caState !== TCP_CA.CWR) tcpTryKeepOpen(sk)
}

/** Sends again what is marked lost though no congestion lost it. Linux: tcp_non_congestion_loss_retransmit. */
export function tcpNonCongestionLossRetransmit(sk: TcpSock): void {
  const { tcb } = sk
  if (tcb.caState !== TCP_CA.LOSS) {
    const recovery = sk.ownRecovery()
    recovery.highSeq = tcb.sndNxt
    tcb.sndSsthresh = tcpCurrentSsthresh(sk)
    recovery.priorSsthresh = 0
    recovery.undoMarker = 0
    tcpSetCaState(sk, TCP_CA.LOSS)
  }
  tcpXmitRetransmitQueue(sk)
}

/** The path's MTU shrank: what is larger than a segment now is sent again. Linux: tcp_simple_retransmit. */
export function tcpSimpleRetransmit(sk: TcpSock): void {
  const mss = sk.fastOpen.synData && sk.state === TCP.SYN_SENT ? -1 : tcpCurrentMss(sk)
  for (let skb = sk.tcb.rtxQueue.head; skb !== null; skb = skb.next) {
    const length = tcpSkbPcount(skb) === 1 ? skb.end - skb.start : skb.gsoSize
    if (length > mss) tcpMarkSkbLost(sk, skb)
  }
  if (sk.recovery.lostSkbHint !== null) sk.ownRecovery().lostSkbHint = null
  if (sk.recovery.lostOut === 0) return
  if (!sk.tcb.sackOk) tcpLimitRenoSacked(sk)
  tcpNonCongestionLossRetransmit(sk)
}

/** Fast recovery begins (RFC 5681 section 3.2, RFC 6675). @param ece by an ACK with ECE: cannot be undone. Linux: tcp_enter_recovery */
export function tcpEnterRecovery(sk: TcpSock, ece: boolean): void {
  tcpRetransStampCleanup(sk)
  sk.net.mib[sk.tcb.sackOk ? MIB.TCPSackRecovery : MIB.TCPRenoRecovery]!++
  const recovery = sk.ownRecovery()
  recovery.priorSsthresh = 0
  initUndo(sk)
  if (!tcpInCwndReduction(sk)) {
    if (!ece) recovery.priorSsthresh = tcpCurrentSsthresh(sk)
    tcpInitCwndReduction(sk)
  }
  tcpSetCaState(sk, TCP_CA.RECOVERY)
}

/** An ACK after a timeout: F-RTO's steps 2 and 3 (RFC 5682 section 3.1, with SACK), the end of the recovery, or more to send again. Linux: tcp_process_loss. */
function processLoss(sk: TcpSock, duplicates: number, state: AckState): void {
  const { tcb } = sk
  const { flag } = state, recovery = sk.ownRecovery()
  const recovered = !before(tcb.sndUna, recovery.highSeq)
  if ((flag & ACK_FLAG.SND_UNA_ADVANCED || sk.fastOpen.fastopenReq !== null) && tcpTryUndoLoss(sk, false)) return
  if (recovery.frto) {
    if (flag & ACK_FLAG.ORIG_SACK_ACKED && tcpTryUndoLoss(sk, true)) return
    if (after(tcb.sndNxt, recovery.highSeq)) {
      if (flag & ACK_FLAG.DATA_SACKED || duplicates !== 0) recovery.frto = false
    } else if (flag & ACK_FLAG.SND_UNA_ADVANCED && !recovered) {
      recovery.highSeq = tcb.sndNxt
      if (tcb.writeQueue.head !== null && after(tcpWndEnd(sk), tcb.sndNxt)) {
        state.rexmit = REXMIT.NEW
        return
      }
      recovery.frto = false
    }
  }
  if (recovered) {
    tcpTryUndoRecovery(sk)
    return
  }
  if (!tcb.sackOk) {
    if (after(tcb.sndNxt, recovery.highSeq) && duplicates !== 0) tcpAddRenoSack(sk, duplicates, (flag & ACK_FLAG.ECE) !== 0)
    else if (flag & ACK_FLAG.SND_UNA_ADVANCED) recovery.sackedOut = 0
  }
  state.rexmit = REXMIT.LOST
}

/** Time that the connection spent after timeouts, for TCP_INFO. Linux: tcp_update_rto_time. */
export function tcpUpdateRtoTime(sk: TcpSock): void {
  if (sk.recovery.rtoStamp === 0) return
  const recovery = sk.ownRecovery()
  recovery.totalRtoTimeMs += Math.floor(sk.net.now / 1000) - Math.floor(recovery.rtoStamp / 1000)
  recovery.rtoStamp = 0
}

/** Finds losses by RACK, or by NewReno's rule without SACK. Linux: tcp_identify_packet_loss. */
function identifyPacketLoss(sk: TcpSock, state: AckState): void {
  if (sk.tcb.rtxQueue.head === null) return
  if (!sk.tcb.sackOk) {
    tcpNewrenoMarkLost(sk, (state.flag & ACK_FLAG.SND_UNA_ADVANCED) !== 0)
    return
  }
  const prior = sk.recovery.retransOut
  if (tcpRackMarkLost(sk)) state.flag &= ~ACK_FLAG.SET_XMIT_TIMER
  if (prior > sk.recovery.retransOut) state.flag |= ACK_FLAG.LOST_RETRANS
}

/** The state as it is now: processing changes it behind the compiler's back. */
const stateOf = (sk: TcpSock): number => sk.tcb.caState

/** Everything that was out when the state began is acknowledged. @returns true: nothing more to do */
function leaveState(sk: TcpSock): boolean {
  const { tcb } = sk
  if (tcb.caState === TCP_CA.CWR) {
    if (tcb.sndUna !== sk.recovery.highSeq) {
      tcpEndCwndReduction(sk)
      tcpSetCaState(sk, TCP_CA.OPEN)
    }
  } else if (tcb.caState === TCP_CA.RECOVERY) {
    if (!tcb.sackOk) sk.ownRecovery().sackedOut = 0
    if (tcpTryUndoRecovery(sk)) return true
    tcpEndCwndReduction(sk)
  }
  return false
}

/**
 * An ACK that is not just the next one: SACK, duplicate, ECE, or in a state other than OPEN. Moves between OPEN, DISORDER,
 * CWR, RECOVERY and LOSS and marks what is lost; what to send is decided later. Linux: tcp_fastretrans_alert.
 *
 * @param duplicates duplicate ACKs that it stands for
 */
export function tcpFastretransAlert(sk: TcpSock, priorSndUna: number, duplicates: number, state: AckState): void {
  const { tcb } = sk
  const flag = state.flag, ece = (flag & ACK_FLAG.ECE) !== 0
  if (tcb.packetsOut === 0 && sk.recovery.sackedOut !== 0) sk.ownRecovery().sackedOut = 0
  if (ece && sk.recovery.priorSsthresh !== 0) sk.ownRecovery().priorSsthresh = 0
  if (checkSackReneging(sk, state)) return
  if (tcb.caState === TCP_CA.OPEN) tcb.retransStamp = 0
  else if (!before(tcb.sndUna, sk.recovery.highSeq) && leaveState(sk)) return
  switch (tcb.caState) {
    case TCP_CA.RECOVERY:
      if (inRecovery(sk, priorSndUna, duplicates, state)) return
      break
    case TCP_CA.LOSS:
      processLoss(sk, duplicates, state)
      if (tcb.caState !== TCP_CA.LOSS) tcpUpdateRtoTime(sk)
      identifyPacketLoss(sk, state)
      if (stateOf(sk) !== TCP_CA.OPEN && !(state.flag & ACK_FLAG.LOST_RETRANS)) return
      if (outsideRecovery(sk, duplicates, flag, state)) return
      break
    default:
      if (outsideRecovery(sk, duplicates, flag, state)) return
  }
  state.rexmit = REXMIT.LOST
}

/** @returns true: nothing is sent again */
function inRecovery(sk: TcpSock, priorSndUna: number, duplicates: number, state: AckState): boolean {
  const { flag } = state, ece = (flag & ACK_FLAG.ECE) !== 0
  if (!(flag & ACK_FLAG.SND_UNA_ADVANCED)) {
    if (!sk.tcb.sackOk) tcpAddRenoSack(sk, duplicates, ece)
  } else if (tcpTryUndoPartial(sk, priorSndUna)) return true
  if (tcpTryUndoDsack(sk)) tryToOpen(sk, flag)
  identifyPacketLoss(sk, state)
  if (sk.tcb.caState === TCP_CA.RECOVERY) return false
  if (sk.recovery.lostOut === 0) return true
  tcpEnterRecovery(sk, ece)
  return false
}

/** OPEN, DISORDER, CWR, and LOSS that was undone or lost its retransmissions. @returns true: nothing is sent again */
function outsideRecovery(sk: TcpSock, duplicates: number, flag: number, state: AckState): boolean {
  const { tcb } = sk
  const ece = (flag & ACK_FLAG.ECE) !== 0
  if (!tcb.sackOk) {
    if (flag & ACK_FLAG.SND_UNA_ADVANCED && sk.recovery.sackedOut !== 0) sk.ownRecovery().sackedOut = 0
    tcpAddRenoSack(sk, duplicates, ece)
  }
  if (tcb.caState <= TCP_CA.DISORDER) tcpTryUndoDsack(sk)
  identifyPacketLoss(sk, state)
  if (sk.recovery.lostOut === 0) {
    tryToOpen(sk, flag)
    return true
  }
  if (tcb.caState < TCP_CA.CWR && sk.mtuProbe.size !== 0 && tcb.sndUna === sk.mtuProbe.seqStart) {
    tcpMtupProbeFailed(sk)
    tcb.sndCwnd++
    tcpSimpleRetransmit(sk)
    return true
  }
  tcpEnterRecovery(sk, ece)
  return false
}
