import { dropPacket } from '../drop.js'
import { MIB } from '../mib.js'
import { after, between } from '../seq.js'
import { type SkBuff, TCP_FLAG } from '../skb.js'
import { TCP } from '../sock.js'
import { ACK_FLAG } from './ack-state.js'
import { tcpAck } from './ack.js'
import { tcpSendSynack } from './connect-out.js'
import { tcpInitTransfer } from './cwnd.js'
import { inetCskInPingpongMode, inetCskScheduleAck, TCP_MAX_QUICKACKS, tcpEnterQuickackMode } from './delayed-ack.js'
import { tcpEcnRcvSyn, tcpEcnRcvSynack } from './ecn.js'
import { tcpRcvFastopenSynack } from './fast-open-client.js'
import { tcpFastPathOn } from './fast-path.js'
import { tcpMtupInit, tcpSyncMss } from './mss.js'
import { tcpParseOptions, TcpOptionsReceived } from './options.js'
import { tcpPawsCheck, tcpStoreTsRecent, tcpTimeStamp } from './paws.js'
import { tcpInitializeRcvMss } from './receive-window.js'
import { tcpReset } from './reset-in.js'
import { tcpSendAck } from './send-ack.js'
import { tcpSetState } from './state.js'
import { TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { TCP_MS } from './units.js'
import { skStateChange } from './wake.js'
import { inetCskResetKeepaliveTimer, inetCskResetXmitTimer, tcpResetXmitTimer } from './xmit-timer.js'

/** Bytes of the timestamp option with its padding. */
const TSTAMP_ALIGNED = 12

/** Takes the options of a SYN or SYN-ACK over into the socket. */
function takeOptions(sk: TcpSock, options: TcpOptionsReceived): void {
  const { tcb } = sk
  tcb.mssClamp = options.mssClamp
  tcb.wscaleOk = options.wscaleOk
  tcb.sndWscale = options.sndWscale
  tcb.sackOk = options.sackOk
}

/** The segment's options leave no trace. Linux: tcp_clear_options. */
function discard(sk: TcpSock, skb: SkBuff, reason: string): number {
  const { tcb } = sk
  tcb.tstampOk = tcb.sackOk = tcb.wscaleOk = tcb.sawTstamp = false
  tcb.sndWscale = 0
  dropPacket(sk.net, skb, reason)
  return 0
}

/** The SYN or SYN-ACK that we answer with had been sent twice in vain, but the first one was answered: nothing was lost. Linux: tcp_try_undo_spurious_syn. */
export function tcpTryUndoSpuriousSyn(sk: TcpSock): void {
  const { tcb } = sk
  if (sk.recovery.undoMarker !== 0 && tcb.retransStamp !== 0 && tcb.sawTstamp && tcpTimeStamp(tcb.retransStamp) === tcb.rcvTsecr) {
    sk.ownRecovery().undoMarker = 0
  }
}

/** The connection is there. Linux: tcp_finish_connect. */
export function tcpFinishConnect(sk: TcpSock): void {
  const { net, tcb } = sk
  tcpSetState(sk, TCP.ESTABLISHED)
  tcb.lrcvTime = net.now
  tcpInitTransfer(sk)
  tcb.lsndTime = net.now
  if (sk.options.keepAlive) inetCskResetKeepaliveTimer(sk, sk.settings.keepaliveTimeMs || net.sysctl.tcp_keepalive_time * 1000)
  if (tcb.sndWscale === 0) tcpFastPathOn(sk)
  else tcb.predFlags = 0
}

/** Our SYN was answered. @returns as tcpRcvSynsentStateProcess */
function synAck(sk: TcpSock, skb: SkBuff, options: TcpOptionsReceived): number {
  const { tcb } = sk
  takeOptions(sk, options)
  tcpEcnRcvSynack(sk, skb.tcpFlags)
  tcb.sndWl1 = skb.seq
  tcpTryUndoSpuriousSyn(sk)
  tcpAck(sk, skb, ACK_FLAG.SLOWPATH)
  tcb.rcvNxt = tcb.rcvWup = (skb.seq + 1) | 0
  tcb.sndWnd = skb.window
  if (!tcb.wscaleOk) {
    tcb.sndWscale = tcb.rcvWscale = 0
    tcb.windowClamp = Math.min(tcb.windowClamp, 65535)
  }
  startTimestamps(sk)
  if (tcb.tstampOk) tcb.advMss -= TSTAMP_ALIGNED
  tcpSyncMss(sk, tcb.pmtuCookie)
  tcpInitializeRcvMss(sk)
  tcb.copiedSeq = tcb.rcvNxt
  tcpFinishConnect(sk)
  const failed = (sk.fastOpen.synFastopen || sk.fastOpen.synData) && tcpRcvFastopenSynack(sk, skb, options.cookie)
  if (!sk.dead) skStateChange(sk)
  if (failed) return -1
  if (sk.writePending > 0 || sk.settings.deferAccept !== 0 || inetCskInPingpongMode(sk)) {
    inetCskScheduleAck(sk)
    tcpEnterQuickackMode(sk, TCP_MAX_QUICKACKS)
    inetCskResetXmitTimer(sk, TCP_TIMER.DACK, TCP_MS.DELACK_MAX)
    return 0
  }
  tcpSendAck(sk)
  return -1
}

/** Timestamps are used from now on if the segment had one. */
function startTimestamps(sk: TcpSock): void {
  const { tcb } = sk
  tcb.tstampOk = tcb.sawTstamp
  tcb.tcpHeaderLen = tcb.sawTstamp ? 20 + TSTAMP_ALIGNED : 20
  if (tcb.sawTstamp) tcpStoreTsRecent(sk)
}

/** A SYN without ACK crossed ours (RFC 9293 section 3.5, simultaneous open). */
function crossedSyn(sk: TcpSock, skb: SkBuff, options: TcpOptionsReceived): number {
  const { tcb } = sk
  takeOptions(sk, options)
  tcpSetState(sk, TCP.SYN_RECV)
  startTimestamps(sk)
  tcb.rcvNxt = tcb.copiedSeq = tcb.rcvWup = (skb.seq + 1) | 0
  tcb.sndWnd = tcb.maxWindow = skb.window
  tcb.sndWl1 = skb.seq
  tcpEcnRcvSyn(sk, skb.tcpFlags)
  tcpMtupInit(sk)
  tcpSyncMss(sk, tcb.pmtuCookie)
  tcpInitializeRcvMss(sk)
  tcpSendSynack(sk)
  return 0
}

/**
 * A segment in state SYN-SENT (RFC 9293 section 3.10.7.3). Linux: tcp_rcv_synsent_state_process.
 *
 * @returns 1: answer with RST; 0: done; -1: the connection is there, and what follows the SYN-ACK is to be looked at
 */
export function tcpRcvSynsentStateProcess(sk: TcpSock, skb: SkBuff): number {
  const { net, tcb } = sk
  const options = new TcpOptionsReceived()
  options.mssClamp = tcb.mssClamp
  options.userMss = sk.settings.userMss
  tcpParseOptions(net, skb, options)
  tcb.sawTstamp = options.sawTstamp
  if (options.sawTstamp) {
    tcb.rcvTsval = options.rcvTsval
    tcb.rcvTsecr = options.rcvTsecr === 0 ? 0 : (options.rcvTsecr - tcb.tsOffset) | 0
  }
  const flags = skb.tcpFlags
  if (flags & TCP_FLAG.ACK) {
    if (!after(skb.ackSeq, tcb.sndUna) || after(skb.ackSeq, tcb.sndNxt)) {
      if (tcb.retransmits === 0) tcpResetXmitTimer(sk, TCP_TIMER.RETRANS, TCP_MS.TIMEOUT_MIN)
      discard(sk, skb, 'TCP_INVALID_ACK_SEQUENCE')
      return 1
    }
    if (tcb.sawTstamp && tcb.rcvTsecr !== 0 && !between(tcb.rcvTsecr, tcpTimeStamp(tcb.retransStamp), tcpTimeStamp(net.now))) {
      net.mib[MIB.PAWSActive]!++
      discard(sk, skb, 'TCP_RFC7323_PAWS')
      return 1
    }
    if (flags & TCP_FLAG.RST) {
      tcpReset(sk)
      return 0
    }
    if (!(flags & TCP_FLAG.SYN)) return discard(sk, skb, 'TCP_FLAGS')
    return synAck(sk, skb, options)
  }
  if (flags & TCP_FLAG.RST) return discard(sk, skb, 'TCP_RESET')
  if (tcb.tsRecentStamp !== 0 && tcb.sawTstamp && !tcpPawsCheck(sk, 0)) return discard(sk, skb, 'TCP_RFC7323_PAWS')
  if (flags & TCP_FLAG.SYN) return crossedSyn(sk, skb, options)
  return discard(sk, skb, 'TCP_FLAGS')
}
