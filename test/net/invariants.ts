import { SACKED, type SkBuff, type SkBuffQueue } from '../../src/net/skb.js'
import { before } from '../../src/net/seq.js'
import { TCP } from '../../src/net/sock.js'
import type { TcpSock } from '../../src/net/tcp/tcp-sock.js'
import { SEND_OVERHEAD } from '../../src/net/truesize.js'

function walk(name: string, queue: SkBuffQueue, wrong: string[]): SkBuff[] {
  const list: SkBuff[] = []
  let prev: SkBuff | null = null
  for (let skb = queue.head; skb !== null; skb = skb.next) {
    if (skb.prev !== prev) wrong.push(`${name}: broken chain at ${list.length}`)
    list.push(skb)
    prev = skb
    if (list.length > 1e6) return list
  }
  if (queue.tail !== prev) wrong.push(`${name}: tail is not the last`)
  if (queue.length !== list.length) wrong.push(`${name}: says ${queue.length}, has ${list.length}`)
  return list
}

/** What must hold of a connection between any two events; the list of what does not. */
export function brokenInvariants(sk: TcpSock): string[] {
  const wrong: string[] = []
  if (sk.state === TCP.LISTEN || sk.state === TCP.CLOSE) return wrong
  const check = (holds: boolean, what: string): void => {
    if (!holds) wrong.push(what)
  }
  const rtx = walk('rtxQueue', sk.tcb.rtxQueue, wrong), write = walk('writeQueue', sk.tcb.writeQueue, wrong), receive = walk('receiveQueue', sk.tcb.receiveQueue, wrong)
  const out = sk.outOfOrder.queue === null ? [] : walk('outOfOrder', sk.outOfOrder.queue, wrong)

  // send sequence space: una <= nxt <= write, and the queues cover it without gaps
  check(!before(sk.tcb.sndNxt, sk.tcb.sndUna), `sndNxt ${sk.tcb.sndNxt} before sndUna ${sk.tcb.sndUna}`)
  check(!before(sk.tcb.writeSeq, sk.tcb.sndNxt) || sk.state === TCP.SYN_SENT || rtx.length > 0, `writeSeq ${sk.tcb.writeSeq} before sndNxt ${sk.tcb.sndNxt}`)
  let at: number | null = null
  for (const skb of [...rtx, ...write]) {
    if (at !== null) check(skb.seq === at, `gap before ${skb.seq}, expected ${at}`)
    check(!before(skb.endSeq, skb.seq), `packet ends before it begins: ${skb.seq} ${skb.endSeq}`)
    at = skb.endSeq
  }
  const first = rtx[0]
  if (first !== undefined) check(!before(sk.tcb.sndUna, first.seq) && before(sk.tcb.sndUna, first.endSeq), `sndUna ${sk.tcb.sndUna} outside the first packet ${first.seq}..${first.endSeq}`)
  check(write.every((skb) => !skb.inRtxQueue), 'a packet to be sent says that it was')

  // counts of segments
  const count = (which: (skb: SkBuff) => boolean): number => rtx.reduce((sum, skb) => sum + (which(skb) ? Math.max(1, skb.gsoSegs) : 0), 0)
  check(sk.tcb.packetsOut === count(() => true), `packetsOut ${sk.tcb.packetsOut}, queue has ${count(() => true)}`)
  if (sk.tcb.sackOk) {
    check(sk.recovery.sackedOut === count((skb) => (skb.sacked & SACKED.ACKED) !== 0), `sackedOut ${sk.recovery.sackedOut} of ${count((skb) => (skb.sacked & SACKED.ACKED) !== 0)}`)
    check(sk.recovery.lostOut === count((skb) => (skb.sacked & SACKED.LOST) !== 0), `lostOut ${sk.recovery.lostOut} of ${count((skb) => (skb.sacked & SACKED.LOST) !== 0)}`)
  }
  check(sk.recovery.retransOut === count((skb) => (skb.sacked & SACKED.RETRANS) !== 0), `retransOut ${sk.recovery.retransOut} of ${count((skb) => (skb.sacked & SACKED.RETRANS) !== 0)}`)
  check(sk.recovery.sackedOut + sk.recovery.lostOut <= sk.tcb.packetsOut, `sacked ${sk.recovery.sackedOut} + lost ${sk.recovery.lostOut} > out ${sk.tcb.packetsOut}`)
  check(sk.tcb.sndCwnd >= 1, `sndCwnd ${sk.tcb.sndCwnd}`)
  check(sk.tcb.sndSsthresh >= 1, `sndSsthresh ${sk.tcb.sndSsthresh}`)

  // receive sequence space
  check(!before(sk.tcb.rcvNxt, sk.tcb.rcvWup), `rcvNxt ${sk.tcb.rcvNxt} before rcvWup ${sk.tcb.rcvWup}`)
  check(!before(sk.tcb.rcvNxt, sk.tcb.copiedSeq) || sk.finReceived, `rcvNxt ${sk.tcb.rcvNxt} before copiedSeq ${sk.tcb.copiedSeq}`)
  let end: number | null = null
  for (const skb of receive) {
    if (end !== null) check(!before(skb.endSeq, end), `receive queue out of order at ${skb.seq}`)
    check(!before(sk.tcb.rcvNxt, skb.endSeq), `received ${skb.endSeq} beyond rcvNxt ${sk.tcb.rcvNxt}`)
    end = skb.endSeq
  }
  let start: number | null = null
  for (const skb of out) {
    check(before(sk.tcb.rcvNxt, skb.endSeq), `out-of-order packet ${skb.seq}..${skb.endSeq} is not beyond rcvNxt ${sk.tcb.rcvNxt}`)
    // they may overlap, and lie within one that was joined with its follower: Linux does not look to the right of it (coalesce_done)
    if (start !== null) check(before(start, skb.seq), `out-of-order packet ${skb.seq}..${skb.endSeq} is not in its place`)
    start = skb.seq
  }

  // memory
  const held = [...receive, ...out].reduce((sum, skb) => sum + skb.rmemCharge, 0)
  check(sk.rmemAlloc === held, `rmemAlloc ${sk.rmemAlloc}, queues hold ${held}`)
  const queued = [...rtx, ...write].reduce((sum, skb) => sum + SEND_OVERHEAD + skb.end - skb.start, 0)
  check(sk.wmemQueued === queued, `wmemQueued ${sk.wmemQueued}, queues hold ${queued}`)

  // what is in flight is watched by a timer
  if (sk.tcb.packetsOut > 0) check(sk.tcb.retransTimer !== null && sk.tcb.retransTimer.armed && sk.tcb.pending !== 0, 'data in flight without a timer')
  return wrong
}
