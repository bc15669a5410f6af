import { MIB } from '../mib.js'
import { before } from '../seq.js'
import { SACKED, type SkBuff } from '../skb.js'
import { TCP } from '../sock.js'
import { tcpSetCaState } from './congestion-ops.js'
import { tcpEcnWithdrawCwr } from './ecn.js'
import { tcpCheckSackReordering, tcpClearRetransHints } from './loss.js'
import { tcpTimeStamp } from './paws.js'
import { TCP_RACK_RECOVERY_THRESH } from './rack.js'
import { TCP_CA, type TcpSock } from './tcp-sock.js'
import { tcpLeftOut } from './units.js'

/** The echoed timestamp is older than `us`. Linux: tcp_tsopt_ecr_before. */
function echoBefore(sk: TcpSock, us: number): boolean {
  const { tcb } = sk
  return tcb.sawTstamp && tcb.rcvTsecr !== 0 && before(tcb.rcvTsecr, tcpTimeStamp(us))
}

/** A packet was sent again although its first transmission arrived, as the echoed timestamp shows. Linux: tcp_skb_spurious_retrans. */
export const tcpSkbSpuriousRetrans = (sk: TcpSock, skb: SkBuff): boolean => (skb.sacked & SACKED.RETRANS_ALL) !== 0 && echoBefore(sk, skb.sentAt)

/** What is acknowledged was merely late: the echo is older than the first retransmission (Eifel, RFC 3522), or there was none. Linux: tcp_packet_delayed. */
function packetDelayed(sk: TcpSock): boolean {
  const { tcb } = sk
  if (tcb.retransStamp !== 0) return echoBefore(sk, tcb.retransStamp)
  if (!tcb.sackOk && !before(tcb.sndUna, sk.recovery.highSeq)) return false
  return sk.state !== TCP.SYN_SENT
}

/** Something in the queue was sent again. Linux: tcp_any_retrans_done. */
export function tcpAnyRetransDone(sk: TcpSock): boolean {
  if (sk.recovery.retransOut !== 0) return true
  const head = sk.tcb.rtxQueue.head
  return head !== null && (head.sacked & SACKED.EVER_RETRANS) !== 0
}

/** No retransmission is out: the next one starts the clock of timeouts and undoing anew. Linux: tcp_retrans_stamp_cleanup. */
export function tcpRetransStampCleanup(sk: TcpSock): void {
  if (!tcpAnyRetransDone(sk)) sk.tcb.retransStamp = 0
}

/** Takes the last reduction of the window back. @param unmark nothing counts as lost any more. Linux: tcp_undo_cwnd_reduction */
export function tcpUndoCwndReduction(sk: TcpSock, unmark: boolean): void {
  const { tcb } = sk
  if (unmark) {
    for (let skb = tcb.rtxQueue.head; skb !== null; skb = skb.next) skb.sacked &= ~SACKED.LOST
    sk.ownRecovery().lostOut = 0
    tcpClearRetransHints(sk)
  }
  if (sk.recovery.priorSsthresh !== 0) {
    tcb.sndCwnd = Math.min(sk.ca.undoCwnd(sk), tcb.sndCwndClamp)
    if (sk.recovery.priorSsthresh > tcb.sndSsthresh) {
      tcb.sndSsthresh = sk.recovery.priorSsthresh
      tcpEcnWithdrawCwr(sk)
    }
  }
  tcb.sndCwndStamp = sk.net.now
  if (sk.recovery.undoMarker !== 0) sk.ownRecovery().undoMarker = 0
  tcb.rackAdvanced = true
}

const mayUndo = (sk: TcpSock): boolean => sk.recovery.undoMarker !== 0 && (sk.recovery.undoRetrans === 0 || packetDelayed(sk))

/**
 * Without SACK the state lasts until something beyond it is acknowledged, against false fast retransmits (RFC 6582 section 6).
 * Linux: tcp_is_non_sack_preventing_reopen.
 */
function preventsReopen(sk: TcpSock): boolean {
  if (sk.tcb.sndUna !== sk.recovery.highSeq || sk.tcb.sackOk) return false
  tcpRetransStampCleanup(sk)
  return true
}

/**
 * Everything of the recovery is acknowledged: back to OPEN, with the old window where nothing was lost.
 *
 * @returns true: it lasts. Linux: tcp_try_undo_recovery
 */
export function tcpTryUndoRecovery(sk: TcpSock): boolean {
  if (mayUndo(sk)) {
    tcpUndoCwndReduction(sk, false)
    sk.net.mib[sk.tcb.caState === TCP_CA.LOSS ? MIB.TCPLossUndo : MIB.TCPFullUndo]!++
  } else if (sk.recovery.rackReoWndPersist !== 0) sk.ownRecovery().rackReoWndPersist--
  if (preventsReopen(sk)) return true
  tcpSetCaState(sk, TCP_CA.OPEN)
  if (sk.recovery.isSackReneg) sk.ownRecovery().isSackReneg = false
  return false
}

/** All retransmissions were DSACKed: none was needed. Linux: tcp_try_undo_dsack. */
export function tcpTryUndoDsack(sk: TcpSock): boolean {
  if (sk.recovery.undoMarker === 0 || sk.recovery.undoRetrans !== 0) return false
  sk.ownRecovery().rackReoWndPersist = Math.min(TCP_RACK_RECOVERY_THRESH, sk.recovery.rackReoWndPersist + 1)
  tcpUndoCwndReduction(sk, false)
  sk.net.mib[MIB.TCPDSACKUndo]!++
  return true
}

/** The timeout was spurious, by timestamp or by F-RTO (RFC 5682). Linux: tcp_try_undo_loss. */
export function tcpTryUndoLoss(sk: TcpSock, byFrto: boolean): boolean {
  if (!byFrto && !mayUndo(sk)) return false
  tcpUndoCwndReduction(sk, true)
  sk.net.mib[MIB.TCPLossUndo]!++
  if (byFrto) sk.net.mib[MIB.TCPSpuriousRTOs]!++
  sk.tcb.retransmits = 0
  if (preventsReopen(sk)) return true
  if (byFrto || sk.tcb.sackOk) {
    tcpSetCaState(sk, TCP_CA.OPEN)
    sk.ownRecovery().isSackReneg = false
  }
  return true
}

/** OPEN, or DISORDER while something is SACKed, lost or was sent again. Linux: tcp_try_keep_open. */
export function tcpTryKeepOpen(sk: TcpSock): void {
  const state = tcpLeftOut(sk) !== 0 || tcpAnyRetransDone(sk) ? TCP_CA.DISORDER : TCP_CA.OPEN
  if (sk.tcb.caState === state) return
  tcpSetCaState(sk, state)
  sk.ownRecovery().highSeq = sk.tcb.sndNxt
}

/**
 * A partial ACK in recovery was of a packet that came late, not of a retransmission: undoes when no retransmission is out.
 * Linux: tcp_try_undo_partial.
 *
 * @returns true: nothing more is marked or sent again now
 */
export function tcpTryUndoPartial(sk: TcpSock, priorSndUna: number): boolean {
  if (sk.recovery.undoMarker === 0 || !packetDelayed(sk)) return false
  tcpCheckSackReordering(sk, priorSndUna, true)
  if (sk.recovery.retransOut !== 0) return true
  tcpRetransStampCleanup(sk)
  tcpUndoCwndReduction(sk, true)
  sk.net.mib[MIB.TCPPartialUndo]!++
  tcpTryKeepOpen(sk)
  return false
}
