import { MIB } from '../mib.js'
import { before } from '../seq.js'
import { SACKED, type SkBuff } from '../skb.js'
import { type TcpSock } from './tcp-sock.js'

/** Sequence number behind the highest SACKed data; the acknowledged one without SACKs. Linux: tcp_highest_sack_seq. */
export function tcpHighestSackSeq(sk: TcpSock): number {
  const { tcb } = sk
  if (sk.recovery.sackedOut === 0) return tcb.sndUna
  return tcb.highestSack === null ? tcb.sndNxt : tcb.highestSack.seq
}

/** Segments that a packet of the retransmission queue stands for. Linux: tcp_skb_pcount. */
export const tcpSkbPcount = (skb: SkBuff): number => skb.gsoSegs || 1

/** The packet to retransmit next may be this one, marked lost just now. Linux: tcp_verify_retransmit_hint. */
function verifyRetransmitHint(sk: TcpSock, skb: SkBuff): void {
  const hint = sk.recovery.retransmitSkbHint
  if (hint === null ? sk.recovery.retransOut >= sk.recovery.lostOut : before(skb.seq, hint.seq)) sk.ownRecovery().retransmitSkbHint = skb
}

/** Marks a packet lost, or lost again after its retransmission. Linux: tcp_mark_skb_lost. */
export function tcpMarkSkbLost(sk: TcpSock, skb: SkBuff): void {
  if (skb.sacked & SACKED.ACKED) return
  const count = tcpSkbPcount(skb)
  verifyRetransmitHint(sk, skb)
  const recovery = sk.ownRecovery()
  if (!(skb.sacked & SACKED.LOST)) {
    recovery.lostOut += count
    skb.sacked |= SACKED.LOST
    recovery.lost += count
  } else if (skb.sacked & SACKED.RETRANS) {
    skb.sacked &= ~SACKED.RETRANS
    recovery.retransOut -= count
    sk.net.mib[MIB.TCPLostRetransmit]! += count
    recovery.lost += count
  }
}

/** Forgets where retransmission goes on. Linux: tcp_clear_all_retrans_hints. */
export function tcpClearRetransHints(sk: TcpSock): void {
  if (sk.recovery.lostSkbHint === null && sk.recovery.retransmitSkbHint === null) return
  const recovery = sk.ownRecovery()
  recovery.lostSkbHint = null
  recovery.retransmitSkbHint = null
}

/** Counts delivered segments, those with ECE apart. Linux: tcp_count_delivered. */
export function tcpCountDelivered(sk: TcpSock, segments: number, ece: boolean): void {
  sk.tcb.delivered += segments
  if (ece) sk.ownRecovery().deliveredCe += segments
}

/**
 * A later packet was delivered before an earlier one that was sent once: the distance is how far packets may be reordered.
 * Linux: tcp_check_sack_reordering.
 */
export function tcpCheckSackReordering(sk: TcpSock, lowSeq: number, byTimestamp: boolean): void {
  const { tcb } = sk
  const fack = tcpHighestSackSeq(sk), mss = tcb.mssCache
  if (!before(lowSeq, fack)) return
  const distance = (fack - lowSeq) >>> 0
  if (mss !== 0 && distance > tcb.reordering * mss) tcb.reordering = Math.min(Math.ceil(distance / mss), sk.net.sysctl.tcp_max_reordering)
  sk.ownRecovery().reordSeen++
  sk.net.mib[byTimestamp ? MIB.TCPTSReorder : MIB.TCPSACKReorder]!++
}
