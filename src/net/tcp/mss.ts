import { tcpEstablishedOptionsSize } from './header-options.js'
import type { TcpSock } from './tcp-sock.js'
import { netHeaderLen } from './units.js'

/** The path MTU of the route that the socket has, even where the next packet will take another. Linux: dst_mtu of __sk_dst_get. */
export function tcpDstMtu(sk: TcpSock): number {
  return sk.net.dstMtu(sk.route ?? sk)
}

/** The user's TCP_MAXSEG bounds an MSS. Linux: tcp_mss_clamp. */
export const tcpMssClamp = (sk: TcpSock, mss: number): number => (sk.userMss !== 0 && sk.userMss < mss ? sk.userMss : mss)

/** MSS of a path MTU without options of TCP. Linux: __tcp_mtu_to_mss. */
export function __tcpMtuToMss(sk: TcpSock, mtu: number): number {
  const mss = Math.min(mtu - netHeaderLen(sk) - 20, sk.mssClamp) - sk.extHdrLen
  return Math.max(mss, sk.net.sysctl.tcp_min_snd_mss)
}

/** MSS of a path MTU, options that all segments have taken off. Linux: tcp_mtu_to_mss. */
export const tcpMtuToMss = (sk: TcpSock, mtu: number): number => __tcpMtuToMss(sk, mtu) - (sk.tcpHeaderLen - 20)

/** The path MTU that segments of an MSS need. Linux: tcp_mss_to_mtu. */
export const tcpMssToMtu = (sk: TcpSock, mss: number): number => mss + sk.tcpHeaderLen + sk.extHdrLen + netHeaderLen(sk)

/** Segments are at most half of the largest window that the peer ever offered. Linux: tcp_bound_to_half_wnd. */
export function tcpBoundToHalfWnd(sk: TcpSock, size: number): number {
  const cutoff = sk.maxWindow > 536 ? Math.floor(sk.maxWindow / 2) : sk.maxWindow
  return cutoff !== 0 && size > cutoff ? Math.max(cutoff, 68 - sk.tcpHeaderLen) : size
}

/** Starts the search for a larger MTU (RFC 4821). Linux: tcp_mtup_init. */
export function tcpMtupInit(sk: TcpSock): void {
  const sysctl = sk.net.sysctl
  sk.mtupEnabled = sysctl.tcp_mtu_probing > 1
  sk.mtupSearchHigh = sk.mssClamp + 20 + netHeaderLen(sk)
  sk.mtupSearchLow = tcpMssToMtu(sk, sysctl.tcp_base_mss)
  sk.mtupProbeSize = 0
  if (sk.mtupEnabled) sk.mtupProbeTimestamp = sk.net.now
}

/** Fits the sending MSS to a path MTU. Linux: tcp_sync_mss. @returns the MSS without room for SACKs */
export function tcpSyncMss(sk: TcpSock, pmtu: number): number {
  if (sk.mtupSearchHigh > pmtu) sk.mtupSearchHigh = pmtu
  let mss = tcpBoundToHalfWnd(sk, tcpMtuToMss(sk, pmtu))
  sk.pmtuCookie = pmtu
  if (sk.mtupEnabled) mss = Math.min(mss, tcpMtuToMss(sk, sk.mtupSearchLow))
  sk.mssCache = mss
  return mss
}

/** Payload of the next full segment: path MTU and the options that it would carry now considered. Linux: tcp_current_mss. */
export function tcpCurrentMss(sk: TcpSock): number {
  const mtu = tcpDstMtu(sk)
  const mss = mtu !== 0 && mtu !== sk.pmtuCookie ? tcpSyncMss(sk, mtu) : sk.mssCache
  return mss - (tcpEstablishedOptionsSize(sk) + 20 - sk.tcpHeaderLen)
}
