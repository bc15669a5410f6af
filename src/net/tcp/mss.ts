import { tcpEstablishedOptionsSize } from './header-options.js'
import { NO_MTU_PROBE } from './rare-state.js'
import type { TcpSock } from './tcp-sock.js'
import { netHeaderLen } from './units.js'

/** The path MTU of the route that the socket has, even where the next packet will take another. Linux: dst_mtu of __sk_dst_get. */
export function tcpDstMtu(sk: TcpSock): number {
  return sk.net.dstMtu(sk.route ?? sk)
}

/** The user's TCP_MAXSEG bounds an MSS. Linux: tcp_mss_clamp. */
export const tcpMssClamp = (sk: TcpSock, mss: number): number => (sk.settings.userMss !== 0 && sk.settings.userMss < mss ? sk.settings.userMss : mss)

/** MSS of a path MTU without options of TCP. Linux: __tcp_mtu_to_mss. */
export function __tcpMtuToMss(sk: TcpSock, mtu: number): number {
  const mss = Math.min(mtu - netHeaderLen(sk) - 20, sk.tcb.mssClamp) - sk.tcb.extHdrLen
  return Math.max(mss, sk.net.sysctl.tcp_min_snd_mss)
}

/** MSS of a path MTU, options that all segments have taken off. Linux: tcp_mtu_to_mss. */
export const tcpMtuToMss = (sk: TcpSock, mtu: number): number => __tcpMtuToMss(sk, mtu) - (sk.tcb.tcpHeaderLen - 20)

/** The path MTU that segments of an MSS need. Linux: tcp_mss_to_mtu. */
export const tcpMssToMtu = (sk: TcpSock, mss: number): number => mss + sk.tcb.tcpHeaderLen + sk.tcb.extHdrLen + netHeaderLen(sk)

/** Segments are at most half of the largest window that the peer ever offered. Linux: tcp_bound_to_half_wnd. */
export function tcpBoundToHalfWnd(sk: TcpSock, size: number): number {
  const { tcb } = sk
  const cutoff = tcb.maxWindow > 536 ? Math.floor(tcb.maxWindow / 2) : tcb.maxWindow
  return cutoff !== 0 && size > cutoff ? Math.max(cutoff, 68 - tcb.tcpHeaderLen) : size
}

/** Starts the search for a larger MTU (RFC 4821), where the knob asks for one. Linux: tcp_mtup_init. */
export function tcpMtupInit(sk: TcpSock): void {
  const { sysctl, now } = sk.net
  if (sysctl.tcp_mtu_probing === 0 && sk.mtuProbe === NO_MTU_PROBE) return
  const probe = sk.ownMtuProbe()
  probe.enabled = sysctl.tcp_mtu_probing > 1
  probe.searchHigh = sk.tcb.mssClamp + 20 + netHeaderLen(sk)
  probe.searchLow = tcpMssToMtu(sk, sysctl.tcp_base_mss)
  probe.size = 0
  if (probe.enabled) probe.startedAt = now
}

/** Fits the sending MSS to a path MTU. Linux: tcp_sync_mss. @returns the MSS without room for SACKs */
export function tcpSyncMss(sk: TcpSock, pmtu: number): number {
  if (sk.mtuProbe.searchHigh > pmtu) sk.ownMtuProbe().searchHigh = pmtu
  let mss = tcpBoundToHalfWnd(sk, tcpMtuToMss(sk, pmtu))
  sk.tcb.pmtuCookie = pmtu
  if (sk.mtuProbe.enabled) mss = Math.min(mss, tcpMtuToMss(sk, sk.mtuProbe.searchLow))
  sk.tcb.mssCache = mss
  return mss
}

/** Payload of the next full segment: path MTU and the options that it would carry now considered. Linux: tcp_current_mss. */
export function tcpCurrentMss(sk: TcpSock): number {
  const { tcb } = sk
  const mtu = tcpDstMtu(sk)
  const mss = mtu !== 0 && mtu !== tcb.pmtuCookie ? tcpSyncMss(sk, mtu) : tcb.mssCache
  return mss - (tcpEstablishedOptionsSize(sk) + 20 - tcb.tcpHeaderLen)
}
