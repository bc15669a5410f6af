import { after } from '../seq.js'
import type { SkBuff } from '../skb.js'
import { TCP } from '../sock.js'
import { NetTimer } from '../timers.js'
import { TCP_CHRONO, tcpChronoStart, tcpChronoStop } from './chrono.js'
import { tcpCwndValidate } from './cwnd.js'
import { tsoFragment } from './fragment.js'
import { tcpCurrentMss } from './mss.js'
import { tcpMtuProbe } from './mtu-probe.js'
import { tcpMinshallUpdate, tcpNagleTest } from './nagle.js'
import { tcpSetSkbTsoSegs } from './send-queue.js'
import { tcpEventNewDataSent, tcpTransmitQueued } from './sent.js'
import { NAGLE, TCP_CA, TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { tcpScheduleLossProbe } from './tlp-schedule.js'
import { DEFER, tcpGrowSkb, tcpMssSplitPoint, tcpTsoSegs, tcpTsoShouldDefer } from './tso.js'
import { tcpPacketsInFlight, tcpUrgMode, tcpWndEnd } from './units.js'
import { tcpCheckProbeTimer } from './xmit-timer.js'

/** What may be sent in one go. */
export const PUSH = { ALL: 0, ONE: 1, LOSS_PROBE: 2 } as const

/** Segments that the congestion window admits now, at most half of it. Linux: tcp_cwnd_test. */
export function tcpCwndTest(sk: TcpSock): number {
  const { tcb } = sk
  const inFlight = tcpPacketsInFlight(sk)
  if (inFlight >= tcb.sndCwnd) return 0
  return Math.min(Math.max(tcb.sndCwnd >>> 1, 1), tcb.sndCwnd - inFlight)
}

/** The first segment of the packet fits into the send window. Linux: tcp_snd_wnd_test. */
export function tcpSndWndTest(sk: TcpSock, skb: SkBuff, mss: number): boolean {
  const end = skb.end - skb.start > mss ? (skb.seq + mss) | 0 : skb.endSeq
  return !after(end, tcpWndEnd(sk))
}

/** The next packet must wait for its departure time; a timer sends it. Linux: tcp_pacing_check. */
export function tcpPacingCheck(sk: TcpSock): boolean {
  const { tcb } = sk
  if (tcb.pacingStatus !== 1 || tcb.wstampNs <= sk.net.now * 1000) return false
  tcb.pacingTimer ??= new NetTimer(sk, TCP_TIMER.PACING)
  if (!tcb.pacingTimer.armed) sk.net.timers.arm(tcb.pacingTimer, Math.ceil(tcb.wstampNs / 1000))
  return true
}

/**
 * Sends what windows, Nagle, deferral and pacing admit. Linux: tcp_write_xmit.
 *
 * @param nonagle bits of {@link NAGLE} for the last packet
 * @param pushOne of {@link PUSH}
 * @returns true where nothing is in flight and something could not be sent: a window probe is needed
 */
export function tcpWriteXmit(sk: TcpSock, mss: number, nonagle: number, pushOne: number): boolean {
  const { tcb } = sk
  let sent = 0, cwndLimited = false, rwndLimited = false
  sk.net.refresh()
  if (pushOne === PUSH.ALL) {
    const probed = tcpMtuProbe(sk)
    if (probed === 0) return false
    if (probed > 0) sent = 1
  }
  const maxSegs = tcpTsoSegs(sk, mss)
  for (let skb = tcb.writeQueue.head; skb !== null; skb = tcb.writeQueue.head) {
    if (tcpPacingCheck(sk)) break
    let quota = tcpCwndTest(sk)
    if (quota === 0) {
      if (pushOne !== PUSH.LOSS_PROBE) break
      quota = 1
    }
    quota = Math.min(quota, maxSegs)
    const missing = quota * mss - (skb.end - skb.start)
    if (missing > 0) tcpGrowSkb(sk, skb, missing)
    const segments = tcpSetSkbTsoSegs(skb, mss)
    if (!tcpSndWndTest(sk, skb, mss)) {
      rwndLimited = true
      break
    }
    if (segments === 1) {
      if (!tcpNagleTest(sk, skb, mss, skb.next === null ? nonagle : NAGLE.PUSH)) break
    } else if (pushOne === PUSH.ALL) {
      const defer = tcpTsoShouldDefer(sk, skb, maxSegs)
      if (defer === DEFER.CWND) cwndLimited = true
      else if (defer === DEFER.RWND) rwndLimited = true
      if (defer !== DEFER.NO) break
    }
    const limit = segments > 1 && !tcpUrgMode(sk) ? tcpMssSplitPoint(sk, skb, mss, quota, nonagle) : mss
    if (skb.end - skb.start > limit) tsoFragment(sk, skb, limit, mss)
    if (skb.endSeq === skb.seq) break
    if (tcpTransmitQueued(sk, skb) !== 0) break
    tcpEventNewDataSent(sk, skb)
    tcpMinshallUpdate(sk, mss, skb)
    sent += skb.gsoSegs
    if (pushOne !== PUSH.ALL) break
  }
  if (rwndLimited) tcpChronoStart(sk, TCP_CHRONO.RWND_LIMITED)
  else tcpChronoStop(sk, TCP_CHRONO.RWND_LIMITED)
  if (tcpPacketsInFlight(sk) >= tcb.sndCwnd) cwndLimited = true
  if (sent > 0 || cwndLimited) tcpCwndValidate(sk, cwndLimited)
  if (sent > 0) {
    if (tcb.caState === TCP_CA.CWR || tcb.caState === TCP_CA.RECOVERY) sk.ownRecovery().prrOut += sent
    if (pushOne !== PUSH.LOSS_PROBE) tcpScheduleLossProbe(sk, false)
    return false
  }
  return tcb.packetsOut === 0 && tcb.writeQueue.length !== 0
}

/** Sends what can be sent, and arms the window probe when nothing could. Linux: __tcp_push_pending_frames. */
export function __tcpPushPendingFrames(sk: TcpSock, mss: number, nonagle: number): void {
  if (sk.state === TCP.CLOSE) return
  if (tcpWriteXmit(sk, mss, nonagle, PUSH.ALL)) tcpCheckProbeTimer(sk)
}

/** Sends what can be sent by the socket's own setting. Linux: tcp_push_pending_frames. */
export function tcpPushPendingFrames(sk: TcpSock): void {
  if (sk.tcb.writeQueue.head !== null) __tcpPushPendingFrames(sk, tcpCurrentMss(sk), sk.nonagle)
}

/** Sends the packet at the head while more is being written. Linux: tcp_push_one. */
export function tcpPushOne(sk: TcpSock, mss: number): void {
  tcpWriteXmit(sk, mss, NAGLE.PUSH, PUSH.ONE)
}
