import { MIB } from '../mib.js'
import { before } from '../seq.js'
import { SACKED, type SkBuff } from '../skb.js'
import { type TcpSock } from './tcp-sock.js'

/** Sequence number behind the highest SACKed data; the acknowledged one without SACKs. Linux: tcp_highest_sack_seq. */
export function tcpHighestSackSeq(sk: TcpSock): number {
  if (sk.sackedOut === 0) return sk.sndUna
  return sk.highestSack === null ? sk.sndNxt : sk.highestSack.seq
}

/** Segments that a packet of the retransmission queue stands for. Linux: tcp_skb_pcount. */
export const tcpSkbPcount = (skb: SkBuff): number => skb.gsoSegs || 1

/** The packet to retransmit next may be this one, marked lost just now. Linux: tcp_verify_retransmit_hint. */
function verifyRetransmitHint(sk: TcpSock, skb: SkBuff): void {
  const hint = sk.retransmitSkbHint
  if (hint === null ? sk.retransOut >= sk.lostOut : before(skb.seq, hint.seq)) sk.retransmitSkbHint = skb
}

/** Marks a packet lost, or lost again after its retransmission. Linux: tcp_mark_skb_lost. */
export function tcpMarkSkbLost(sk: TcpSock, skb: SkBuff): void {
  if (skb.sacked & SACKED.ACKED) return
  const count = tcpSkbPcount(skb)
  verifyRetransmitHint(sk, skb)
  if (!(skb.sacked & SACKED.LOST)) {
    sk.lostOut += count
    skb.sacked |= SACKED.LOST
    sk.lost += count
  } else if (skb.sacked & SACKED.RETRANS) {
    skb.sacked &= ~SACKED.RETRANS
    sk.retransOut -= count
    sk.net.mib[MIB.TCPLostRetransmit]! += count
    sk.lost += count
  }
}

/** Forgets where retransmission goes on. Linux: tcp_clear_all_retrans_hints. */
export function tcpClearRetransHints(sk: TcpSock): void {
  sk.lostSkbHint = null
  sk.retransmitSkbHint = null
}

/** Counts delivered segments, those with ECE apart. Linux: tcp_count_delivered. */
export function tcpCountDelivered(sk: TcpSock, segments: number, ece: boolean): void {
  sk.delivered += segments
  if (ece) sk.deliveredCe += segments
}

/** A later packet was delivered before an earlier one that was sent once: the distance is how far packets may be reordered. Linux: tcp_check_sack_reordering. */
export function tcpCheckSackReordering(sk: TcpSock, lowSeq: number, byTimestamp: boolean): void {
  const fack = tcpHighestSackSeq(sk), mss = sk.mssCache
  if (!before(lowSeq, fack)) return
  const distance = (fack - lowSeq) >>> 0
  if (mss !== 0 && distance > sk.reordering * mss) sk.reordering = Math.min(Math.ceil(distance / mss), sk.net.sysctl.tcp_max_reordering)
  sk.reordSeen++
  sk.net.mib[byTimestamp ? MIB.TCPTSReorder : MIB.TCPSACKReorder]!++
}
