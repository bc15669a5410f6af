import { MIB } from '../mib.js'
import type { SkBuff } from '../skb.js'
import { TCP } from '../sock.js'
import { tcpSetRtoValue } from './congestion-ops.js'
import { inetCskAckScheduled, inetCskExitPingpongMode, inetCskInPingpongMode, tcpSackCompressSendAck } from './delayed-ack.js'
import { tcpKeepaliveTimer } from './keepalive.js'
import { tcpSendProbe0 } from './probe.js'
import { tcpRackReoTimeout } from './rack-timeout.js'
import { tcpEnterLoss } from './recovery.js'
import type { RequestSock } from './request-sock.js'
import { tcpRetransmitSkb, tcpXmitRetransmitQueue } from './retransmit.js'
import { tcpSendAck } from './send-ack.js'
import { inetRtxSynAck } from './synack-timer.js'
import { ACK_PENDING, TCP_CA, TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { tcpSendLossProbe } from './tlp.js'
import { jiffies, TCP_MS, tcpPacketsInFlight } from './units.js'
import { PUSH, tcpWriteXmit } from './write.js'
import { tcpCurrentMss } from './mss.js'
import { tcpWriteErr } from './write-error.js'
import { retransmitsTimedOut, tcpOrphanRetries, tcpOutOfResources, tcpWriteTimeout } from './write-timeout.js'
import { inetCskResetXmitTimer } from './xmit-timer.js'

/** Linear timeouts of a thin stream before they double. Linux: TCP_THIN_LINEAR_RETRIES. */
const THIN_LINEAR_RETRIES = 6

/** TCP_USER_TIMEOUT bounds the wait for the next retransmission, ms. Linux: tcp_clamp_rto_to_user_timeout. */
function tcpClampRtoToUserTimeout(sk: TcpSock): number {
  const { tcb } = sk
  if (sk.settings.userTimeoutMs === 0) return tcb.rtoMs
  const remaining = sk.settings.userTimeoutMs - (jiffies(sk.net.now) - jiffies(tcb.retransStamp))
  return remaining <= 0 ? 1 : Math.min(tcb.rtoMs, remaining)
}

/** The peer took its window away and does not give it back. Linux: tcp_rtx_probe0_timed_out. */
function tcpRtxProbe0TimedOut(sk: TcpSock, skb: SkBuff): boolean {
  const { tcb } = sk
  const delta = jiffies(sk.net.now) - jiffies(tcb.retransStamp !== 0 ? tcb.retransStamp : skb.sentAt)
  let timeout = sk.settings.rtoMaxMs * 2
  if (sk.settings.userTimeoutMs !== 0) {
    if (delta > sk.settings.userTimeoutMs) return true
    timeout = Math.min(timeout, sk.settings.userTimeoutMs)
  }
  if (jiffies(sk.net.now) - jiffies(tcb.rcvTstamp) <= timeout) return false
  return delta > timeout
}

/** The SYN-ACK of a Fast Open child was not answered. Linux: tcp_fastopen_synack_timer. */
function tcpFastopenSynackTimer(sk: TcpSock, req: RequestSock): void {
  const { tcb } = sk
  const mib = sk.net.mib
  mib[MIB.TCPTimeouts]!++
  const most = sk.settings.synRetries !== 0 ? sk.settings.synRetries : sk.net.sysctl.tcp_synack_retries + 1
  if (req.numTimeout >= most) {
    tcpWriteErr(sk)
    return
  }
  if (tcb.retransmits === 1) tcpEnterLoss(sk)
  inetRtxSynAck(sk, req)
  req.numTimeout++
  updateRtoStats(sk)
  if (tcb.retransStamp === 0) tcb.retransStamp = sk.net.now
  inetCskResetXmitTimer(sk, TCP_TIMER.RETRANS, req.timeoutMs * 2 ** req.numTimeout)
}

/** Linux: tcp_update_rto_stats. */
function updateRtoStats(sk: TcpSock): void {
  const recovery = sk.ownRecovery()
  if (sk.tcb.retransmits === 0) {
    recovery.totalRtoRecoveries++
    recovery.rtoStamp = sk.net.now
  }
  sk.tcb.retransmits++
  recovery.totalRto++
}

function countFirstTimeout(sk: TcpSock): void {
  const { tcb } = sk
  const mib = sk.net.mib
  if (tcb.caState === TCP_CA.RECOVERY) mib[tcb.sackOk ? MIB.TCPSackRecoveryFail : MIB.TCPRenoRecoveryFail]!++
  else if (tcb.caState === TCP_CA.LOSS) mib[MIB.TCPLossFailures]!++
  else if (tcb.caState === TCP_CA.DISORDER || sk.recovery.sackedOut !== 0) mib[tcb.sackOk ? MIB.TCPSackFailures : MIB.TCPRenoFailures]!++
}

/** Timeouts double (RFC 6298 section 5.5), but not those of thin streams and of the first SYNs; then the timer runs again. */
function backOff(sk: TcpSock): void {
  const { tcb } = sk
  const sysctl = sk.net.sysctl
  const thin = tcb.packetsOut < 4 && !(tcb.sndCwnd < tcb.sndSsthresh && tcb.sndSsthresh >= 0x7fffffff)
  if (sk.state === TCP.ESTABLISHED && (sk.settings.thinLto || sysctl.tcp_thin_linear_timeouts !== 0) && thin && tcb.retransmits <= THIN_LINEAR_RETRIES) {
    tcb.backoff = 0
    tcb.rtoMs = Math.min(Math.max(tcpSetRtoValue(sk), sk.settings.rtoMinMs), sk.settings.rtoMaxMs)
  } else if (sk.state !== TCP.SYN_SENT || sk.recovery.totalRto > sysctl.tcp_syn_linear_timeouts) {
    tcb.backoff++
    tcb.rtoMs = Math.min(tcb.rtoMs * 2, sk.settings.rtoMaxMs)
  }
  inetCskResetXmitTimer(sk, TCP_TIMER.RETRANS, tcpClampRtoToUserTimeout(sk))
  if (retransmitsTimedOut(sk, sysctl.tcp_retries1 + 1, 0)) sk.route = null
}

/** The retransmission timer fired: everything in flight is lost (RFC 6298 section 5, RFC 5682). Linux: tcp_retransmit_timer. */
export function tcpRetransmitTimer(sk: TcpSock): void {
  const { tcb } = sk
  if (sk.fastOpen.fastopenReq !== null) {
    tcpFastopenSynackTimer(sk, sk.fastOpen.fastopenReq)
    return
  }
  const first = tcb.rtxQueue.head
  if (tcb.packetsOut === 0 || first === null) return
  if (tcb.sndWnd === 0 && !sk.dead && sk.state !== TCP.SYN_SENT && sk.state !== TCP.SYN_RECV) {
    if (tcpRtxProbe0TimedOut(sk, first)) {
      tcpWriteErr(sk)
      return
    }
    tcpEnterLoss(sk)
    tcpRetransmitSkb(sk, first, 1)
    sk.route = null
    backOff(sk)
    return
  }
  sk.net.mib[MIB.TCPTimeouts]!++
  if (tcpWriteTimeout(sk)) return
  if (tcb.retransmits === 0) countFirstTimeout(sk)
  tcpEnterLoss(sk)
  updateRtoStats(sk)
  const head = tcb.rtxQueue.head
  if (head !== null && tcpRetransmitSkb(sk, head, 1) > 0) {
    inetCskResetXmitTimer(sk, TCP_TIMER.RETRANS, TCP_MS.RESOURCE_PROBE)
    return
  }
  backOff(sk)
}

/** The window probe is due (RFC 9293 section 3.8.6.1). Linux: tcp_probe_timer. */
function tcpProbeTimer(sk: TcpSock): void {
  const { tcb } = sk
  if (tcb.packetsOut !== 0 || tcb.writeQueue.head === null) {
    tcb.probesOut = 0
    tcb.probesTstamp = 0
    return
  }
  const now = sk.net.now
  if (tcb.probesTstamp === 0) tcb.probesTstamp = now
  else if (sk.settings.userTimeoutMs !== 0 && jiffies(now) - jiffies(tcb.probesTstamp) >= sk.settings.userTimeoutMs) {
    tcpWriteErr(sk)
    return
  }
  let most = sk.net.sysctl.tcp_retries2
  if (sk.dead) {
    const alive = Math.min(tcb.rtoMs * 2 ** tcb.backoff, sk.settings.rtoMaxMs) < sk.settings.rtoMaxMs
    most = tcpOrphanRetries(sk, alive)
    if (!alive && tcb.backoff >= most) {
      tcpWriteErr(sk)
      return
    }
    if (tcpOutOfResources(sk, true)) return
  }
  if (tcb.probesOut >= most) tcpWriteErr(sk)
  else tcpSendProbe0(sk)
}

/** The timer of RETRANS, PROBE0, LOSS_PROBE and REO_TIMEOUT fired. Linux: tcp_write_timer_handler. */
export function tcpWriteTimer(sk: TcpSock): void {
  const event = sk.tcb.pending
  if (sk.state === TCP.CLOSE || sk.state === TCP.LISTEN || event === 0) return
  if (event === TCP_TIMER.REO_TIMEOUT) tcpRackReoTimeout(sk)
  else if (event === TCP_TIMER.LOSS_PROBE) tcpSendLossProbe(sk)
  else {
    sk.tcb.pending = 0
    if (event === TCP_TIMER.RETRANS) tcpRetransmitTimer(sk)
    else tcpProbeTimer(sk)
  }
}

/** The delayed ACK is due; one that nobody answered in time changes the interval. Linux: tcp_delack_timer_handler. */
export function tcpDelackTimer(sk: TcpSock): void {
  const { tcb } = sk
  if (sk.state === TCP.CLOSE || sk.state === TCP.LISTEN) return
  if (sk.outOfOrder.compressedAck !== 0) {
    tcpSackCompressSendAck(sk)
    return
  }
  if (!(tcb.ackPending & ACK_PENDING.TIMER)) return
  tcb.ackPending &= ~ACK_PENDING.TIMER
  if (!inetCskAckScheduled(sk)) return
  if (inetCskInPingpongMode(sk)) {
    inetCskExitPingpongMode(sk)
    tcb.ackAtoMs = TCP_MS.ATO_MIN
  } else tcb.ackAtoMs = Math.min(tcb.ackAtoMs * 2, tcb.rtoMs)
  tcpSendAck(sk)
  sk.net.mib[MIB.DelayedACKs]!++
}

/** ACKs held back while data came out of order are sent as one. Linux: tcp_compressed_ack_kick. */
function tcpCompressedAckKick(sk: TcpSock): void {
  if (sk.outOfOrder.compressedAck === 0) return
  sk.ownOutOfOrder().compressedAck--
  tcpSendAck(sk)
}

/** Pacing lets the next packet go. Linux: tcp_pace_kick, tcp_tsq_write. */
function tcpPaceKick(sk: TcpSock): void {
  const { state } = sk
  const sending = state === TCP.ESTABLISHED || state === TCP.FIN_WAIT1 || state === TCP.CLOSING || state === TCP.CLOSE_WAIT || state === TCP.LAST_ACK
  if (!sending) return
  if (sk.recovery.lostOut > sk.recovery.retransOut && sk.tcb.sndCwnd > tcpPacketsInFlight(sk)) tcpXmitRetransmitQueue(sk)
  tcpWriteXmit(sk, tcpCurrentMss(sk), sk.nonagle, PUSH.ALL)
}

/** A timer of a socket fired. @param kind of {@link TCP_TIMER} */
export function tcpOnTimer(sk: TcpSock, kind: number): void {
  sk.net.refresh()
  if (kind === TCP_TIMER.RETRANS) tcpWriteTimer(sk)
  else if (kind === TCP_TIMER.DACK) {
    sk.tcb.delackTimer = null
    tcpDelackTimer(sk)
  } else if (kind === TCP_TIMER.KEEP) tcpKeepaliveTimer(sk)
  else if (kind === TCP_TIMER.PACING) tcpPaceKick(sk)
  else if (kind === TCP_TIMER.COMPRESSED_ACK) tcpCompressedAckKick(sk)
}
