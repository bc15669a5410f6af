import { before } from '../seq.js'
import type { SkBuff } from '../skb.js'
import { truesize } from '../truesize.js'
import { inetCskScheduleAck, tcpAdaptAto, tcpMeasureRcvMss } from './delayed-ack.js'
import { tcpDataEcnCheck } from './ecn.js'
import { tcpRttTsoptUs } from './rtt.js'
import { tcpSndbufExpand } from './sndbuf.js'
import type { TcpSock } from './tcp-sock.js'
import { TCP_INIT_CWND } from './units.js'
import { tcpFullSpace, tcpSpace, tcpSpaceFromWin, tcpWinFromSpace } from './window.js'

/** SOCK_RCVBUF_LOCK and SOCK_SNDBUF_LOCK: the user set the size. */
const SNDBUF_LOCK = 1, RCVBUF_LOCK = 2
/** SOCK_MIN_RCVBUF: TCP_SKB_MIN_TRUESIZE. */
const SOCK_MIN_RCVBUF = 2304

/**
 * Sets the limit of the window; a smaller one lowers what may be offered at once.
 * Linux: tcp_set_window_clamp. @param value 0 is refused except in CLOSE
 * @returns whether it was taken
 */
export function tcpSetWindowClamp(sk: TcpSock, value: number): boolean {
  const tcb = sk.ownTcb()
  if (value === 0) {
    if (sk.state !== 7) return false
    tcb.windowClamp = 0
    return true
  }
  const old = tcb.windowClamp
  const clamp = Math.max(SOCK_MIN_RCVBUF / 2, value)
  if (clamp === old) return true
  tcb.windowClamp = clamp
  if (clamp < old) tcb.rcvSsthresh = Math.min(tcb.rcvSsthresh, clamp)
  else tcb.rcvSsthresh = Math.max(Math.min(tcb.rcvWnd, clamp), tcb.rcvSsthresh)
  return true
}

/** The first guess of the peer's segment size, rather too small. Linux: tcp_initialize_rcv_mss. */
export function tcpInitializeRcvMss(sk: TcpSock): void {
  const { tcb } = sk
  tcb.rcvMss = Math.max(Math.min(tcb.advMss, tcb.mssCache, Math.floor(tcb.rcvWnd / 2), 536), 88)
}

/** Fits buffers and window limits to a connection that was just made. Linux: tcp_init_buffer_space. */
export function tcpInitBufferSpace(sk: TcpSock): void {
  const { tcb } = sk
  const appWin = sk.net.sysctl.tcp_app_win
  if (!(sk.options.bufferLock & SNDBUF_LOCK)) tcpSndbufExpand(sk)
  tcb.rcvqTime = sk.net.now
  tcb.rcvqSeq = tcb.copiedSeq
  const most = tcpFullSpace(sk), { advMss } = tcb
  if (tcb.windowClamp >= most) {
    tcb.windowClamp = most
    if (appWin !== 0 && most > 4 * advMss) tcb.windowClamp = Math.max(most - Math.floor(most / 2 ** appWin), 4 * advMss)
  }
  if (appWin !== 0 && tcb.windowClamp > 2 * advMss && tcb.windowClamp + advMss > most) tcb.windowClamp = Math.max(2 * advMss, most - advMss)
  tcb.rcvSsthresh = Math.min(tcb.rcvSsthresh, tcb.windowClamp)
  tcb.sndCwndStamp = sk.net.now
  tcb.rcvqSpace = Math.min(tcb.rcvSsthresh, tcb.rcvWnd, TCP_INIT_CWND * advMss)
}

/** A packet with more overhead than the window's limit still lets it grow while the limit is far from the largest buffer. Linux: __tcp_grow_window. */
function growByRatio(sk: TcpSock, length: number, memory: number): number {
  let size = tcpWinFromSpace(sk, memory) >> 1
  let window = tcpWinFromSpace(sk, sk.net.sysctl.tcp_rmem[2]) >> 1
  while (sk.tcb.rcvSsthresh <= window) {
    if (size <= length) return 2 * sk.tcb.rcvMss
    size >>= 1
    window >>= 1
  }
  return 0
}

/**
 * Lets the offered window grow with what is received, by an amount that the packet's ratio of payload to memory allows.
 * Linux: tcp_grow_window.
 *
 * @param adjust it went behind another packet: the head of one from page fragments does not count
 */
export function tcpGrowWindow(sk: TcpSock, skb: SkBuff, adjust: boolean): void {
  const { tcb } = sk
  const room = Math.min(tcb.windowClamp, tcpSpace(sk)) - tcb.rcvSsthresh
  if (room <= 0) return
  const length = skb.end - skb.start
  const memory = adjust && skb.networkOffset < 0 ? length : truesize(skb)
  let grow = tcpWinFromSpace(sk, memory) <= length ? 2 * tcb.advMss : growByRatio(sk, length, memory)
  if (grow === 0) return
  grow = Math.max(grow, 2 * length)
  tcb.rcvSsthresh += Math.min(room, grow)
  tcb.quickAcks |= 1
}

/** A new segment size shows how much memory payload takes; the window's limit follows. Part of Linux's tcp_measure_rcv_mss. */
function measureRatio(sk: TcpSock, skb: SkBuff): void {
  const ratio = Math.floor(((skb.end - skb.start) * 256) / truesize(skb)) || 1
  if (ratio === sk.tcb.scalingRatio) return
  sk.tcb.scalingRatio = Math.min(ratio, 255)
  tcpSetWindowClamp(sk, tcpWinFromSpace(sk, sk.rcvbuf))
}

/** Measures the peer's segment size, and with a larger one how much memory payload takes. Linux: tcp_measure_rcv_mss. */
export function tcpMeasureSegment(sk: TcpSock, skb: SkBuff): void {
  if (tcpMeasureRcvMss(sk, skb)) measureRatio(sk, skb)
}

/** Data in order came: segment size, round trip, interval of ACKs, ECN, window. Linux: tcp_event_data_recv. */
export function tcpEventDataRecv(sk: TcpSock, skb: SkBuff): void {
  inetCskScheduleAck(sk)
  tcpMeasureSegment(sk, skb)
  tcpRcvRttMeasure(sk)
  tcpAdaptAto(sk)
  tcpDataEcnCheck(sk, skb)
  if (skb.end - skb.start >= 128) tcpGrowWindow(sk, skb, true)
}

/** @param windowBased the sample is a window's time, an upper bound only. Linux: tcp_rcv_rtt_update */
function rcvRttUpdate(sk: TcpSock, sampleUs: number, windowBased: boolean): void {
  const { tcb } = sk
  const old = tcb.rcvRttUs
  if (old === 0 || sampleUs * 8 < old) tcb.rcvRttUs = sampleUs * 8
  else if (!windowBased && tcb.rcvNxt === tcb.copiedSeq) tcb.rcvRttUs = old - Math.floor(old / 8) + sampleUs
}

/** The receiver's round trip without timestamps: the time in which a window's worth of data comes. Linux: tcp_rcv_rtt_measure. */
function tcpRcvRttMeasure(sk: TcpSock): void {
  const { tcb } = sk
  if (tcb.rcvRttTime !== 0) {
    if (before(tcb.rcvNxt, tcb.rcvRttSeq)) return
    rcvRttUpdate(sk, Math.max(sk.net.now - tcb.rcvRttTime, 1), true)
  }
  tcb.rcvRttSeq = (tcb.rcvNxt + tcb.rcvWnd) | 0
  tcb.rcvRttTime = sk.net.now
}

/** The receiver's round trip by the echo of a full segment's timestamp. Linux: tcp_rcv_rtt_measure_ts. */
export function tcpRcvRttMeasureTs(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  if (tcb.rcvTsecr === tcb.rcvRttLastTsecr) return
  tcb.rcvRttLastTsecr = tcb.rcvTsecr
  if (((skb.endSeq - skb.seq) | 0) < tcb.rcvMss) return
  const delta = tcpRttTsoptUs(sk, 0)
  if (delta > 0) rcvRttUpdate(sk, delta, false)
}

/**
 * Makes the receive buffer large enough for what the user read in a round trip, twice, and for a sender that doubles.
 * Linux: tcp_rcvbuf_grow.
 *
 * @param bytes read in the last round trip
 */
export function tcpRcvbufGrow(sk: TcpSock, bytes: number): void {
  const { tcb } = sk
  const old = tcb.rcvqSpace, { sysctl } = sk.net
  tcb.rcvqSpace = bytes
  if (sysctl.tcp_moderate_rcvbuf === 0 || sk.options.bufferLock & RCVBUF_LOCK) return
  let window = bytes * 2
  if (bytes > old && old > 0) window += 2 * Math.floor((window * (bytes - old)) / old)
  const last = sk.outOfOrder.queue?.tail
  if (last != null) window += (last.endSeq - tcb.rcvNxt) | 0
  const size = Math.min(tcpSpaceFromWin(sk, window), sysctl.tcp_rmem[2])
  if (size <= sk.rcvbuf) return
  sk.rcvbuf = size
  tcpSetWindowClamp(sk, tcpWinFromSpace(sk, size))
}

/** After the user read: once a round trip, looks whether the buffer should grow (Dynamic Right-Sizing). Linux: tcp_rcv_space_adjust. */
export function tcpRcvSpaceAdjust(sk: TcpSock): void {
  const { tcb } = sk
  if (tcb.rcvRttUs === 0) return
  const { now } = sk.net
  if (now - tcb.rcvqTime < Math.floor(tcb.rcvRttUs / 8)) return
  const copied = ((tcb.copiedSeq - tcb.rcvqSeq) | 0) - ((tcb.rcvNxt - tcb.copiedSeq) | 0)
  if (copied > tcb.rcvqSpace) tcpRcvbufGrow(sk, copied)
  tcb.rcvqSeq = tcb.copiedSeq
  tcb.rcvqTime = now
}

/** The buffer is over its limit: it may grow to what is used, and the window shrinks to two segments. Linux: tcp_clamp_window. */
export function tcpClampWindow(sk: TcpSock): void {
  const { tcb } = sk
  const most = sk.net.sysctl.tcp_rmem[2]
  tcb.quickAcks = 0
  if (sk.rcvbuf < most && !(sk.options.bufferLock & RCVBUF_LOCK)) sk.rcvbuf = Math.min(sk.rmemAlloc, most)
  if (sk.rmemAlloc > sk.rcvbuf) tcb.rcvSsthresh = Math.min(tcb.windowClamp, 2 * tcb.advMss)
}
