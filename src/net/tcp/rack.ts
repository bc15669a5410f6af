import { SACKED, type SkBuff } from '../skb.js'
import { tcpFragment } from './fragment.js'
import { tcpMarkSkbLost, tcpSkbPcount } from './loss.js'
import { tcpSkbSentAfter } from './rate.js'
import { tcpMinRtt } from './rtt.js'
import { TCP_CA, TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { usecsToJiffies } from './units.js'
import type { AckState } from './ack-state.js'
import { inetCskResetXmitTimer } from './xmit-timer.js'

/** Bits of tcp_recovery. */
const STATIC_REO_WND = 2, NO_DUPTHRESH = 4
/** Recoveries for which a widened window lasts. Linux: TCP_RACK_RECOVERY_THRESH. */
export const TCP_RACK_RECOVERY_THRESH = 16
/** Linux: TCP_TIMEOUT_MIN_US. */
const TIMEOUT_MIN_US = 2000

/** How long a packet may be late before it counts as lost, µs (RFC 8985 section 6.2 step 4). Linux: tcp_rack_reo_wnd. */
function rackReoWnd(sk: TcpSock): number {
  const { tcb } = sk
  if (sk.recovery.reordSeen === 0) {
    if (tcb.caState >= TCP_CA.RECOVERY) return 0
    if (sk.recovery.sackedOut >= tcb.reordering && !(sk.net.sysctl.tcp_recovery & NO_DUPTHRESH)) return 0
  }
  return Math.min(Math.floor(tcpMinRtt(sk) / 4) * sk.recovery.rackReoWndSteps, tcb.srtt8 >>> 3)
}

/** Microseconds until a packet counts as lost; none left: 0 or less. Linux: tcp_rack_skb_timeout. */
export const tcpRackSkbTimeout = (sk: TcpSock, skb: SkBuff, reoWnd: number): number =>
  sk.tcb.rackRttUs + reoWnd - Math.max(0, sk.net.now - skb.sentAt)

/**
 * Marks what was sent well before something that was delivered (RFC 8985 section 6.2 step 5). Linux: tcp_rack_detect_loss.
 *
 * @returns µs until the last candidate would be lost; 0: none waits
 */
export function tcpRackDetectLoss(sk: TcpSock): number {
  const { tcb } = sk
  const reoWnd = rackReoWnd(sk)
  let timeout = 0
  for (let skb = tcb.rtxQueue.head; skb !== null; skb = skb.next) {
    if (skb.sacked & SACKED.ACKED) continue
    if ((skb.sacked & (SACKED.LOST | SACKED.RETRANS)) === SACKED.LOST) continue
    if (!tcpSkbSentAfter(tcb.rackMstamp, skb.sentAt, tcb.rackEndSeq, skb.endSeq)) continue
    const remaining = tcpRackSkbTimeout(sk, skb, reoWnd)
    if (remaining <= 0) tcpMarkSkbLost(sk, skb)
    else if (remaining > timeout) timeout = remaining
  }
  return timeout
}

/** Looks for losses when something newer was delivered; candidates wait for a timer. @returns whether that timer runs. Linux: tcp_rack_mark_lost */
export function tcpRackMarkLost(sk: TcpSock): boolean {
  const { tcb } = sk
  if (!tcb.rackAdvanced) return false
  tcb.rackAdvanced = false
  const timeout = tcpRackDetectLoss(sk)
  if (timeout === 0) return false
  inetCskResetXmitTimer(sk, TCP_TIMER.REO_TIMEOUT, usecsToJiffies(timeout + TIMEOUT_MIN_US), tcb.rtoMs)
  return true
}

/**
 * A packet was delivered: the most recently sent one is what others are compared to (RFC 8985 section 6.2 steps 1 and 2).
 * One that was sent again and is back sooner than a round trip says nothing. Linux: tcp_rack_advance.
 */
export function tcpRackAdvance(sk: TcpSock, sacked: number, endSeq: number, sentAt: number): void {
  const { tcb } = sk
  const rtt = Math.max(0, sk.net.now - sentAt)
  if (rtt < tcpMinRtt(sk) && sacked & SACKED.RETRANS_ALL) return
  tcb.rackAdvanced = true
  tcb.rackRttUs = rtt
  if (!tcpSkbSentAfter(sentAt, tcb.rackMstamp, endSeq, tcb.rackEndSeq)) return
  tcb.rackMstamp = sentAt
  tcb.rackEndSeq = endSeq
}

/** DSACKs widen the reordering window, once a round trip; it narrows again after some recoveries (RFC 8985 section 7.1). Linux: tcp_rack_update_reo_wnd. */
export function tcpRackUpdateReoWnd(sk: TcpSock, state: AckState): void {
  if (sk.net.sysctl.tcp_recovery & STATIC_REO_WND || state.priorDelivered === 0) return
  if (state.priorDelivered < sk.recovery.rackLastDelivered) sk.ownRecovery().rackDsackSeen = false
  if (sk.recovery.rackDsackSeen) {
    const recovery = sk.ownRecovery()
    recovery.rackReoWndSteps = Math.min(255, recovery.rackReoWndSteps + 1)
    recovery.rackDsackSeen = false
    recovery.rackLastDelivered = sk.tcb.delivered
    recovery.rackReoWndPersist = TCP_RACK_RECOVERY_THRESH
  } else if (sk.recovery.rackReoWndPersist === 0 && sk.recovery.rackReoWndSteps !== 1) sk.ownRecovery().rackReoWndSteps = 1
}

/** Without SACK three duplicates, or a partial ACK in recovery, mean that the first packet is lost (RFC 6582). Linux: tcp_newreno_mark_lost. */
export function tcpNewrenoMarkLost(sk: TcpSock, advanced: boolean): void {
  const { tcb } = sk
  const recovery = tcb.caState < TCP_CA.RECOVERY ? sk.recovery.sackedOut >= tcb.reordering : tcb.caState === TCP_CA.RECOVERY && advanced
  const skb = tcb.rtxQueue.head
  if (!recovery || skb === null || skb.sacked & SACKED.LOST) return
  const mss = skb.gsoSize
  if (tcpSkbPcount(skb) > 1 && skb.end - skb.start > mss) tcpFragment(sk, true, skb, mss, mss)
  tcpMarkSkbLost(sk, skb)
}

