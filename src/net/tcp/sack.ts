import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import { SACKED, type SkBuff } from '../skb.js'
import { ACK_FLAG, type AckState } from './ack-state.js'
import { tcpFragment } from './fragment.js'
import { tcpCheckSackReordering, tcpHighestSackSeq, tcpSkbPcount } from './loss.js'
import { sackEdge } from './options.js'
import { tcpRackAdvance } from './rack.js'
import { tcpRateSkbDelivered } from './rate.js'
import { TCP_CA, type TcpSock } from './tcp-sock.js'

/** Blocks of one ACK, by edges, in order of sequence. Scratch of tcpSacktagWriteQueue, which does not nest. */
const starts = /* @__PURE__ */ new Int32Array(4)
const ends = /* @__PURE__ */ new Int32Array(4)

/** The peer got something twice: counts it unless it cannot be our doing. @returns segments; 0: dubious. Linux: tcp_dsack_seen */
function dsackSeen(sk: TcpSock, start: number, end: number, state: AckState): number {
  const { tcb } = sk
  const length = (end - start) | 0
  if (length <= 0 || length > tcb.maxWindow) return 0
  let segments = 1
  if (length > tcb.mssCache) segments = Math.ceil(length / tcb.mssCache)
  else if (sk.recovery.tlpHighSeq !== 0 && sk.recovery.tlpHighSeq === end) state.flag |= ACK_FLAG.DSACK_TLP
  sk.ownRecovery().dsackDups += segments
  if (sk.recovery.dsackDups > sk.recovery.totalRetrans) return 0
  if (sk.recovery.reordSeen !== 0 && !(state.flag & ACK_FLAG.DSACK_TLP)) sk.ownRecovery().rackDsackSeen = true
  state.flag |= ACK_FLAG.DSACKING_ACK
  state.sackDelivered += segments
  return segments
}

/** The first block is a DSACK when it is acknowledged already or lies within the second (RFC 2883 section 4). Linux: tcp_check_dsack. */
function checkDsack(sk: TcpSock, skb: SkBuff, blocks: number, priorSndUna: number, state: AckState): boolean {
  const { mib } = sk.net, at = skb.sacked - 1
  const start = sackEdge(skb.options, at, 0), end = sackEdge(skb.options, at, 1)
  if (before(start, skb.ackSeq)) mib[MIB.TCPDSACKRecv]!++
  else if (blocks > 1) {
    if (after(end, sackEdge(skb.options, at, 3)) || before(start, sackEdge(skb.options, at, 2))) return false
    mib[MIB.TCPDSACKOfoRecv]!++
  } else return false
  const segments = dsackSeen(sk, start, end, state)
  if (segments === 0) {
    mib[MIB.TCPDSACKIgnoredDubious]!++
    return false
  }
  mib[MIB.TCPDSACKRecvSegs]! += segments
  if (sk.recovery.undoMarker !== 0 && sk.recovery.undoRetrans > 0 && !after(end, priorSndUna) && after(end, sk.recovery.undoMarker)) {
    sk.ownRecovery().undoRetrans = Math.max(0, sk.recovery.undoRetrans - segments)
  }
  return true
}

/** A block lies in what is outstanding, or is a DSACK of what was since the last reduction. Linux: tcp_is_sackblock_valid. */
function isSackblockValid(sk: TcpSock, dsack: boolean, start: number, end: number): boolean {
  const { tcb } = sk
  if (after(end, tcb.sndNxt) || !before(start, end) || !before(start, tcb.sndNxt)) return false
  if (after(start, tcb.sndUna)) return true
  if (!dsack || sk.recovery.undoMarker === 0 || after(end, tcb.sndUna)) return false
  if (!before(start, sk.recovery.undoMarker)) return true
  if (!after(end, sk.recovery.undoMarker)) return false
  return !before(start, (end - tcb.maxWindow) | 0)
}

/** Whether a packet lies in a block; a large one is cut at the segments that do. @returns 1, 0, or -1 where cutting failed. Linux: tcp_match_skb_to_sack */
function matchSkbToSack(sk: TcpSock, skb: SkBuff, start: number, end: number): number {
  const fromStart = !after(start, skb.seq)
  if (fromStart && !before(end, skb.endSeq)) return 1
  if (tcpSkbPcount(skb) <= 1 || !after(skb.endSeq, start)) return 0
  const mss = skb.gsoSize
  let length = fromStart ? (end - skb.seq) | 0 : Math.max((start - skb.seq) | 0, mss)
  if (fromStart && length < mss) return -1
  if (length > mss) {
    const whole = Math.floor(length / mss) * mss
    length = !fromStart && whole < length ? whole + mss : whole
  }
  if (length >= skb.end - skb.start && !fromStart) return 0
  if (tcpFragment(sk, true, skb, length, mss) < 0) return -1
  return fromStart ? 1 : 0
}

/** Tags one packet SACKed and corrects the counts; the states of a packet are in Linux's comment of tcp_sacktag_write_queue. Linux: tcp_sacktag_one. */
function sacktagOne(sk: TcpSock, skb: SkBuff, dsack: boolean, state: AckState): void {
  const count = tcpSkbPcount(skb), recovery = sk.ownRecovery()
  if (dsack && skb.sacked & SACKED.RETRANS_ALL) {
    if (recovery.undoMarker !== 0 && recovery.undoRetrans > 0 && after(skb.endSeq, recovery.undoMarker)) {
      recovery.undoRetrans = Math.max(0, recovery.undoRetrans - count)
    }
    if (skb.sacked & SACKED.ACKED && before(skb.seq, state.reord)) state.reord = skb.seq
  }
  if (!after(skb.endSeq, sk.tcb.sndUna)) return
  if (!(skb.sacked & SACKED.ACKED)) {
    tcpRackAdvance(sk, skb.sacked, skb.endSeq, skb.sentAt)
    if (skb.sacked & SACKED.RETRANS) {
      if (skb.sacked & SACKED.LOST) {
        skb.sacked &= ~(SACKED.LOST | SACKED.RETRANS)
        recovery.lostOut -= count
        recovery.retransOut -= count
      }
    } else sackedOriginal(sk, skb, count, state)
    skb.sacked |= SACKED.ACKED
    state.flag |= ACK_FLAG.DATA_SACKED
    recovery.sackedOut += count
    state.sackDelivered += count
  }
  if (dsack && skb.sacked & SACKED.RETRANS) {
    skb.sacked &= ~SACKED.RETRANS
    recovery.retransOut -= count
  }
}

/** A packet without a retransmission in flight was SACKed: one that was sent once gives a round trip and shows reordering. */
function sackedOriginal(sk: TcpSock, skb: SkBuff, count: number, state: AckState): void {
  if (!(skb.sacked & SACKED.RETRANS_ALL)) {
    if (before(skb.seq, tcpHighestSackSeq(sk)) && before(skb.seq, state.reord)) state.reord = skb.seq
    if (!after(skb.endSeq, sk.recovery.highSeq)) state.flag |= ACK_FLAG.ORIG_SACK_ACKED
    if (state.firstSackt < 0) state.firstSackt = skb.sentAt
    state.lastSackt = skb.sentAt
  }
  if (!(skb.sacked & SACKED.LOST)) return
  skb.sacked &= ~SACKED.LOST
  sk.ownRecovery().lostOut -= count
}

/** Tags the packets of a block, from `from` on. @param dup index of a DSACK block that follows in the order of blocks; -1: none. Linux: tcp_sacktag_walk */
function sacktagWalk(sk: TcpSock, from: SkBuff | null, start: number, end: number, dup: number, dsack: boolean, state: AckState): SkBuff | null {
  let skb = from
  for (; skb !== null && before(skb.seq, end); skb = skb.next) {
    let inSack = 0, isDup = dsack
    if (dup >= 0 && before(skb.seq, ends[dup]!)) {
      inSack = matchSkbToSack(sk, skb, starts[dup]!, ends[dup]!)
      if (inSack > 0) isDup = true
    }
    if (inSack <= 0) inSack = matchSkbToSack(sk, skb, start, end)
    if (inSack < 0) break
    if (inSack === 0) continue
    sacktagOne(sk, skb, isDup, state)
    tcpRateSkbDelivered(sk, skb, state)
    if (!before(skb.seq, tcpHighestSackSeq(sk))) sk.tcb.highestSack = skb.next
  }
  return skb
}

/** The packet that holds `seq`, searched forward from `from`. Linux: tcp_sacktag_skip. */
function skipTo(sk: TcpSock, from: SkBuff | null, seq: number): SkBuff | null {
  let skb = from === null || after(from.seq, seq) ? sk.tcb.rtxQueue.head : from
  while (skb !== null && !before(seq, skb.endSeq)) skb = skb.next
  return skb
}

/**
 * Takes the valid blocks of an ACK into `starts` and `ends`, in order.
 *
 * @returns how many, times 8, and in the low bits one more than the DSACK's place (0: none)
 */
function collectBlocks(sk: TcpSock, skb: SkBuff, blocks: number, dsack: boolean, priorSndUna: number): number {
  const { mib } = sk.net, at = skb.sacked - 1
  let used = 0, first = 0
  for (let i = 0; i < blocks; i++) {
    const dup = i === 0 && dsack
    const start = sackEdge(skb.options, at, 2 * i), end = sackEdge(skb.options, at, 2 * i + 1)
    if (!isSackblockValid(sk, dup, start, end)) {
      if (dup) mib[sk.recovery.undoMarker === 0 ? MIB.TCPDSACKIgnoredNoUndo : MIB.TCPDSACKIgnoredOld]!++
      else if (skb.ackSeq !== sk.tcb.sndUna && !after(end, sk.tcb.sndUna)) continue
      else mib[MIB.TCPSACKDiscard]!++
      if (i === 0) first = -1
      continue
    }
    if (!after(end, priorSndUna)) {
      if (i === 0) first = -1
      continue
    }
    let place = used++
    for (; place > 0 && after(starts[place - 1]!, start); place--) {
      starts[place] = starts[place - 1]!
      ends[place] = ends[place - 1]!
      if (first === place - 1 && i > 0) first = place
    }
    starts[place] = start
    ends[place] = end
  }
  return used * 8 + (dsack ? first + 1 : 0)
}

/** A block that was told before and has grown at its end is walked from there on. Linux: recv_sack_cache. */
function walkStart(sk: TcpSock, from: SkBuff | null, start: number): SkBuff | null {
  const { tcb } = sk
  const highest = tcpHighestSackSeq(sk)
  if (sk.recovery.sackedOut === 0) return skipTo(sk, from, start)
  if (!before(start, highest)) return tcb.highestSack === null ? null : skipTo(sk, tcb.highestSack, start)
  for (const cached of sk.recovery.recvSackCache) if (cached.start === start && cached.end === highest) return tcb.highestSack
  return skipTo(sk, from, start)
}

/** Keeps the blocks of this ACK for the next. */
function remember(sk: TcpSock, used: number): void {
  const cache = sk.ownRecovery().recvSackCache
  while (cache.length < used) cache.push({ start: 0, end: 0 })
  cache.length = used
  for (let i = 0; i < used; i++) {
    cache[i]!.start = starts[i]!
    cache[i]!.end = ends[i]!
  }
}

/**
 * Tags the packets that an ACK's SACK blocks name (RFC 2018, RFC 2883). Linux: tcp_sacktag_write_queue.
 *
 * @param priorSndUna sndUna before this ACK
 * @param state its flag gets what was found
 */
export function tcpSacktagWriteQueue(sk: TcpSock, skb: SkBuff, priorSndUna: number, state: AckState): void {
  const { tcb } = sk
  const blocks = Math.min(4, (skb.options[skb.sacked]! - 2) >> 3)
  state.reord = tcb.sndNxt
  if (sk.recovery.sackedOut === 0) tcb.highestSack = tcb.rtxQueue.head
  const dsack = checkDsack(sk, skb, blocks, priorSndUna, state)
  if (before(skb.ackSeq, (priorSndUna - tcb.maxWindow) | 0) || tcb.packetsOut === 0) return
  const collected = collectBlocks(sk, skb, blocks, dsack, priorSndUna)
  const used = collected >> 3, first = (collected & 7) - 1
  let at: SkBuff | null = null
  for (let i = 0; i < used; i++) {
    const isDup = dsack && i === first
    at = isDup || (dsack && i + 1 === first) ? skipTo(sk, at, starts[i]!) : walkStart(sk, at, starts[i]!)
    at = sacktagWalk(sk, at, starts[i]!, ends[i]!, dsack && i + 1 === first ? i + 1 : -1, isDup, state)
  }
  remember(sk, used)
  if (tcb.caState !== TCP_CA.LOSS || sk.recovery.undoMarker !== 0) tcpCheckSackReordering(sk, state.reord, false)
}
