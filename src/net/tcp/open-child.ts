import { MIB } from '../mib.js'
import type { SkBuff } from '../skb.js'
import { TCP } from '../sock.js'
import { defaultCongestion } from './congestion.js'
import { tcpListendrop } from './listen-drop.js'
import { tcpMd5DoLookup } from './md5.js'
import { tcpDstMtu, tcpMssClamp, tcpSyncMss } from './mss.js'
import { inetCskPrepareForcedClose, tcpDone } from './orphan.js'
import { inetInheritPort } from './ports.js'
import { tcpInitializeRcvMss } from './receive-window.js'
import { skAcceptqIsFull } from './request-queue.js'
import type { RequestSock } from './request-sock.js'
import { tcpDstAdvmss } from './route-mss.js'
import { inetSkSetState } from './state.js'
import { inetHash } from './tables.js'
import { TCP_ECN, type TcpSock } from './tcp-sock.js'
import { inetCskResetKeepaliveTimer } from './xmit-timer.js'

/** What a child inherits of the listener; settings are shared until one of them changes some. Linux: sk_clone_lock (the whole structure is copied there). */
function inherit(child: TcpSock, sk: TcpSock): void {
  const { net } = sk
  child.options = sk.options === net.defaultOptions ? sk.options : Object.freeze(sk.options)
  child.uid = sk.uid
  child.sndbuf = sk.sndbuf
  child.rcvbuf = sk.rcvbuf
  child.nonagle = sk.nonagle
  child.settings = sk.settings === net.tcp.settings ? sk.settings : Object.freeze(sk.settings)
  child.bindLock = sk.bindLock
  child.ca = sk.ca
  child.caSetsockopt = sk.caSetsockopt
  child.ownTcb().pacingStatus = sk.tcb.pacingStatus
}

/** The connection that a request becomes, as the handshake left it. Linux: tcp_create_openreq_child, inet_csk_clone_lock. */
function tcpCreateOpenreqChild(sk: TcpSock, req: RequestSock, skb: SkBuff): TcpSock {
  const { net } = sk
  const child = sk.makeChild()
  inherit(child, sk)
  child.attached = false
  child.local = child.boundAddress = req.local
  child.remote = req.remote
  child.localPort = req.localPort
  child.remotePort = req.remotePort
  child.state = TCP.LISTEN
  inetSkSetState(child, TCP.SYN_RECV)
  child.tcb.rcvWup = child.tcb.copiedSeq = child.tcb.rcvNxt = (req.rcvIsn + 1) | 0
  child.tcb.segsIn = 1
  child.tcb.sndSml = child.tcb.sndUna = child.tcb.sndNxt = child.tcb.sndUp = child.tcb.writeSeq = child.tcb.pushedSeq = (req.sntIsn + 1) | 0
  child.tcb.sndWl1 = req.rcvIsn
  child.tcb.lrcvTime = child.tcb.lsndTime = net.now
  if (req.numRetrans !== 0) child.ownRecovery().totalRetrans = req.numRetrans
  if (child.options.keepAlive) {
    inetCskResetKeepaliveTimer(child, child.settings.keepaliveTimeMs !== 0 ? child.settings.keepaliveTimeMs : net.sysctl.tcp_keepalive_time * 1000)
  }
  child.tcb.tstampOk = req.tstampOk
  child.tcb.sackOk = req.sackOk
  child.tcb.windowClamp = req.windowClamp
  child.tcb.rcvSsthresh = child.tcb.rcvWnd = req.rcvWnd
  child.tcb.wscaleOk = req.wscaleOk
  if (req.wscaleOk) {
    child.tcb.sndWscale = req.sndWscale
    child.tcb.rcvWscale = req.rcvWscale
  } else child.tcb.windowClamp = Math.min(child.tcb.windowClamp, 65535)
  child.tcb.sndWnd = child.tcb.maxWindow = skb.window << child.tcb.sndWscale
  if (req.tstampOk) {
    child.tcb.tsRecent = req.tsRecent
    child.tcb.tsRecentStamp = Math.floor(net.now / 1e6)
    child.tcb.tcpHeaderLen = 32
  }
  if (req.numTimeout !== 0) {
    const recovery = child.ownRecovery()
    recovery.undoMarker = req.sntIsn
    child.tcb.retransStamp = req.sntSynack
    recovery.totalRto = req.numTimeout
    recovery.totalRtoRecoveries = 1
    recovery.totalRtoTimeMs = Math.max(0, Math.floor((net.now - req.sntSynack) / 1000))
  }
  child.tcb.tsOffset = req.tsOffset
  if (skb.length >= 536) child.tcb.lastSegSize = skb.length
  child.tcb.mssClamp = req.mss
  child.tcb.ecnFlags = req.ecnOk ? TCP_ECN.OK : 0
  net.mib[MIB.TcpPassiveOpens]!++
  return child
}

/** Bytes of the MD5 option, padded. */
const MD5_ALIGNED = 20

/**
 * Makes the socket of a request and puts it into the established hash in the request's place; null when the accept queue
 * is full or the peer cannot be reached. Linux: tcp_v4_syn_recv_sock, tcp_v6_syn_recv_sock
 */
export function tcpSynRecvSock(sk: TcpSock, skb: SkBuff, req: RequestSock): TcpSock | null {
  const { net } = sk
  if (skAcceptqIsFull(sk)) {
    net.mib[MIB.ListenOverflows]!++
    tcpListendrop(net)
    return null
  }
  const child = tcpCreateOpenreqChild(sk, req, skb)
  child.boundDevice = req.boundDevice
  child.ipId = net.random.u32() & 0xffff
  if (net.sysctl.tcp_reflect_tos !== 0) reflectTos(child, req)
  child.route = net.routeLookup(req.remote, req.local, req.boundDevice)
  if (child.route === null) {
    net.mib[req.remote.isV4 ? MIB.IpOutNoRoutes : MIB.Ip6OutNoRoutes]!++
    child.localPort = 0
    inetCskPrepareForcedClose(child)
    tcpDone(child)
    tcpListendrop(net)
    return null
  }
  if (!child.caSetsockopt) child.ca = defaultCongestion(net.sysctl.tcp_congestion_control)
  const key = tcpMd5DoLookup(sk.md5, req.remote, req.boundDevice)
  if (key !== null) child.tcb.tcpHeaderLen += MD5_ALIGNED
  tcpSyncMss(child, tcpDstMtu(child))
  child.tcb.advMss = tcpMssClamp(sk, tcpDstAdvmss(child))
  tcpInitializeRcvMss(child)
  if (key !== null) child.md5 = key.only(req.remote)
  inetInheritPort(sk, child)
  inetHash(child)
  child.savedSyn = req.savedSyn
  req.savedSyn = null
  return child
}

function reflectTos(child: TcpSock, req: RequestSock): void {
  const tos = req.synTos & ~3
  const options = child.ownOptions()
  if (req.remote.isV4) options.tos = tos
  else options.trafficClass = tos
}
