import { dropPacket } from '../drop.js'
import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import { type SkBuff, TCP_FLAG } from '../skb.js'
import { TCP } from '../sock.js'
import { tcpMayUpdateWindow } from './ack.js'
import { tcpOowRateLimited, tcpSendChallengeAck } from './challenge-ack.js'
import { TCP_MAX_QUICKACKS, tcpEnterQuickackMode } from './delayed-ack.js'
import { tcpFastopenActiveDisable } from './fast-open.js'
import { tcpFastParseOptions } from './options.js'
import { tcpPawsCheck } from './paws.js'
import { tcpReset } from './reset-in.js'
import { tcpDsackSet } from './sack-blocks.js'
import { tcpSendAck } from './send-ack.js'
import type { TcpSock } from './tcp-sock.js'
import { tcpReceiveWindow } from './window.js'

/** A timestamp that is a second older than the last one fails PAWS, others may be reordered. Linux: TCP_PAWS_WINDOW. */
const PAWS_WINDOW = 1

/** A segment that failed PAWS: 0 where it is a harmless duplicate ACK, else the drop reason. Linux: tcp_disordered_ack_check. */
function disorderedAck(sk: TcpSock, skb: SkBuff): string {
  const { tcb } = sk
  const { seq } = skb
  if (!(skb.tcpFlags & TCP_FLAG.ACK) || seq !== skb.endSeq) return 'TCP_RFC7323_PAWS'
  if (seq !== tcb.rcvNxt) return before(seq, tcb.rcvNxt) ? 'TCP_RFC7323_PAWS_ACK' : 'TCP_RFC7323_PAWS'
  if (skb.ackSeq !== tcb.sndUna || tcpMayUpdateWindow(sk, skb.ackSeq, seq, skb.window * 2 ** tcb.sndWscale)) return 'TCP_RFC7323_PAWS'
  return ((tcb.tsRecent - tcb.rcvTsval) | 0) > Math.floor((tcb.rtoMs * 1024) / 1000) ? 'TCP_RFC7323_PAWS' : ''
}

/**
 * Whether a segment lies in the window (RFC 9293 section 3.10.7.4, "first, check sequence number"): what ends behind it is
 * taken only while nothing is queued, but for a FIN at its very edge. @returns '' or the drop reason. Linux: tcp_sequence
 */
function sequence(sk: TcpSock, skb: SkBuff): string {
  const { tcb } = sk
  const { seq, endSeq } = skb
  if (before(endSeq, tcb.rcvWup)) return 'TCP_OLD_SEQUENCE'
  const edge = (tcb.rcvNxt + tcpReceiveWindow(sk)) | 0
  if (!after((endSeq - (skb.tcpFlags & TCP_FLAG.FIN)) | 0, edge)) return ''
  if (after(seq, edge)) return 'TCP_INVALID_SEQUENCE'
  return tcb.receiveQueue.length !== 0 ? 'TCP_INVALID_END_SEQUENCE' : ''
}

/** Answers a segment out of window with an ACK, with a DSACK when its data is here already. Linux: tcp_send_dupack. */
function sendDupack(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  if (skb.endSeq !== skb.seq && before(skb.seq, tcb.rcvNxt)) {
    sk.net.mib[MIB.DelayedACKLost]!++
    tcpEnterQuickackMode(sk, TCP_MAX_QUICKACKS)
    if (tcb.sackOk && sk.net.sysctl.tcp_dsack !== 0) tcpDsackSet(sk, skb.seq, after(skb.endSeq, tcb.rcvNxt) ? tcb.rcvNxt : skb.endSeq)
  }
  tcpSendAck(sk)
}

/** After a FIN a RST may carry the FIN's number, as macOS sends it. Linux: tcp_reset_check. */
function resetAfterFin(sk: TcpSock, skb: SkBuff): boolean {
  return skb.seq === ((sk.tcb.rcvNxt - 1) | 0) && (sk.state === TCP.CLOSE_WAIT || sk.state === TCP.LAST_ACK || sk.state === TCP.CLOSING)
}

/** The end of the highest block that was SACKed, where a RST is believed too. */
function isHighestSack(sk: TcpSock, seq: number): boolean {
  if (!sk.tcb.sackOk || sk.outOfOrder.selectiveAcks.length === 0) return false
  let highest = sk.outOfOrder.selectiveAcks[0]!.end
  for (const block of sk.outOfOrder.selectiveAcks) if (after(block.end, highest)) highest = block.end
  return seq === highest
}

/** A RST in the window: believed at rcvNxt, else a challenge (RFC 5961 section 3.2). */
function resetInWindow(sk: TcpSock, skb: SkBuff): void {
  if (skb.seq === sk.tcb.rcvNxt || resetAfterFin(sk, skb) || isHighestSack(sk, skb.seq)) {
    tcpReset(sk)
    return
  }
  if (sk.fastOpen.synFastopen && sk.tcb.dataSegsIn === 0 && sk.state === TCP.ESTABLISHED) tcpFastopenActiveDisable(sk)
  tcpSendChallengeAck(sk)
  dropPacket(sk.net, skb, 'TCP_RESET')
}

/** A SYN on a connection is never believed (RFC 5961 section 4.2). */
function challengeSyn(sk: TcpSock, skb: SkBuff, countError: boolean): void {
  if (countError) sk.net.mib[MIB.TcpInErrs]!++
  sk.net.mib[MIB.TCPSYNChallenge]!++
  tcpSendChallengeAck(sk)
  dropPacket(sk.net, skb, 'TCP_INVALID_SYN')
}

/** Drops a segment that failed PAWS, with an ACK unless it is an old ACK itself. */
function failedPaws(sk: TcpSock, skb: SkBuff, reason: string, countError: boolean): void {
  const { net } = sk
  if (skb.tcpFlags & TCP_FLAG.SYN) {
    challengeSyn(sk, skb, countError)
    return
  }
  if (reason === 'TCP_RFC7323_PAWS_ACK') net.mib[MIB.PAWSOldAck]!++
  else {
    net.mib[MIB.PAWSEstab]!++
    if (!tcpOowRateLimited(net, skb, MIB.TCPACKSkippedPAWS, sk.tcb)) sendDupack(sk, skb)
  }
  dropPacket(net, skb, reason)
}

/** Drops a segment out of window. */
function outOfWindow(sk: TcpSock, skb: SkBuff, reason: string, countError: boolean): void {
  const { net } = sk
  if (skb.tcpFlags & TCP_FLAG.RST) {
    if (resetAfterFin(sk, skb)) {
      tcpReset(sk)
      return
    }
  } else if (skb.tcpFlags & TCP_FLAG.SYN) {
    challengeSyn(sk, skb, countError)
    return
  } else {
    if (reason !== 'TCP_OLD_SEQUENCE') net.mib[MIB.BeyondWindow]!++
    if (!tcpOowRateLimited(net, skb, MIB.TCPACKSkippedSeq, sk.tcb)) sendDupack(sk, skb)
  }
  dropPacket(net, skb, reason)
}

/** A SYN-ACK that answers ours of a simultaneous open. */
function isCrossedSynAck(sk: TcpSock, skb: SkBuff): boolean {
  return sk.state === TCP.SYN_RECV && sk.attached && (skb.tcpFlags & TCP_FLAG.ACK) !== 0 && ((skb.seq + 1) | 0) === skb.endSeq &&
    ((skb.seq + 1) | 0) === sk.tcb.rcvNxt && skb.ackSeq === sk.tcb.sndNxt
}

/**
 * Timestamp, sequence number, RST and SYN of a segment of a connection (RFC 9293 section 3.10.7.4, first to fourth;
 * RFC 7323 section 5.3; RFC 5961). Linux: tcp_validate_incoming.
 *
 * @param countError a SYN counts as an error
 * @returns whether processing goes on; otherwise the segment was dealt with
 */
export function tcpValidateIncoming(sk: TcpSock, skb: SkBuff, countError: boolean): boolean {
  tcpFastParseOptions(sk, skb)
  if (sk.tcb.sawTstamp && !tcpPawsCheck(sk, PAWS_WINDOW) && !(skb.tcpFlags & TCP_FLAG.RST)) {
    const reason = disorderedAck(sk, skb)
    if (reason !== '') {
      failedPaws(sk, skb, reason, countError)
      return false
    }
  }
  const reason = sequence(sk, skb)
  if (reason !== '') outOfWindow(sk, skb, reason, countError)
  else if (skb.tcpFlags & TCP_FLAG.RST) resetInWindow(sk, skb)
  else if (skb.tcpFlags & TCP_FLAG.SYN && !isCrossedSynAck(sk, skb)) challengeSyn(sk, skb, countError)
  else return true
  return false
}
