import { MIB } from '../mib.js'
import { TCP_FLAG, type SkBuff } from '../skb.js'
import { tcpTryFastopen } from './fast-open-server.js'
import { tcpListendrop } from './listen-drop.js'
import { tcpPeerIsProven } from './metrics.js'
import { tcpParseOptions, TcpOptionsReceived } from './options.js'
import { inetCskReqskQueueAdd, inetCskReqskQueueHashAdd, inetCskReqskQueueIsFull, skAcceptqIsFull } from './request-queue.js'
import { RequestSock } from './request-sock.js'
import { recordSyn } from './saved-syn.js'
import { secureTcpSeq, secureTcpTsOff } from './sequence.js'
import { tcpSendSynack } from './send-synack.js'
import { SYNACK } from './synack.js'
import { cookieInitSequence } from './syn-cookies.js'
import type { TcpSock } from './tcp-sock.js'
import { requestWindow } from './request-window.js'
import { skDataReady } from './wake.js'
import { asFamily } from '../address.js'

/** Whether a SYN that finds the queue full is answered with a cookie; counts. Linux: tcp_syn_flood_action. */
function synFloodAction(sk: TcpSock): boolean {
  const { mib, sysctl } = sk.net
  const cookies = sysctl.tcp_syncookies
  mib[cookies !== 0 ? MIB.TCPReqQFullDoCookies : MIB.TCPReqQFullDrop]!++
  if (cookies !== 2) sk.acceptQueue!.synfloodWarned = true
  return cookies !== 0
}

function drop(sk: TcpSock): number {
  tcpListendrop(sk.net)
  return 0
}

/** Interface that the connection is bound to: the listener's, or of a link-local peer. Linux: inet_request_bound_dev_if, tcp_v6_init_req. */
function requestDevice(sk: TcpSock, skb: SkBuff): number {
  if (sk.boundDevice !== 0) return sk.boundDevice
  return skb.src.isLinkLocal ? skb.ifindex : 0
}

/** The request of a SYN before anything is decided. Linux: tcp_openreq_init. */
function openRequest(sk: TcpSock, skb: SkBuff, options: TcpOptionsReceived): RequestSock {
  const req = new RequestSock(sk)
  req.local = asFamily(skb.dst, sk.family)
  req.remote = asFamily(skb.src, sk.family)
  req.localPort = skb.dport
  req.remotePort = skb.sport
  req.boundDevice = requestDevice(sk, skb)
  req.mark = sk.options.mark
  req.rcvIsn = skb.seq
  req.rcvNxt = (skb.seq + 1) | 0
  req.mss = options.mssClamp
  req.tstampOk = options.sawTstamp
  req.tsRecent = options.sawTstamp ? options.rcvTsval : 0
  req.sackOk = options.sackOk
  req.wscaleOk = options.wscaleOk
  req.sndWscale = options.sndWscale
  req.synTos = skb.tos
  return req
}

/** The options of a SYN; with a cookie and without timestamps only its MSS can be kept. */
function parseSyn(sk: TcpSock, skb: SkBuff, wantCookie: boolean): TcpOptionsReceived {
  const options = new TcpOptionsReceived()
  options.mssClamp = skb.family === 4 ? 536 : 1220
  options.userMss = sk.settings.userMss
  tcpParseOptions(sk.net, skb, options)
  if (wantCookie) {
    options.cookie = null
    if (!options.sawTstamp) options.wscaleOk = options.sackOk = false
    if (!options.sawTstamp) options.sndWscale = 0
  }
  return options
}

/** The peer offers ECN and we take it. RFC 3168 section 6.1.1. Linux: tcp_ecn_create_request. */
function ecnCreateRequest(sk: TcpSock, skb: SkBuff, req: RequestSock): void {
  if ((skb.tcpFlags & (TCP_FLAG.ECE | TCP_FLAG.CWR)) !== (TCP_FLAG.ECE | TCP_FLAG.CWR)) return
  const reserved = (skb.tcpFlags & TCP_FLAG.AE) !== 0
  if (((skb.tos & 3) === 0 || reserved) && sk.net.sysctl.tcp_ecn !== 0) req.ecnOk = true
}

/**
 * A SYN came to a listener: it is queued and answered, answered with a cookie, or dropped without an answer.
 * @param tcpTwIsn sequence number where the SYN replaces a connection in TIME_WAIT, which passes the limits; 0: none
 * @returns 0, since nothing is ever answered with RST here. Linux: tcp_conn_request
 */
export function tcpConnRequest(sk: TcpSock, skb: SkBuff, tcpTwIsn = sk.net.tcp.timeWaitIsn): number {
  const { net } = sk
  const { sysctl } = net
  net.tcp.timeWaitIsn = 0
  let wantCookie = false
  if ((sysctl.tcp_syncookies === 2 || inetCskReqskQueueIsFull(sk)) && tcpTwIsn === 0) {
    wantCookie = synFloodAction(sk)
    if (!wantCookie) return drop(sk)
  }
  if (skAcceptqIsFull(sk) && !(net.differences.synTakenWhileYoung && sk.acceptQueue!.young < 2)) {
    net.mib[MIB.ListenOverflows]!++
    return drop(sk)
  }
  const options = parseSyn(sk, skb, wantCookie)
  const req = openRequest(sk, skb, options)
  const route = net.routeLookup(req.remote, req.local, req.boundDevice)
  if (route === null) {
    net.mib[skb.family === 4 ? MIB.IpOutNoRoutes : MIB.Ip6OutNoRoutes]!++
    return drop(sk)
  }
  if (req.tstampOk) req.tsOffset = secureTcpTsOff(net, req.local, req.remote)
  req.sntIsn = tcpTwIsn
  if (!wantCookie && tcpTwIsn === 0) {
    // without cookies the last quarter is kept for peers that are known to be real
    const max = sysctl.tcp_max_syn_backlog
    if (sysctl.tcp_syncookies === 0 && max - sk.acceptQueue!.qlen < max >> 2 && !tcpPeerIsProven(net, req.local, req.remote)) return drop(sk)
    req.sntIsn = secureTcpSeq(net, req.local, req.localPort, req.remote, req.remotePort)
  }
  ecnCreateRequest(sk, skb, req)
  if (wantCookie) {
    req.cookieTs = req.tstampOk
    req.sntIsn = cookieInitSequence(sk, skb, req)
    if (!req.tstampOk) req.ecnOk = false
  }
  requestWindow(req, sk, route)
  let child: TcpSock | null = null
  if (!wantCookie) {
    recordSyn(sk, req, skb)
    child = tcpTryFastopen(sk, skb, req, options.cookie)
  }
  if (child !== null) {
    tcpSendSynack(child, req, SYNACK.FASTOPEN)
    req.synackCookie = null
    if (!inetCskReqskQueueAdd(sk, req, child)) return drop(sk)
    skDataReady(sk)
    return 0
  }
  req.tfoListener = false
  if (!wantCookie) inetCskReqskQueueHashAdd(sk, req)
  tcpSendSynack(sk, req, wantCookie ? SYNACK.COOKIE : SYNACK.NORMAL)
  req.synackCookie = null
  return 0
}
