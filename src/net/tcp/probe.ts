import { MIB } from '../mib.js'
import { before, between } from '../seq.js'
import { TCP_FLAG } from '../skb.js'
import { TCP } from '../sock.js'
import { tcpFragment } from './fragment.js'
import { tcpCurrentMss } from './mss.js'
import { tcpSetSkbTsoSegs } from './send-queue.js'
import { tcpEventNewDataSent, tcpTransmitQueued } from './sent.js'
import { TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { tcpNondataSkb, tcpTransmitSkb } from './transmit.js'
import { jiffies, TCP_MS, tcpWndEnd } from './units.js'
import { tcpProbe0When, tcpResetXmitTimer } from './xmit-timer.js'

/** Sends an old sequence number, which the peer must answer with an ACK. Linux: tcp_xmit_probe_skb. */
function tcpXmitProbeSkb(sk: TcpSock, urgent: boolean, counter: number): number {
  sk.net.mib[counter]!++
  return tcpTransmitSkb(sk, tcpNondataSkb(sk.tcb.sndUna - (urgent ? 0 : 1), TCP_FLAG.ACK), false)
}

/**
 * A keepalive or window probe: data when the window has any room, else an old sequence number. Linux: tcp_write_wakeup.
 *
 * @param counter index of the counter
 * @returns 0; positive: local congestion; negative: nothing left
 */
export function tcpWriteWakeup(sk: TcpSock, counter: number): number {
  const { tcb } = sk
  if (sk.state === TCP.CLOSE) return -1
  const skb = tcb.writeQueue.head, end = tcpWndEnd(sk)
  if (skb === null || !before(skb.seq, end)) {
    if (between(tcb.sndUp, (tcb.sndUna + 1) | 0, (tcb.sndUna + 0xffff) | 0)) tcpXmitProbeSkb(sk, true, counter)
    return tcpXmitProbeSkb(sk, false, counter)
  }
  const mss = tcpCurrentMss(sk)
  const room = (end - skb.seq) | 0
  if (before(tcb.pushedSeq, skb.endSeq)) tcb.pushedSeq = skb.endSeq
  if (room < ((skb.endSeq - skb.seq) | 0) || skb.end - skb.start > mss) {
    skb.tcpFlags |= TCP_FLAG.PSH
    if (tcpFragment(sk, false, skb, Math.min(room, mss), mss) !== 0) return -1
  } else if (skb.gsoSegs === 0) tcpSetSkbTsoSegs(skb, mss)
  skb.tcpFlags |= TCP_FLAG.PSH
  const error = tcpTransmitQueued(sk, skb)
  if (error === 0) tcpEventNewDataSent(sk, skb)
  return error
}

/** TCP_USER_TIMEOUT bounds the wait for the next window probe, ms. Linux: tcp_clamp_probe0_to_user_timeout. */
export function tcpClampProbe0ToUserTimeout(sk: TcpSock, whenMs: number): number {
  if (sk.settings.userTimeoutMs === 0 || sk.tcb.probesTstamp === 0) return whenMs
  const elapsed = Math.max(0, jiffies(sk.net.now) - jiffies(sk.tcb.probesTstamp))
  return Math.min(Math.max(sk.settings.userTimeoutMs - elapsed, TCP_MS.TIMEOUT_MIN), whenMs)
}

/** The probe timer fired: probes the window, and waits twice as long for the next time. Linux: tcp_send_probe0. */
export function tcpSendProbe0(sk: TcpSock): void {
  const { tcb } = sk
  const error = tcpWriteWakeup(sk, MIB.TCPWinProbe)
  if (tcb.packetsOut !== 0 || tcb.writeQueue.length === 0) {
    tcb.probesOut = 0
    tcb.backoff = 0
    tcb.probesTstamp = 0
    return
  }
  tcb.probesOut++
  let timeout: number = TCP_MS.RESOURCE_PROBE
  if (error <= 0) {
    if (tcb.backoff < sk.net.sysctl.tcp_retries2) tcb.backoff++
    timeout = tcpProbe0When(sk, sk.settings.rtoMaxMs)
  }
  tcpResetXmitTimer(sk, TCP_TIMER.PROBE0, tcpClampProbe0ToUserTimeout(sk, timeout), true)
}
