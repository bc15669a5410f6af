import { MIB } from '../mib.js'
import { tcpCurrentSsthresh } from './congestion-ops.js'
import { tcpMssToMtu, tcpSyncMss } from './mss.js'
import type { TcpSock } from './tcp-sock.js'

/** A probe of a larger MTU was lost: the path is smaller (RFC 4821 section 7.6.2). Linux: tcp_mtup_probe_failed. */
export function tcpMtupProbeFailed(sk: TcpSock): void {
  sk.mtupSearchHigh = sk.mtupProbeSize - 1
  sk.mtupProbeSize = 0
  sk.net.mib[MIB.TCPMTUPFail]!++
}

/** It arrived: segments grow, and the window keeps its bytes (RFC 4821 section 7.6.1). Linux: tcp_mtup_probe_success. */
export function tcpMtupProbeSuccess(sk: TcpSock): void {
  sk.priorSsthresh = tcpCurrentSsthresh(sk)
  sk.sndCwnd = Math.max(1, Math.floor((sk.sndCwnd * tcpMssToMtu(sk, sk.mssCache)) / sk.mtupProbeSize))
  sk.sndCwndCnt = 0
  sk.sndCwndStamp = sk.net.now
  sk.sndSsthresh = tcpCurrentSsthresh(sk)
  sk.mtupSearchLow = sk.mtupProbeSize
  sk.mtupProbeSize = 0
  tcpSyncMss(sk, sk.pmtuCookie)
  sk.net.mib[MIB.TCPMTUPSuccess]!++
}
