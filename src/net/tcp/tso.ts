import { type SkBuff, TCP_FLAG } from '../skb.js'
import { tcpNagleCheck } from './nagle.js'
import { tcpMinRtt } from './rtt.js'
import { tcpSkbCanCollapse, skbShift, tcpWmemFreeSkb } from './send-queue.js'
import { TCP_CA, type TcpSock } from './tcp-sock.js'
import { GSO_MAX_SEGS, GSO_MAX_SIZE, PACING_SHIFT, tcpPacketsInFlight, tcpWndEnd } from './units.js'

/** Segments of a large packet: a millisecond's worth at the pacing rate, more on short paths. Linux: tcp_tso_segs, tcp_tso_autosize. */
export function tcpTsoSegs(sk: TcpSock, mss: number): number {
  const sysctl = sk.net.sysctl
  const least = sk.ca.minTsoSegs === undefined ? sysctl.tcp_min_tso_segs : sk.ca.minTsoSegs(sk)
  let bytes = Math.floor(sk.tcb.pacingRate / 2 ** PACING_SHIFT)
  const r = Math.floor(tcpMinRtt(sk) / 2 ** sysctl.tcp_tso_rtt_log)
  if (r < 32) bytes += Math.floor(GSO_MAX_SIZE / 2 ** r)
  bytes = Math.min(bytes, GSO_MAX_SIZE)
  return Math.min(Math.max(Math.floor(bytes / mss), least), GSO_MAX_SEGS)
}

/** How much of a packet can leave at once: the window, whole segments unless Nagle lets the rest go. Linux: tcp_mss_split_point. */
export function tcpMssSplitPoint(sk: TcpSock, skb: SkBuff, mss: number, maxSegs: number, nonagle: number): number {
  const window = (tcpWndEnd(sk) - skb.seq) >>> 0
  const most = mss * maxSegs
  if (most <= window && skb !== sk.tcb.writeQueue.tail) return most
  const needed = Math.min(skb.end - skb.start, window)
  if (most <= needed) return most
  const partial = needed % mss
  return tcpNagleCheck(partial !== 0, sk, nonagle) ? needed - partial : needed
}

/** Moves bytes of the next packet into this one, up to what may leave. Linux: tcp_grow_skb (since 6.10). */
export function tcpGrowSkb(sk: TcpSock, skb: SkBuff, amount: number): void {
  const next = skb.next
  if (next === null || !tcpSkbCanCollapse(skb, next) || skb.txTimestampFlags !== 0 || next.txTimestampFlags !== 0) return
  const length = Math.min(amount, next.end - next.start)
  if (length === 0) return
  skbShift(skb, next, length)
  skb.endSeq = (skb.endSeq + length) | 0
  next.seq = (next.seq + length) | 0
  if (next.end === next.start) {
    skb.endSeq = next.endSeq
    skb.eor = next.eor
    skb.tcpFlags |= next.tcpFlags
    sk.tcb.writeQueue.remove(next)
    tcpWmemFreeSkb(sk, next)
  }
}

/** What kept a large packet from leaving. */
export const DEFER = { NO: 0, CWND: 1, RWND: 2, APP: 3 } as const

/**
 * A large packet may wait for the next ACK to become larger, when that is near. Linux: tcp_tso_should_defer.
 *
 * @returns NO to send it now, else what it waits for
 */
export function tcpTsoShouldDefer(sk: TcpSock, skb: SkBuff, maxSegs: number): number {
  const { tcb } = sk
  if (tcb.caState >= TCP_CA.RECOVERY) return DEFER.NO
  const nowNs = sk.net.now * 1000
  if (nowNs - tcb.wstampNs - 1e6 > 0) return DEFER.NO
  const length = skb.end - skb.start
  const sendWin = (tcpWndEnd(sk) - skb.seq) >>> 0
  const congWin = (tcb.sndCwnd - tcpPacketsInFlight(sk)) * tcb.mssCache
  const limit = Math.min(sendWin, congWin)
  if (limit >= maxSegs * tcb.mssCache) return DEFER.NO
  if (skb !== tcb.writeQueue.tail && limit >= length) return DEFER.NO
  const divisor = sk.net.sysctl.tcp_tso_win_divisor
  if (divisor !== 0) {
    if (limit >= Math.floor(Math.min(tcb.sndWnd, tcb.sndCwnd * tcb.mssCache) / divisor)) return DEFER.NO
  } else if (limit > 3 * tcb.mssCache) return DEFER.NO
  const head = tcb.rtxQueue.head
  if (head === null) return DEFER.NO
  const srttNs = 125 * tcb.srtt8
  const threshold = Math.min(Math.floor(srttNs / 2), 1e6)
  if (head.sentAt * 1000 + srttNs - nowNs - threshold > 0) return DEFER.NO
  if (congWin < sendWin) {
    if (congWin <= length) return DEFER.CWND
  } else if (sendWin <= length) return DEFER.RWND
  return skb.tcpFlags & TCP_FLAG.FIN || skb.eor ? DEFER.NO : DEFER.APP
}
