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
  sk.undoMarker = sk.sndUna
  sk.undoRetrans = sk.retransOut
  if (sk.tlpHighSeq !== 0 && sk.tlpRetrans) sk.undoRetrans++
  if (sk.undoRetrans === 0) sk.undoRetrans = -1
}

/** Forgets retransmissions: a connection starts anew. Linux: tcp_clear_retrans. */
export function tcpClearRetrans(sk: TcpSock): void {
  sk.retransOut = 0
  sk.lostOut = 0
  sk.undoMarker = 0
  sk.undoRetrans = -1
  sk.sackedOut = 0
}

/** After a timeout everything counts as lost but what was sent a moment ago; a SACKed head means that SACKs do not hold. Linux: tcp_timeout_mark_lost. */
function timeoutMarkLost(sk: TcpSock): void {
  const head = sk.rtxQueue.head
  const reneging = head !== null && (head.sacked & SACKED.ACKED) !== 0
  if (reneging) {
    sk.net.mib[MIB.TCPSACKReneging]!++
    sk.sackedOut = 0
    sk.isSackReneg = true
  } else if (!sk.sackOk) sk.sackedOut = 0
  for (let skb = head; skb !== null; skb = skb.next) {
    if (reneging) skb.sacked &= ~SACKED.ACKED
    else if (skb !== head && tcpRackSkbTimeout(sk, skb, 0) > 0) continue
    if ((skb.sacked & (SACKED.LOST | SACKED.RETRANS)) === SACKED.RETRANS) {
      // its mark was undone while the retransmission was out: that one is lost too (Linux counts it twice here: "retrans_out leaked")
      skb.sacked &= ~SACKED.RETRANS
      sk.retransOut -= tcpSkbPcount(skb)
    }
    tcpMarkSkbLost(sk, skb)
  }
  tcpClearRetransHints(sk)
}

/** The retransmission timer fired: one segment, slow start, and a look whether it was spurious (F-RTO, RFC 5682 section 3.1 step 1). Linux: tcp_enter_loss. */
export function tcpEnterLoss(sk: TcpSock): void {
  const { sysctl } = sk.net
  const newRecovery = sk.caState < TCP_CA.RECOVERY
  timeoutMarkLost(sk)
  if (sk.caState <= TCP_CA.DISORDER || !after(sk.highSeq, sk.sndUna) || (sk.caState === TCP_CA.LOSS && sk.retransmits === 0)) {
    sk.priorSsthresh = tcpCurrentSsthresh(sk)
    sk.priorCwnd = sk.sndCwnd
    sk.sndSsthresh = sk.ca.ssthresh(sk)
    tcpCaEvent(sk, CA_EVENT.LOSS)
    initUndo(sk)
  }
  sk.sndCwnd = tcpPacketsInFlight(sk) + 1
  sk.sndCwndCnt = 0
  sk.sndCwndStamp = sk.net.now
  if (sk.caState <= TCP_CA.DISORDER && sk.sackedOut >= sysctl.tcp_reordering) sk.reordering = Math.min(sk.reordering, sysctl.tcp_reordering)
  tcpSetCaState(sk, TCP_CA.LOSS)
  sk.highSeq = sk.sndNxt
  sk.tlpHighSeq = 0
  tcpEcnQueueCwr(sk)
  sk.frto = sysctl.tcp_frto !== 0 && (newRecovery || sk.retransmits !== 0) && sk.mtupProbeSize === 0
}

/** An ACK up to SACKed data: gives the receiver a moment to say what it means (RFC 2018 section 8). Linux: tcp_check_sack_reneging. */
function checkSackReneging(sk: TcpSock, state: AckState): boolean {
  const both = ACK_FLAG.SACK_RENEGING | ACK_FLAG.SND_UNA_ADVANCED
  if ((state.flag & both) !== both) return false
  inetCskResetXmitTimer(sk, TCP_TIMER.RETRANS, Math.max(usecsToJiffies(sk.srtt8 >>> 4), 10))
  state.flag &= ~ACK_FLAG.SET_XMIT_TIMER
  return true
}

/** Nothing is lost: OPEN or DISORDER, or CWR on ECE. Linux: tcp_try_to_open. */
function tryToOpen(sk: TcpSock, flag: number): void {
  tcpRetransStampCleanup(sk)
  if (flag & ACK_FLAG.ECE) tcpEnterCwr(sk)
  if (sk.caState !== TCP_CA.CWR) tcpTryKeepOpen(sk)
}

/** Sends again what is marked lost though no congestion lost it. Linux: tcp_non_congestion_loss_retransmit. */
export function tcpNonCongestionLossRetransmit(sk: TcpSock): void {
  if (sk.caState !== TCP_CA.LOSS) {
    sk.highSeq = sk.sndNxt
    sk.sndSsthresh = tcpCurrentSsthresh(sk)
    sk.priorSsthresh = 0
    sk.undoMarker = 0
    tcpSetCaState(sk, TCP_CA.LOSS)
  }
  tcpXmitRetransmitQueue(sk)
}

/** The path's MTU shrank: what is larger than a segment now is sent again. Linux: tcp_simple_retransmit. */
export function tcpSimpleRetransmit(sk: TcpSock): void {
  const mss = sk.synData && sk.state === TCP.SYN_SENT ? -1 : tcpCurrentMss(sk)
  for (let skb = sk.rtxQueue.head; skb !== null; skb = skb.next) {
    const length = tcpSkbPcount(skb) === 1 ? skb.end - skb.start : skb.gsoSize
    if (length > mss) tcpMarkSkbLost(sk, skb)
  }
  sk.lostSkbHint = null
  if (sk.lostOut === 0) return
  if (!sk.sackOk) tcpLimitRenoSacked(sk)
  tcpNonCongestionLossRetransmit(sk)
}

/** Fast recovery begins (RFC 5681 section 3.2, RFC 6675). @param ece by an ACK with ECE: cannot be undone. Linux: tcp_enter_recovery */
export function tcpEnterRecovery(sk: TcpSock, ece: boolean): void {
  tcpRetransStampCleanup(sk)
  sk.net.mib[sk.sackOk ? MIB.TCPSackRecovery : MIB.TCPRenoRecovery]!++
  sk.priorSsthresh = 0
  initUndo(sk)
  if (!tcpInCwndReduction(sk)) {
    if (!ece) sk.priorSsthresh = tcpCurrentSsthresh(sk)
    tcpInitCwndReduction(sk)
  }
  tcpSetCaState(sk, TCP_CA.RECOVERY)
}

/** An ACK after a timeout: F-RTO's steps 2 and 3 (RFC 5682 section 3.1, with SACK), the end of the recovery, or more to send again. Linux: tcp_process_loss. */
function processLoss(sk: TcpSock, duplicates: number, state: AckState): void {
  const { flag } = state
  const recovered = !before(sk.sndUna, sk.highSeq)
  if ((flag & ACK_FLAG.SND_UNA_ADVANCED || sk.fastopenReq !== null) && tcpTryUndoLoss(sk, false)) return
  if (sk.frto) {
    if (flag & ACK_FLAG.ORIG_SACK_ACKED && tcpTryUndoLoss(sk, true)) return
    if (after(sk.sndNxt, sk.highSeq)) {
      if (flag & ACK_FLAG.DATA_SACKED || duplicates !== 0) sk.frto = false
    } else if (flag & ACK_FLAG.SND_UNA_ADVANCED && !recovered) {
      sk.highSeq = sk.sndNxt
      if (sk.writeQueue.head !== null && after(tcpWndEnd(sk), sk.sndNxt)) {
        state.rexmit = REXMIT.NEW
        return
      }
      sk.frto = false
    }
  }
  if (recovered) {
    tcpTryUndoRecovery(sk)
    return
  }
  if (!sk.sackOk) {
    if (after(sk.sndNxt, sk.highSeq) && duplicates !== 0) tcpAddRenoSack(sk, duplicates, (flag & ACK_FLAG.ECE) !== 0)
    else if (flag & ACK_FLAG.SND_UNA_ADVANCED) sk.sackedOut = 0
  }
  state.rexmit = REXMIT.LOST
}

/** Time that the connection spent after timeouts, for TCP_INFO. Linux: tcp_update_rto_time. */
export function tcpUpdateRtoTime(sk: TcpSock): void {
  if (sk.rtoStamp === 0) return
  sk.totalRtoTimeMs += Math.floor(sk.net.now / 1000) - Math.floor(sk.rtoStamp / 1000)
  sk.rtoStamp = 0
}

/** Finds losses by RACK, or by NewReno's rule without SACK. Linux: tcp_identify_packet_loss. */
function identifyPacketLoss(sk: TcpSock, state: AckState): void {
  if (sk.rtxQueue.head === null) return
  if (!sk.sackOk) {
    tcpNewrenoMarkLost(sk, (state.flag & ACK_FLAG.SND_UNA_ADVANCED) !== 0)
    return
  }
  const prior = sk.retransOut
  if (tcpRackMarkLost(sk)) state.flag &= ~ACK_FLAG.SET_XMIT_TIMER
  if (prior > sk.retransOut) state.flag |= ACK_FLAG.LOST_RETRANS
}

/** The state as it is now: processing changes it behind the compiler's back. */
const stateOf = (sk: TcpSock): number => sk.caState

/** Everything that was out when the state began is acknowledged. @returns true: nothing more to do */
function leaveState(sk: TcpSock): boolean {
  if (sk.caState === TCP_CA.CWR) {
    if (sk.sndUna !== sk.highSeq) {
      tcpEndCwndReduction(sk)
      tcpSetCaState(sk, TCP_CA.OPEN)
    }
  } else if (sk.caState === TCP_CA.RECOVERY) {
    if (!sk.sackOk) sk.sackedOut = 0
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
  const flag = state.flag, ece = (flag & ACK_FLAG.ECE) !== 0
  if (sk.packetsOut === 0 && sk.sackedOut !== 0) sk.sackedOut = 0
  if (ece) sk.priorSsthresh = 0
  if (checkSackReneging(sk, state)) return
  if (sk.caState === TCP_CA.OPEN) sk.retransStamp = 0
  else if (!before(sk.sndUna, sk.highSeq) && leaveState(sk)) return
  switch (sk.caState) {
    case TCP_CA.RECOVERY:
      if (inRecovery(sk, priorSndUna, duplicates, state)) return
      break
    case TCP_CA.LOSS:
      processLoss(sk, duplicates, state)
      if (sk.caState !== TCP_CA.LOSS) tcpUpdateRtoTime(sk)
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
    if (!sk.sackOk) tcpAddRenoSack(sk, duplicates, ece)
  } else if (tcpTryUndoPartial(sk, priorSndUna)) return true
  if (tcpTryUndoDsack(sk)) tryToOpen(sk, flag)
  identifyPacketLoss(sk, state)
  if (sk.caState === TCP_CA.RECOVERY) return false
  if (sk.lostOut === 0) return true
  tcpEnterRecovery(sk, ece)
  return false
}

/** OPEN, DISORDER, CWR, and LOSS that was undone or lost its retransmissions. @returns true: nothing is sent again */
function outsideRecovery(sk: TcpSock, duplicates: number, flag: number, state: AckState): boolean {
  const ece = (flag & ACK_FLAG.ECE) !== 0
  if (!sk.sackOk) {
    if (flag & ACK_FLAG.SND_UNA_ADVANCED) sk.sackedOut = 0
    tcpAddRenoSack(sk, duplicates, ece)
  }
  if (sk.caState <= TCP_CA.DISORDER) tcpTryUndoDsack(sk)
  identifyPacketLoss(sk, state)
  if (sk.lostOut === 0) {
    tryToOpen(sk, flag)
    return true
  }
  if (sk.caState < TCP_CA.CWR && sk.mtupProbeSize !== 0 && sk.sndUna === sk.mtupProbeSeqStart) {
    tcpMtupProbeFailed(sk)
    sk.sndCwnd++
    tcpSimpleRetransmit(sk)
    return true
  }
  tcpEnterRecovery(sk, ece)
  return false
}
