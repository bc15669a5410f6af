import { MIB } from '../mib.js'
import { tcpCurrentSsthresh } from './congestion-ops.js'
import { tcpMssToMtu, tcpSyncMss } from './mss.js'
import type { TcpSock } from './tcp-sock.js'

/** A probe of a larger MTU was lost: the path is smaller (RFC 4821 section 7.6.2). Linux: tcp_mtup_probe_failed. */
export function tcpMtupProbeFailed(sk: TcpSock): void {
  const probe = sk.ownMtuProbe()
  probe.searchHigh = probe.size - 1
  probe.size = 0
  sk.net.mib[MIB.TCPMTUPFail]!++
}

/** It arrived: segments grow, and the window keeps its bytes (RFC 4821 section 7.6.1). Linux: tcp_mtup_probe_success. */
export function tcpMtupProbeSuccess(sk: TcpSock): void {
  const { tcb } = sk
  sk.ownRecovery().priorSsthresh = tcpCurrentSsthresh(sk)
  tcb.sndCwnd = Math.max(1, Math.floor((tcb.sndCwnd * tcpMssToMtu(sk, tcb.mssCache)) / sk.mtuProbe.size))
  tcb.sndCwndCnt = 0
  tcb.sndCwndStamp = sk.net.now
  tcb.sndSsthresh = tcpCurrentSsthresh(sk)
  const probe = sk.ownMtuProbe()
  probe.searchLow = probe.size
  probe.size = 0
  tcpSyncMss(sk, tcb.pmtuCookie)
  sk.net.mib[MIB.TCPMTUPSuccess]!++
}
