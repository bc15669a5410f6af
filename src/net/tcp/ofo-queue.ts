import { dropPacket } from '../drop.js'
import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import { type SkBuff, SkBuffQueue, TCP_FLAG } from '../skb.js'
import { inetCskScheduleAck } from './delayed-ack.js'
import { tcpDataEcnCheck } from './ecn.js'
import { tcpFin } from './fin.js'
import { tcpTryRmemSchedule } from './prune.js'
import { skbSetOwnerR, skbUncharge, tcpOooTryCoalesce, tcpRcvNxtUpdate, tcpTryCoalesce } from './receive-queue.js'
import { tcpGrowWindow, tcpMeasureSegment, tcpRcvbufGrow } from './receive-window.js'
import { tcpDsackExtend, tcpDsackSet, tcpSackNewOfoSkb } from './sack-blocks.js'
import type { TcpSock } from './tcp-sock.js'
import { skDataReady } from './wake.js'

function remove(sk: TcpSock, queue: SkBuffQueue, skb: SkBuff, reason: string): void {
  queue.remove(skb)
  skbUncharge(sk, skb)
  dropPacket(sk.net, skb, reason)
}

/** Moves what rcvNxt has reached from the out-of-order to the receive queue. Linux: tcp_ofo_queue. */
export function tcpOfoQueue(sk: TcpSock): void {
  const { tcb } = sk
  const queue = sk.outOfOrder.queue
  const dsackHigh = tcb.rcvNxt
  if (queue === null) return
  for (let skb = queue.head; skb !== null && !after(skb.seq, tcb.rcvNxt); skb = queue.head) {
    if (before(skb.seq, dsackHigh)) tcpDsackExtend(sk, skb.seq, before(skb.endSeq, dsackHigh) ? skb.endSeq : dsackHigh)
    if (!after(skb.endSeq, tcb.rcvNxt)) {
      remove(sk, queue, skb, 'TCP_OFO_DROP')
      continue
    }
    queue.remove(skb)
    const { tail } = tcb.receiveQueue
    if (tail !== null) tcpTryCoalesce(sk, tail, skb)
    tcpRcvNxtUpdate(sk, skb.endSeq)
    tcb.receiveQueue.push(skb)
    if (skb.tcpFlags & TCP_FLAG.FIN) {
      tcpFin(sk)
      return
    }
  }
}

/** The last packet that starts at or before `seq`; null: it comes first. */
function placeOf(queue: SkBuffQueue, seq: number): SkBuff | null {
  let at = queue.tail
  while (at !== null && after(at.seq, seq)) at = at.prev
  return at
}

/** Takes out what a new packet covers. */
function mergeRight(sk: TcpSock, queue: SkBuffQueue, skb: SkBuff): void {
  for (let next = skb.next; next !== null && after(skb.endSeq, next.seq); next = skb.next) {
    if (before(skb.endSeq, next.endSeq)) {
      tcpDsackExtend(sk, next.seq, skb.endSeq)
      return
    }
    tcpDsackExtend(sk, next.seq, next.endSeq)
    sk.net.mib[MIB.TCPOFOMerge]!++
    remove(sk, queue, next, 'TCP_OFOMERGE')
  }
}

/** Outcomes of {@link insert}: all of it was there already; it is a packet of its own; it was merged with the one before. */
const KNOWN = 0, OWN = 1, MERGED = 2

/** Sorts a packet in. */
function insert(sk: TcpSock, queue: SkBuffQueue, skb: SkBuff): number {
  let at = queue.tail !== null && !before(skb.seq, queue.tail.endSeq) ? queue.tail : placeOf(queue, skb.seq)
  if (at !== null && before(skb.seq, at.endSeq)) {
    if (!after(skb.endSeq, at.endSeq)) {
      sk.net.mib[MIB.TCPOFOMerge]!++
      dropPacket(sk.net, skb, 'TCP_OFOMERGE')
      tcpDsackSet(sk, skb.seq, skb.endSeq)
      return KNOWN
    }
    if (after(skb.seq, at.seq)) tcpDsackSet(sk, skb.seq, at.endSeq)
    else {
      const before: SkBuff | null = at.prev
      tcpDsackExtend(sk, at.seq, at.endSeq)
      sk.net.mib[MIB.TCPOFOMerge]!++
      remove(sk, queue, at, 'TCP_OFOMERGE')
      at = before
    }
  }
  if (at !== null && tcpOooTryCoalesce(sk, at, skb)) return MERGED
  queue.insertAfter(at, skb)
  mergeRight(sk, queue, skb)
  return OWN
}

/**
 * Keeps data that came before what is missing, without duplicates, and notes it for SACK (RFC 2018). Linux: tcp_data_queue_ofo.
 */
export function tcpDataQueueOfo(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  const { mib } = sk.net
  tcpDataEcnCheck(sk, skb)
  if (!tcpTryRmemSchedule(sk, skb)) {
    mib[MIB.TCPOFODrop]!++
    skDataReady(sk)
    dropPacket(sk.net, skb, 'PROTO_MEM')
    return
  }
  tcpMeasureSegment(sk, skb)
  const ofo = sk.ownOutOfOrder()
  const queue = (ofo.queue ??= new SkBuffQueue())
  tcb.predFlags = 0
  inetCskScheduleAck(sk)
  ofo.rcvOooPack += Math.max(1, skb.gsoSegs)
  mib[MIB.TCPOFOQueue]!++
  const first = queue.head === null
  const outcome = insert(sk, queue, skb)
  if (tcb.sackOk) {
    if (first) ofo.selectiveAcks.length = 0
    tcpSackNewOfoSkb(sk, skb.seq, skb.endSeq)
  }
  if (tcb.sackOk && outcome !== KNOWN) tcpGrowWindow(sk, skb, outcome === MERGED)
  if (outcome === OWN) skbSetOwnerR(sk, skb)
  if (sk.attached) tcpRcvbufGrow(sk, tcb.rcvqSpace)
}
