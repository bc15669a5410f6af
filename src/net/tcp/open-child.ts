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

/** What a child inherits of the listener's settings. Linux: sk_clone_lock (the whole structure is copied there). */
function inherit(child: TcpSock, sk: TcpSock): void {
  child.options = sk.options
  child.uid = sk.uid
  child.sndbuf = sk.sndbuf
  child.rcvbuf = sk.rcvbuf
  child.nonagle = sk.nonagle
  child.thinLto = sk.thinLto
  child.keepaliveTimeMs = sk.keepaliveTimeMs
  child.keepaliveIntvlMs = sk.keepaliveIntvlMs
  child.keepaliveProbes = sk.keepaliveProbes
  child.userTimeoutMs = sk.userTimeoutMs
  child.synRetries = sk.synRetries
  child.linger2 = sk.linger2
  child.notsentLowat = sk.notsentLowat
  child.recvmsgInq = sk.recvmsgInq
  child.saveSyn = sk.saveSyn
  child.txDelayUs = sk.txDelayUs
  child.userMss = sk.userMss
  child.rtoMinMs = sk.rtoMinMs
  child.rtoMaxMs = sk.rtoMaxMs
  child.reordering = sk.reordering
  child.scalingRatio = sk.scalingRatio
  child.bindLock = sk.bindLock
  child.ca = sk.ca
  child.caSetsockopt = sk.caSetsockopt
  child.fastopenNoCookie = sk.fastopenNoCookie
  child.pacingStatus = sk.pacingStatus
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
  child.rcvWup = child.copiedSeq = child.rcvNxt = (req.rcvIsn + 1) | 0
  child.segsIn = 1
  child.sndSml = child.sndUna = child.sndNxt = child.sndUp = child.writeSeq = child.pushedSeq = (req.sntIsn + 1) | 0
  child.sndWl1 = req.rcvIsn
  child.lrcvTime = child.lsndTime = net.now
  child.totalRetrans = req.numRetrans
  if (child.options.keepAlive) {
    inetCskResetKeepaliveTimer(child, child.keepaliveTimeMs !== 0 ? child.keepaliveTimeMs : net.sysctl.tcp_keepalive_time * 1000)
  }
  child.tstampOk = req.tstampOk
  child.sackOk = req.sackOk
  child.windowClamp = req.windowClamp
  child.rcvSsthresh = child.rcvWnd = req.rcvWnd
  child.wscaleOk = req.wscaleOk
  if (req.wscaleOk) {
    child.sndWscale = req.sndWscale
    child.rcvWscale = req.rcvWscale
  } else child.windowClamp = Math.min(child.windowClamp, 65535)
  child.sndWnd = child.maxWindow = skb.window << child.sndWscale
  if (req.tstampOk) {
    child.tsRecent = req.tsRecent
    child.tsRecentStamp = Math.floor(net.now / 1e6)
    child.tcpHeaderLen = 32
  }
  if (req.numTimeout !== 0) {
    child.undoMarker = req.sntIsn
    child.retransStamp = req.sntSynack
    child.totalRto = req.numTimeout
    child.totalRtoRecoveries = 1
    child.totalRtoTimeMs = Math.max(0, Math.floor((net.now - req.sntSynack) / 1000))
  }
  child.tsOffset = req.tsOffset
  if (skb.length >= 536) child.lastSegSize = skb.length
  child.mssClamp = req.mss
  child.ecnFlags = req.ecnOk ? TCP_ECN.OK : 0
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
  if (key !== null) child.tcpHeaderLen += MD5_ALIGNED
  tcpSyncMss(child, tcpDstMtu(child))
  child.advMss = tcpMssClamp(sk, tcpDstAdvmss(child))
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
