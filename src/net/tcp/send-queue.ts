import { releasePayload, SACKED, type SkBuff } from '../skb.js'
import { SEND_OVERHEAD } from '../truesize.js'
import { NO_TCB } from './tcb.js'
import type { TcpSock } from './tcp-sock.js'
import { TCP_CHRONO, tcpChronoStop } from './chrono.js'
import { tcpClearRetransHints } from './loss.js'
import { zerocopyPut } from './zerocopy.js'

/** Bytes that a packet of the send queues is charged: fixed overhead and payload. Linux: truesize of tcp_stream_alloc_skb's packets. */
export const sendTruesize = (skb: SkBuff): number => SEND_OVERHEAD + skb.end - skb.start

/** Gives a packet of the send queues back. Linux: tcp_wmem_free_skb. */
export function tcpWmemFreeSkb(sk: TcpSock, skb: SkBuff): void {
  sk.wmemQueued -= sendTruesize(skb)
  releasePayload(skb)
  if (skb.zerocopy !== null) zerocopyPut(sk, skb.zerocopy)
}

/** Puts a packet at the end of what is to be sent. Linux: tcp_queue_skb. */
export function tcpQueueSkb(sk: TcpSock, skb: SkBuff): void {
  sk.tcb.writeSeq = skb.endSeq
  sk.tcb.writeQueue.push(skb)
  sk.wmemQueued += sendTruesize(skb)
}

/** Takes an acknowledged packet out of the retransmission queue. Linux: tcp_rtx_queue_unlink_and_free. */
export function tcpRtxQueueUnlinkAndFree(sk: TcpSock, skb: SkBuff): void {
  sk.tcb.rtxQueue.remove(skb)
  skb.inRtxQueue = false
  tcpWmemFreeSkb(sk, skb)
}

/** Puts a packet into the retransmission queue in order of sequence. Linux: tcp_rbtree_insert. */
export function tcpRtxInsert(sk: TcpSock, skb: SkBuff): void {
  let at = sk.tcb.rtxQueue.tail
  while (at !== null && ((skb.seq - at.seq) | 0) < 0) at = at.prev
  sk.tcb.rtxQueue.insertAfter(at, skb)
  skb.inRtxQueue = true
}

/** Drops everything that is queued to be sent or to be acknowledged. Linux: tcp_write_queue_purge. */
export function tcpWriteQueuePurge(sk: TcpSock): void {
  const { tcb } = sk
  if (tcb === NO_TCB) return
  for (const queue of [tcb.writeQueue, tcb.rtxQueue]) for (let skb = queue.head; skb !== null; skb = skb.next) zerocopyPut(sk, skb.zerocopy)
  tcb.writeQueue.head = tcb.writeQueue.tail = tcb.rtxQueue.head = tcb.rtxQueue.tail = null
  tcb.writeQueue.length = tcb.rtxQueue.length = 0
  tcpChronoStop(sk, TCP_CHRONO.BUSY)
  sk.wmemQueued = 0
  tcb.highestSack = null
  tcpClearRetransHints(sk)
  tcb.packetsOut = 0
  tcb.backoff = 0
}

/** Counts the segments of a packet for an MSS. Linux: tcp_set_skb_tso_segs. @returns segments */
export function tcpSetSkbTsoSegs(skb: SkBuff, mss: number): number {
  const length = skb.end - skb.start
  if (length <= mss) {
    skb.gsoSize = 0
    skb.gsoSegs = 1
  } else {
    skb.gsoSize = mss
    skb.gsoSegs = Math.ceil(length / mss)
  }
  return skb.gsoSegs
}

/** A packet in flight stands for fewer segments than before (more: negative). Linux: tcp_adjust_pcount. */
export function tcpAdjustPcount(sk: TcpSock, skb: SkBuff, decrease: number): void {
  sk.tcb.packetsOut -= decrease
  if (skb.sacked & SACKED.ACKED) sk.ownRecovery().sackedOut -= decrease
  if (skb.sacked & SACKED.RETRANS) sk.ownRecovery().retransOut -= decrease
  if (skb.sacked & SACKED.LOST) sk.ownRecovery().lostOut -= decrease
  if (!sk.tcb.sackOk && decrease > 0 && sk.recovery.sackedOut !== 0) sk.ownRecovery().sackedOut -= Math.min(sk.recovery.sackedOut, decrease)
}

/** A packet's place as the highest SACKed one goes to another. Linux: tcp_highest_sack_replace. */
export function tcpHighestSackReplace(sk: TcpSock, old: SkBuff, by: SkBuff): void {
  if (sk.tcb.highestSack === old) sk.tcb.highestSack = by
}

/** A packet waits for a software timestamp. Linux: tcp_has_tx_tstamp. */
export const tcpHasTxTstamp = (skb: SkBuff): boolean => skb.txTimestampFlags !== 0

/** Both may become one packet: the first does not end a record, and neither holds pages of the user's. Linux: tcp_skb_can_collapse, skb_shift. */
export function tcpSkbCanCollapse(to: SkBuff, from: SkBuff): boolean {
  return !to.eor && to.zerocopy === null && from.zerocopy === null
}

/** The merged packet takes the timestamp request of its second part. Linux: tcp_skb_collapse_tstamp. */
export function tcpSkbCollapseTstamp(skb: SkBuff, next: SkBuff): void {
  if (!tcpHasTxTstamp(next)) return
  skb.txTimestampFlags |= next.txTimestampFlags
  skb.txTimestampKey = next.txTimestampKey
}

/** Moves the first `length` bytes of a packet to the end of the one before it; sequence numbers are the caller's. Linux: skb_shift. */
export function skbShift(to: SkBuff, from: SkBuff, length: number): void {
  if (to.buffer === from.buffer && to.end === from.start) {
    to.end += length
    to.ownsTail = false
  } else {
    const have = to.end - to.start
    if (!to.ownsTail || to.buffer.length - to.end < length) {
      const buffer = new Uint8Array(have + length)
      buffer.set(to.buffer.subarray(to.start, to.end))
      releasePayload(to)
      to.buffer = buffer
      to.start = 0
      to.end = have
      to.ownsTail = true
    }
    to.buffer.set(from.buffer.subarray(from.start, from.start + length), to.end)
    to.end += length
  }
  from.start += length
}
