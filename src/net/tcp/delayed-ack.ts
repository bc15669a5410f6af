import { MIB } from '../mib.js'
import { TCP_FLAG, type SkBuff } from '../skb.js'
import { NetTimer } from '../timers.js'
import { ACK_PENDING, TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { tcpSendAck, tcpSendDelayedAck } from './send-ack.js'
import { __tcpSelectWindow } from './window.js'

/** Most segments in a row that are acknowledged at once. Linux: TCP_MAX_QUICKACKS. */
export const TCP_MAX_QUICKACKS = 16
/** Least estimate of the delayed ACK's interval, ms. Linux: TCP_ATO_MIN. */
export const TCP_ATO_MIN = 40
const FASTRETRANS_THRESH = 3

/** An ACK is due, with the next segment or by the timer. Linux: inet_csk_schedule_ack. */
export function inetCskScheduleAck(sk: TcpSock): void {
  sk.tcb.ackPending |= ACK_PENDING.SCHED
}

/** Linux: inet_csk_ack_scheduled. */
export const inetCskAckScheduled = (sk: TcpSock): boolean => (sk.tcb.ackPending & ACK_PENDING.SCHED) !== 0

/** The connection goes back and forth: ACKs may wait for an answer. Linux: inet_csk_enter_pingpong_mode. */
export function inetCskEnterPingpongMode(sk: TcpSock): void {
  sk.tcb.pingpong = sk.net.sysctl.tcp_pingpong_thresh
}

/** Linux: inet_csk_exit_pingpong_mode. */
export function inetCskExitPingpongMode(sk: TcpSock): void {
  sk.tcb.pingpong = 0
}

/** Linux: inet_csk_in_pingpong_mode. */
export const inetCskInPingpongMode = (sk: TcpSock): boolean => sk.tcb.pingpong >= sk.net.sysctl.tcp_pingpong_thresh

/** As many immediate ACKs as half a window takes, at most `most`. Linux: tcp_incr_quickack. */
export function tcpIncrQuickack(sk: TcpSock, most: number): void {
  const { tcb } = sk
  const quick = Math.min(Math.floor(tcb.rcvWnd / (2 * tcb.rcvMss)) || 2, most)
  if (quick > tcb.quickAcks) tcb.quickAcks = quick
}

/** Acknowledges the next segments at once: the sender may be starting or recovering. Linux: tcp_enter_quickack_mode. */
export function tcpEnterQuickackMode(sk: TcpSock, most: number): void {
  tcpIncrQuickack(sk, most)
  inetCskExitPingpongMode(sk)
  sk.tcb.ackAtoMs = TCP_ATO_MIN
}

/** Linux: tcp_in_quickack_mode. */
export const tcpInQuickackMode = (sk: TcpSock): boolean => sk.tcb.quickAcks !== 0 && !inetCskInPingpongMode(sk)

/**
 * Adapts the interval of delayed ACKs to that of data, and begins with quick ACKs, for a sender starts slowly.
 * Part of Linux's tcp_event_data_recv.
 */
export function tcpAdaptAto(sk: TcpSock): void {
  const { tcb } = sk
  const now = Math.floor(sk.net.now / 1000)
  const gap = now - Math.floor(tcb.lrcvTime / 1000)
  if (tcb.ackAtoMs === 0) {
    tcpIncrQuickack(sk, TCP_MAX_QUICKACKS)
    tcb.ackAtoMs = TCP_ATO_MIN
  } else if (gap <= TCP_ATO_MIN / 2) tcb.ackAtoMs = (tcb.ackAtoMs >> 1) + TCP_ATO_MIN / 2
  else if (gap < tcb.ackAtoMs) tcb.ackAtoMs = Math.min((tcb.ackAtoMs >> 1) + gap, tcb.rtoMs)
  else if (gap > tcb.rtoMs) tcpIncrQuickack(sk, TCP_MAX_QUICKACKS)
  tcb.lrcvTime = sk.net.now
}

/** Guesses the peer's segment size, which decides when two segments have come. Linux: tcp_measure_rcv_mss. @returns the new size where it grew */
export function tcpMeasureRcvMss(sk: TcpSock, skb: SkBuff): boolean {
  const { tcb } = sk
  const lastSize = tcb.lastSegSize
  tcb.lastSegSize = 0
  const length = skb.gsoSize !== 0 ? skb.gsoSize : skb.end - skb.start
  if (length >= tcb.rcvMss) {
    const grew = length !== tcb.rcvMss
    tcb.rcvMss = Math.min(length, tcb.advMss)
    if (skb.tcpFlags & TCP_FLAG.PSH) tcb.ackPending |= ACK_PENDING.PUSHED
    return grew
  }
  const whole = length + 20 + skb.options.length
  const remnant = skb.tcpFlags & (TCP_FLAG.FIN | TCP_FLAG.URG | TCP_FLAG.SYN | TCP_FLAG.PSH)
  if (whole >= 536 + 20 || (whole >= 88 + 20 && remnant === 0)) {
    tcb.lastSegSize = whole - tcb.tcpHeaderLen
    if (tcb.lastSegSize === lastSize) {
      tcb.rcvMss = tcb.lastSegSize
      return false
    }
  }
  if (tcb.ackPending & ACK_PENDING.PUSHED) tcb.ackPending |= ACK_PENDING.PUSHED2
  tcb.ackPending |= ACK_PENDING.PUSHED
  return false
}

/** Sends the one ACK that stands for several held back. Linux: tcp_sack_compress_send_ack. */
export function tcpSackCompressSendAck(sk: TcpSock): void {
  if (sk.outOfOrder.compressedAck === 0) return
  if (sk.outOfOrder.compressedAckTimer?.armed === true) sk.net.timers.cancel(sk.outOfOrder.compressedAckTimer)
  sk.net.mib[MIB.TCPAckCompressed]! += sk.outOfOrder.compressedAck - 1
  sk.ownOutOfOrder().compressedAck = 0
  tcpSendAck(sk)
}

/** Whether data that came makes an ACK due now: a second full segment, quick mode, or the protocol wants it. */
function ackNow(sk: TcpSock): boolean {
  const { tcb } = sk
  if (((tcb.rcvNxt - tcb.rcvWup) | 0) > tcb.rcvMss &&
    (((tcb.rcvNxt - tcb.copiedSeq) >>> 0) < sk.options.receiveLowWater || __tcpSelectWindow(sk) >= tcb.rcvWnd)) return true
  return tcpInQuickackMode(sk) || (tcb.ackPending & ACK_PENDING.NOW) !== 0
}

/**
 * Decides how received data is acknowledged: now, later, or by one of the few ACKs that a stream of out-of-order segments
 * gets (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2). Linux: __tcp_ack_snd_check.
 *
 * @param ofoPossible there may be out-of-order data
 */
export function tcpAckSndCheckNow(sk: TcpSock, ofoPossible: boolean): void {
  const { tcb } = sk
  if (ackNow(sk)) {
    tcpSendAck(sk)
    return
  }
  if (!ofoPossible || sk.outOfOrder.queue === null || sk.outOfOrder.queue.head === null) {
    tcpSendDelayedAck(sk)
    return
  }
  const { net } = sk
  const ofo = sk.ownOutOfOrder()
  if (!tcb.sackOk || ofo.compressedAck >= net.sysctl.tcp_comp_sack_nr) {
    tcpSendAck(sk)
    return
  }
  if (ofo.compressedAckRcvNxt !== tcb.rcvNxt) {
    ofo.compressedAckRcvNxt = tcb.rcvNxt
    ofo.dupAckCounter = 0
  }
  if (ofo.dupAckCounter < FASTRETRANS_THRESH) {
    ofo.dupAckCounter++
    tcpSendAck(sk)
    return
  }
  ofo.compressedAck++
  const timer = (ofo.compressedAckTimer ??= new NetTimer(sk, TCP_TIMER.COMPRESSED_ACK))
  if (timer.armed) return
  const rtt8 = tcb.srtt8 !== 0 && tcb.srtt8 < tcb.rcvRttUs ? tcb.srtt8 : tcb.rcvRttUs
  const delayNs = Math.min(net.sysctl.tcp_comp_sack_delay_ns, Math.floor((rtt8 * 125) / 20))
  net.timers.arm(timer, net.now + Math.ceil(delayNs / 1000))
}

/** Unless a data segment took the ACK along already. Linux: tcp_ack_snd_check. */
export function tcpAckSndCheck(sk: TcpSock): void {
  if (inetCskAckScheduled(sk)) tcpAckSndCheckNow(sk, true)
}
