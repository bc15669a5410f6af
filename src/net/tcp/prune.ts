import { dropPacket } from '../drop.js'
import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import { SkBuff, type SkBuffQueue, TCP_FLAG } from '../skb.js'
import { headTruesize, truesize } from '../truesize.js'
import { skbSetOwnerR, skbUncharge, skRmemSchedule } from './receive-queue.js'
import { tcpClampWindow } from './receive-window.js'
import { tcpSackReset } from './sack-blocks.js'
import type { TcpSock } from './tcp-sock.js'
import { tcpWinFromSpace } from './window.js'

/** Payload that fits into one page with its headers. Linux: SKB_MAX_ORDER(0, 0). */
const ONE_PAGE = 4096 - 320

/** Takes a packet out of a receive queue and gives its memory back. */
function dropFrom(sk: TcpSock, queue: SkBuffQueue, skb: SkBuff): void {
  queue.remove(skb)
  skbUncharge(sk, skb)
}

/** Empties the out-of-order queue. Linux: skb_rbtree_purge. */
export function tcpPurgeOfo(sk: TcpSock): void {
  const queue = sk.outOfOrder.queue
  if (queue === null) return
  while (queue.head !== null) dropFrom(sk, queue, queue.head)
}

/**
 * Copies the packets from `head` to before `tail` into as few as hold them, when that frees memory; FIN and SYN stay apart.
 * Linux: tcp_collapse.
 */
function collapse(sk: TcpSock, queue: SkBuffQueue, head: SkBuff | null, tail: SkBuff | null, from: number, end: number): void {
  let skb = head, start = from, useful = false
  while (skb !== null && skb !== tail) {
    const next: SkBuff | null = skb.next
    if (!before(start, skb.endSeq)) {
      dropFrom(sk, queue, skb)
      sk.net.mib[MIB.TCPRcvCollapsed]!++
      skb = next
      continue
    }
    const bloated = tcpWinFromSpace(sk, skb.rmemCharge) > skb.end - skb.start
    useful = (!isControl(skb) && (bloated || before(skb.seq, start))) || (next !== null && next !== tail && skb.endSeq !== next.seq)
    if (useful) break
    start = skb.endSeq
    skb = next
  }
  if (!useful || skb === null || isControl(skb)) return
  while (skb !== null && skb !== tail && !isControl(skb) && before(start, end)) {
    const length = Math.min(ONE_PAGE, (end - start) | 0)
    const merged = newPacket(sk, skb, start, length)
    queue.insertAfter(skb.prev, merged)
    while (skb !== null && skb !== tail && !isControl(skb) && ((merged.endSeq - start) | 0) < length) {
      const next: SkBuff | null = skb.next
      const offset = (merged.endSeq - skb.seq) | 0
      if (offset < 0) break
      const size = Math.min(length - (merged.end - merged.start), skb.end - skb.start - offset)
      if (size > 0) {
        merged.buffer.set(skb.buffer.subarray(skb.start + offset, skb.start + offset + size), merged.end)
        merged.end += size
        merged.endSeq = (merged.endSeq + size) | 0
      }
      if (before(merged.endSeq, skb.endSeq)) break
      dropFrom(sk, queue, skb)
      sk.net.mib[MIB.TCPRcvCollapsed]!++
      skb = next
    }
    start = merged.endSeq
    if (skb !== null && before(start, skb.seq)) break
  }
}

const isControl = (skb: SkBuff): boolean => (skb.tcpFlags & (TCP_FLAG.SYN | TCP_FLAG.FIN)) !== 0

/** An empty packet for `length` bytes from `seq` on, charged. */
function newPacket(sk: TcpSock, like: SkBuff, seq: number, length: number): SkBuff {
  const skb = Object.assign(new SkBuff(), like)
  skb.page = null
  skb.next = skb.prev = null
  skb.buffer = new Uint8Array(length)
  skb.start = skb.end = 0
  skb.networkOffset = 0
  skb.seq = skb.endSeq = seq
  skb.truesize = headTruesize(length)
  skbSetOwnerR(sk, skb)
  skb.tailRoom = 0
  return skb
}

/** Collapses each run of adjacent packets of the out-of-order queue. Linux: tcp_collapse_ofo_queue. */
function collapseOfo(sk: TcpSock, queue: SkBuffQueue): void {
  let tiny = 0
  for (let head = queue.head; head !== null; ) {
    let { seq: start, endSeq: end } = head, memory = head.rmemCharge
    let skb = head.next
    for (; skb !== null && !after(skb.seq, end) && !before(skb.endSeq, start); skb = skb.next) {
      memory += skb.rmemCharge
      if (before(skb.seq, start)) start = skb.seq
      if (after(skb.endSeq, end)) end = skb.endSeq
    }
    if (memory !== head.rmemCharge || ((end - start) | 0) >= ONE_PAGE) collapse(sk, queue, head, skb, start, end)
    else {
      tiny += memory
      if (tiny > sk.rcvbuf >> 3) return
    }
    head = skb
  }
}

/**
 * Drops out-of-order data from its far end, an eighth of the buffer at a time, but nothing before the packet that needs
 * room. Linux: tcp_prune_ofo_queue. @returns whether something went
 */
function pruneOfo(sk: TcpSock, incoming: SkBuff): boolean {
  const queue = sk.outOfOrder.queue
  if (queue === null || queue.head === null) return false
  let goal = sk.rcvbuf >> 3, pruned = false
  for (let skb = queue.tail; skb !== null && !after(incoming.seq, skb.seq); ) {
    const previous: SkBuff | null = skb.prev
    goal -= skb.rmemCharge
    dropFrom(sk, queue, skb)
    dropPacket(sk.net, skb, 'TCP_OFO_QUEUE_PRUNE')
    pruned = true
    if (previous === null || goal <= 0) {
      if (sk.rmemAlloc <= sk.rcvbuf) break
      goal = sk.rcvbuf >> 3
    }
    skb = previous
  }
  if (pruned) {
    sk.net.mib[MIB.OfoPruned]!++
    if (sk.tcb.sackOk) tcpSackReset(sk)
  }
  return pruned
}

/** Makes room in a receive buffer that is over its limit. @returns whether it is below it again. Linux: tcp_prune_queue */
function pruneQueue(sk: TcpSock, incoming: SkBuff): boolean {
  const { tcb } = sk
  const { mib } = sk.net
  mib[MIB.PruneCalled]!++
  if (sk.rmemAlloc >= sk.rcvbuf) tcpClampWindow(sk)
  if (sk.rmemAlloc <= sk.rcvbuf) return true
  if (sk.outOfOrder.queue !== null) collapseOfo(sk, sk.outOfOrder.queue)
  collapse(sk, tcb.receiveQueue, tcb.receiveQueue.head, null, tcb.copiedSeq, tcb.rcvNxt)
  if (sk.rmemAlloc <= sk.rcvbuf) return true
  pruneOfo(sk, incoming)
  if (sk.rmemAlloc <= sk.rcvbuf) return true
  mib[MIB.RcvPruned]!++
  tcb.predFlags = 0
  return false
}

/** Whether a packet may be queued: the buffer is not over its limit, or could be brought below it. Linux: tcp_try_rmem_schedule. */
export function tcpTryRmemSchedule(sk: TcpSock, skb: SkBuff): boolean {
  if (sk.rmemAlloc > sk.rcvbuf && !pruneQueue(sk, skb)) return false
  skRmemSchedule(sk, truesize(skb))
  return true
}

