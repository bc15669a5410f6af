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
  return sk.sawTstamp && sk.rcvTsecr !== 0 && before(sk.rcvTsecr, tcpTimeStamp(us))
}

/** A packet was sent again although its first transmission arrived, as the echoed timestamp shows. Linux: tcp_skb_spurious_retrans. */
export const tcpSkbSpuriousRetrans = (sk: TcpSock, skb: SkBuff): boolean => (skb.sacked & SACKED.RETRANS_ALL) !== 0 && echoBefore(sk, skb.sentAt)

/** What is acknowledged was merely late: the echo is older than the first retransmission (Eifel, RFC 3522), or there was none. Linux: tcp_packet_delayed. */
function packetDelayed(sk: TcpSock): boolean {
  if (sk.retransStamp !== 0) return echoBefore(sk, sk.retransStamp)
  if (!sk.sackOk && !before(sk.sndUna, sk.highSeq)) return false
  return sk.state !== TCP.SYN_SENT
}

/** Something in the queue was sent again. Linux: tcp_any_retrans_done. */
export function tcpAnyRetransDone(sk: TcpSock): boolean {
  if (sk.retransOut !== 0) return true
  const head = sk.rtxQueue.head
  return head !== null && (head.sacked & SACKED.EVER_RETRANS) !== 0
}

/** No retransmission is out: the next one starts the clock of timeouts and undoing anew. Linux: tcp_retrans_stamp_cleanup. */
export function tcpRetransStampCleanup(sk: TcpSock): void {
  if (!tcpAnyRetransDone(sk)) sk.retransStamp = 0
}

/** Takes the last reduction of the window back. @param unmark nothing counts as lost any more. Linux: tcp_undo_cwnd_reduction */
export function tcpUndoCwndReduction(sk: TcpSock, unmark: boolean): void {
  if (unmark) {
    for (let skb = sk.rtxQueue.head; skb !== null; skb = skb.next) skb.sacked &= ~SACKED.LOST
    sk.lostOut = 0
    tcpClearRetransHints(sk)
  }
  if (sk.priorSsthresh !== 0) {
    sk.sndCwnd = Math.min(sk.ca.undoCwnd(sk), sk.sndCwndClamp)
    if (sk.priorSsthresh > sk.sndSsthresh) {
      sk.sndSsthresh = sk.priorSsthresh
      tcpEcnWithdrawCwr(sk)
    }
  }
  sk.sndCwndStamp = sk.net.now
  sk.undoMarker = 0
  sk.rackAdvanced = true
}

const mayUndo = (sk: TcpSock): boolean => sk.undoMarker !== 0 && (sk.undoRetrans === 0 || packetDelayed(sk))

/** Without SACK the state lasts until something beyond it is acknowledged, against false fast retransmits (RFC 6582 section 6). Linux: tcp_is_non_sack_preventing_reopen. */
function preventsReopen(sk: TcpSock): boolean {
  if (sk.sndUna !== sk.highSeq || sk.sackOk) return false
  tcpRetransStampCleanup(sk)
  return true
}

/** Everything of the recovery is acknowledged: back to OPEN, with the old window where nothing was lost. @returns true: it lasts. Linux: tcp_try_undo_recovery */
export function tcpTryUndoRecovery(sk: TcpSock): boolean {
  if (mayUndo(sk)) {
    tcpUndoCwndReduction(sk, false)
    sk.net.mib[sk.caState === TCP_CA.LOSS ? MIB.TCPLossUndo : MIB.TCPFullUndo]!++
  } else if (sk.rackReoWndPersist !== 0) sk.rackReoWndPersist--
  if (preventsReopen(sk)) return true
  tcpSetCaState(sk, TCP_CA.OPEN)
  sk.isSackReneg = false
  return false
}

/** All retransmissions were DSACKed: none was needed. Linux: tcp_try_undo_dsack. */
export function tcpTryUndoDsack(sk: TcpSock): boolean {
  if (sk.undoMarker === 0 || sk.undoRetrans !== 0) return false
  sk.rackReoWndPersist = Math.min(TCP_RACK_RECOVERY_THRESH, sk.rackReoWndPersist + 1)
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
  sk.retransmits = 0
  if (preventsReopen(sk)) return true
  if (byFrto || sk.sackOk) {
    tcpSetCaState(sk, TCP_CA.OPEN)
    sk.isSackReneg = false
  }
  return true
}

/** OPEN, or DISORDER while something is SACKed, lost or was sent again. Linux: tcp_try_keep_open. */
export function tcpTryKeepOpen(sk: TcpSock): void {
  const state = tcpLeftOut(sk) !== 0 || tcpAnyRetransDone(sk) ? TCP_CA.DISORDER : TCP_CA.OPEN
  if (sk.caState === state) return
  tcpSetCaState(sk, state)
  sk.highSeq = sk.sndNxt
}

/**
 * A partial ACK in recovery was of a packet that came late, not of a retransmission: undoes when no retransmission is out.
 * Linux: tcp_try_undo_partial.
 *
 * @returns true: nothing more is marked or sent again now
 */
export function tcpTryUndoPartial(sk: TcpSock, priorSndUna: number): boolean {
  if (sk.undoMarker === 0 || !packetDelayed(sk)) return false
  tcpCheckSackReordering(sk, priorSndUna, true)
  if (sk.retransOut !== 0) return true
  tcpRetransStampCleanup(sk)
  tcpUndoCwndReduction(sk, true)
  sk.net.mib[MIB.TCPPartialUndo]!++
  tcpTryKeepOpen(sk)
  return false
}
