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
  const rtx = walk('rtxQueue', sk.rtxQueue, wrong), write = walk('writeQueue', sk.writeQueue, wrong), receive = walk('receiveQueue', sk.receiveQueue, wrong)
  const out = sk.outOfOrder === null ? [] : walk('outOfOrder', sk.outOfOrder, wrong)

  // send sequence space: una <= nxt <= write, and the queues cover it without gaps
  check(!before(sk.sndNxt, sk.sndUna), `sndNxt ${sk.sndNxt} before sndUna ${sk.sndUna}`)
  check(!before(sk.writeSeq, sk.sndNxt) || sk.state === TCP.SYN_SENT || rtx.length > 0, `writeSeq ${sk.writeSeq} before sndNxt ${sk.sndNxt}`)
  let at: number | null = null
  for (const skb of [...rtx, ...write]) {
    if (at !== null) check(skb.seq === at, `gap before ${skb.seq}, expected ${at}`)
    check(!before(skb.endSeq, skb.seq), `packet ends before it begins: ${skb.seq} ${skb.endSeq}`)
    at = skb.endSeq
  }
  const first = rtx[0]
  if (first !== undefined) check(!before(sk.sndUna, first.seq) && before(sk.sndUna, first.endSeq), `sndUna ${sk.sndUna} outside the first packet ${first.seq}..${first.endSeq}`)
  check(write.every((skb) => !skb.inRtxQueue), 'a packet to be sent says that it was')

  // counts of segments
  const count = (which: (skb: SkBuff) => boolean): number => rtx.reduce((sum, skb) => sum + (which(skb) ? Math.max(1, skb.gsoSegs) : 0), 0)
  check(sk.packetsOut === count(() => true), `packetsOut ${sk.packetsOut}, queue has ${count(() => true)}`)
  if (sk.sackOk) {
    check(sk.sackedOut === count((skb) => (skb.sacked & SACKED.ACKED) !== 0), `sackedOut ${sk.sackedOut} of ${count((skb) => (skb.sacked & SACKED.ACKED) !== 0)}`)
    check(sk.lostOut === count((skb) => (skb.sacked & SACKED.LOST) !== 0), `lostOut ${sk.lostOut} of ${count((skb) => (skb.sacked & SACKED.LOST) !== 0)}`)
  }
  check(sk.retransOut === count((skb) => (skb.sacked & SACKED.RETRANS) !== 0), `retransOut ${sk.retransOut} of ${count((skb) => (skb.sacked & SACKED.RETRANS) !== 0)}`)
  check(sk.sackedOut + sk.lostOut <= sk.packetsOut, `sacked ${sk.sackedOut} + lost ${sk.lostOut} > out ${sk.packetsOut}`)
  check(sk.sndCwnd >= 1, `sndCwnd ${sk.sndCwnd}`)
  check(sk.sndSsthresh >= 1, `sndSsthresh ${sk.sndSsthresh}`)

  // receive sequence space
  check(!before(sk.rcvNxt, sk.rcvWup), `rcvNxt ${sk.rcvNxt} before rcvWup ${sk.rcvWup}`)
  check(!before(sk.rcvNxt, sk.copiedSeq) || sk.finReceived, `rcvNxt ${sk.rcvNxt} before copiedSeq ${sk.copiedSeq}`)
  let end: number | null = null
  for (const skb of receive) {
    if (end !== null) check(!before(skb.endSeq, end), `receive queue out of order at ${skb.seq}`)
    check(!before(sk.rcvNxt, skb.endSeq), `received ${skb.endSeq} beyond rcvNxt ${sk.rcvNxt}`)
    end = skb.endSeq
  }
  let start: number | null = null
  for (const skb of out) {
    check(before(sk.rcvNxt, skb.endSeq), `out-of-order packet ${skb.seq}..${skb.endSeq} is not beyond rcvNxt ${sk.rcvNxt}`)
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
  if (sk.packetsOut > 0) check(sk.retransTimer !== null && sk.retransTimer.armed && sk.pending !== 0, 'data in flight without a timer')
  return wrong
}
