import { ECONNREFUSED, EFAULT, EHOSTUNREACH } from '../../abi/errno.js'
import { MIB } from '../mib.js'
import { SkBuff, TCP_FLAG } from '../skb.js'
import { TCP_CHRONO, tcpChronoStart } from './chrono.js'
import { tcpEcnSendSyn, tcpEcnSendSynack } from './ecn-out.js'
import { type FastOpenRequest, tcpFastopenCookieCheck } from './fast-open.js'
import { tcpMd5DoLookup } from './md5.js'
import { __tcpMtuToMss, tcpDstMtu, tcpMssClamp, tcpMtupInit, tcpSyncMss } from './mss.js'
import { tcpInitializeRcvMss } from './receive-window.js'
import { tcpClearRetrans } from './recovery.js'
import { tcpDstAdvmss } from './route-mss.js'
import { sendTruesize, tcpRtxInsert, tcpWriteQueuePurge } from './send-queue.js'
import { TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { tcpNondataSkb, tcpTransmitSkb } from './transmit.js'
import { MAX_TCP_OPTION_SPACE } from './units.js'
import { tcpFullSpace, tcpSelectInitialWindow } from './window.js'
import { inetCskResetXmitTimer } from './xmit-timer.js'

/** Sets up what the SYN says: MSS, window and scale, and an empty send sequence space. Linux: tcp_connect_init. */
function tcpConnectInit(sk: TcpSock): void {
  const { tcb } = sk
  const sysctl = sk.net.sysctl, metrics = sk.net.sockRoute(sk)?.metrics
  tcb.tcpHeaderLen = 20 + (sysctl.tcp_timestamps !== 0 ? 12 : 0)
  if (tcpMd5DoLookup(sk.md5, sk.remote, sk.boundDevice) !== null) tcb.tcpHeaderLen += 20
  if (sk.settings.userMss !== 0) tcb.mssClamp = sk.settings.userMss
  tcb.maxWindow = 0
  tcpMtupInit(sk)
  tcpSyncMss(sk, tcpDstMtu(sk))
  if (tcb.windowClamp === 0) tcb.windowClamp = metrics?.window ?? 0
  tcb.advMss = tcpMssClamp(sk, tcpDstAdvmss(sk))
  tcpInitializeRcvMss(sk)
  const full = tcpFullSpace(sk)
  if (sk.options.bufferLock & 2 && (tcb.windowClamp > full || tcb.windowClamp === 0)) tcb.windowClamp = full
  const mss = tcb.advMss - (tcb.tsRecentStamp !== 0 ? tcb.tcpHeaderLen - 20 : 0)
  const window = tcpSelectInitialWindow(sk.net, full, mss, tcb.windowClamp, sysctl.tcp_window_scaling !== 0, metrics?.initRwnd ?? 0)
  tcb.rcvWnd = tcb.rcvSsthresh = window.rcvWnd
  tcb.windowClamp = window.windowClamp
  tcb.rcvWscale = window.rcvWscale
  sk.error = 0
  sk.finReceived = false
  tcb.sndWnd = 0
  tcb.sndWl1 = 0
  tcpWriteQueuePurge(sk)
  tcb.sndUna = tcb.sndSml = tcb.sndUp = tcb.sndNxt = tcb.writeSeq
  tcb.rcvNxt = tcb.rcvWup = tcb.copiedSeq = 0
  tcb.rtoMs = 1000
  tcb.retransmits = 0
  tcpClearRetrans(sk)
}

/** Counts a packet of the handshake as sent. Linux: tcp_connect_queue_skb. */
function tcpConnectQueueSkb(sk: TcpSock, skb: SkBuff): void {
  skb.endSeq = (skb.endSeq + skb.end - skb.start) | 0
  sk.wmemQueued += sendTruesize(skb)
  sk.tcb.writeSeq = skb.endSeq
  sk.tcb.packetsOut += skb.gsoSegs
}

/** The data that goes with the SYN, as much as the peer's cached MSS lets; null: none can be had. */
function synDataSkb(sk: TcpSock, request: FastOpenRequest, syn: SkBuff): SkBuff | null {
  const space = Math.min(__tcpMtuToMss(sk, sk.tcb.pmtuCookie) - MAX_TCP_OPTION_SPACE, request.size)
  const skb = new SkBuff()
  skb.seq = syn.seq
  skb.endSeq = syn.endSeq
  skb.tcpFlags = syn.tcpFlags
  skb.gsoSegs = 1
  if (space > 0 && request.data !== null) {
    skb.buffer = new Uint8Array(space)
    skb.end = request.data.take(skb.buffer, 0, space)
    if (skb.end === 0) return null
  }
  request.copied = skb.end
  return skb
}

/** Sends a SYN with data and cookie (RFC 7413 section 4.2), or with the request for one. Linux: tcp_send_syn_data. */
function tcpSendSynData(sk: TcpSock, request: FastOpenRequest, syn: SkBuff): number {
  const { tcb } = sk
  tcb.mssClamp = tcb.advMss
  const data = tcpFastopenCookieCheck(sk) ? prepareSynData(sk, request, syn) : null
  if (data === null) {
    if (request.cookie !== null && request.cookie.bytes.length > 0) request.cookie = { ...request.cookie, bytes: new Uint8Array(0) }
    const error = tcpTransmitSkb(sk, syn, true)
    if (error !== 0) sk.ownFastOpen().synFastopen = false
    request.cookie = null
    return error
  }
  tcpConnectQueueSkb(sk, data)
  if (data.end > 0) tcpChronoStart(sk, TCP_CHRONO.BUSY)
  const error = tcpTransmitSkb(sk, data, true)
  syn.sentAt = data.sentAt
  data.seq = (data.seq + 1) | 0
  data.tcpFlags = TCP_FLAG.ACK | TCP_FLAG.PSH
  if (error === 0) {
    sk.ownFastOpen().synData = request.copied > 0
    tcpRtxInsert(sk, data)
    sk.net.mib[MIB.TCPOrigDataSent]!++
    request.cookie = null
    return 0
  }
  tcb.writeQueue.push(data)
  tcb.packetsOut -= data.gsoSegs
  const plain = tcpTransmitSkb(sk, syn, true)
  if (plain !== 0) sk.ownFastOpen().synFastopen = false
  request.cookie = null
  return plain
}

function prepareSynData(sk: TcpSock, request: FastOpenRequest, syn: SkBuff): SkBuff | null {
  const { tcb } = sk
  tcb.mssClamp = tcpMssClamp(sk, tcb.mssClamp)
  tcpSyncMss(sk, tcb.pmtuCookie)
  return synDataSkb(sk, request, syn)
}

/** Builds and sends the SYN of an active open (RFC 9293 section 3.10.1). Linux: tcp_connect. @returns 0 or -errno */
export function tcpConnect(sk: TcpSock): number {
  const { tcb } = sk
  if (sk.net.sockRoute(sk) === null) return -EHOSTUNREACH
  tcpConnectInit(sk)
  const syn = tcpNondataSkb(tcb.writeSeq, TCP_FLAG.SYN)
  sk.net.refresh()
  tcb.retransStamp = sk.net.now
  tcpConnectQueueSkb(sk, syn)
  tcpEcnSendSyn(sk, syn)
  tcpRtxInsert(sk, syn)
  const error = sk.fastOpen.request !== null ? tcpSendSynData(sk, sk.fastOpen.request, syn) : tcpTransmitSkb(sk, syn, true)
  if (error === -ECONNREFUSED) return error
  tcb.sndNxt = tcb.pushedSeq = tcb.writeSeq
  const unsent = tcb.writeQueue.head
  if (unsent !== null) tcb.sndNxt = tcb.pushedSeq = unsent.seq
  sk.net.mib[MIB.TcpActiveOpens]!++
  inetCskResetXmitTimer(sk, TCP_TIMER.RETRANS, tcb.rtoMs)
  return 0
}

/** Answers a SYN that crossed ours. Linux: tcp_send_synack. @returns 0 or -errno */
export function tcpSendSynack(sk: TcpSock): number {
  const skb = sk.tcb.rtxQueue.head
  if (skb === null || !(skb.tcpFlags & TCP_FLAG.SYN)) return -EFAULT
  if (!(skb.tcpFlags & TCP_FLAG.ACK)) {
    skb.tcpFlags |= TCP_FLAG.ACK
    tcpEcnSendSynack(sk, skb)
  }
  return tcpTransmitSkb(sk, skb, true)
}
