import type { IpAddress } from '../address.js'
import type { NetStack } from '../stack.js'
import type { FastOpenCookie } from './fast-open.js'
import { TCP_CA, type TcpSock } from './tcp-sock.js'

/** What is remembered of a pair of hosts. Linux: struct tcp_metrics_block. */
export interface TcpMetrics {
  readonly local: IpAddress
  readonly remote: IpAddress
  /** Another pair of the same hash. */
  readonly next: TcpMetrics | null
  /** Smoothed round trip in µs times 8, and its variance times 4. */
  rtt: number
  rttVar: number
  ssthresh: number
  cwnd: number
  reordering: number
  /** Last change, µs. */
  stamp: number
  fastOpenMss: number
  cookie: FastOpenCookie | null
  /** 1: ask with the experimental option next time; 2: that did not help either. */
  tryExperimental: number
  synLoss: number
  lastSynLoss: number
}

/** Hosts remembered; the oldest goes then. */
const MOST = 16384
/** Initial timeout where the handshake gave no round trip, ms. RFC 6298 section 5.7. Linux: TCP_TIMEOUT_FALLBACK. */
const FALLBACK = 3000

function hashOf(local: IpAddress, remote: IpAddress): number {
  const h = Math.imul(remote.d ^ Math.imul(local.d, 0x9e3779b1), 0x85ebca6b)
  return remote.isV4 ? h : h ^ Math.imul(remote.a ^ Math.imul(remote.b, 31) ^ Math.imul(remote.c ^ local.c, 17), 0x27d4eb2f)
}

/** Linux: tcp_get_metrics. Loopback is not remembered. */
function tcpGetMetrics(net: NetStack, local: IpAddress, remote: IpAddress, create: boolean): TcpMetrics | null {
  const { metrics } = net.tcp
  if (!create && metrics.size === 0) return null
  const key = hashOf(local, remote)
  const first = metrics.get(key) ?? null
  for (let known = first; known !== null; known = known.next) if (known.remote.equals(remote) && known.local.equals(local)) return known
  if (!create) return null
  if (metrics.size >= MOST) for (const oldest of metrics.keys()) {
    metrics.delete(oldest)
    break
  }
  const made: TcpMetrics = {
    local, remote, next: first, rtt: 0, rttVar: 0, ssthresh: 0, cwnd: 0, reordering: 0, stamp: net.now,
    fastOpenMss: 0, cookie: null, tryExperimental: 0, synLoss: 0, lastSynLoss: 0,
  }
  metrics.set(key, made)
  return made
}

/** Of a loopback route nothing is worth remembering. Linux: DST_NOCACHE-like checks in tcp_get_metrics (IFF_LOOPBACK). */
const remembers = (sk: TcpSock): boolean => sk.route !== null

/** A connection that ends leaves what it learned of the path. Linux: tcp_update_metrics. */
export function tcpUpdateMetrics(sk: TcpSock): void {
  const { net, tcb } = sk
  const { sysctl } = net
  if (sysctl.tcp_no_metrics_save !== 0 || !remembers(sk)) return
  if (tcb.backoff !== 0 || tcb.srtt8 === 0) {
    const known = tcpGetMetrics(net, sk.local, sk.remote, false)
    if (known !== null) known.rtt = 0
    return
  }
  const metrics = tcpGetMetrics(net, sk.local, sk.remote, true)!
  const error = metrics.rtt - tcb.srtt8
  metrics.rtt = error <= 0 ? tcb.srtt8 : metrics.rtt - (error >> 3)
  const deviation = Math.max(Math.abs(error) >> 1, tcb.mdev4)
  metrics.rttVar = deviation >= metrics.rttVar ? deviation : metrics.rttVar - ((metrics.rttVar - deviation) >> 2)
  updateWindows(sk, metrics, sysctl.tcp_no_ssthresh_metrics_save === 0)
  metrics.stamp = net.now
}

function updateWindows(sk: TcpSock, metrics: TcpMetrics, saveSsthresh: boolean): void {
  const { tcb } = sk
  const half = tcb.sndCwnd >> 1
  if (tcb.sndSsthresh >= 0x7fffffff) {
    if (saveSsthresh && metrics.ssthresh !== 0 && half > metrics.ssthresh) metrics.ssthresh = half
    if (tcb.sndCwnd > metrics.cwnd) metrics.cwnd = tcb.sndCwnd
  } else if (tcb.sndCwnd >= tcb.sndSsthresh && tcb.caState === TCP_CA.OPEN) {
    if (saveSsthresh) metrics.ssthresh = Math.max(half, tcb.sndSsthresh)
    metrics.cwnd = (metrics.cwnd + tcb.sndCwnd) >> 1
  } else {
    metrics.cwnd = (metrics.cwnd + tcb.sndSsthresh) >> 1
    if (saveSsthresh && metrics.ssthresh !== 0 && tcb.sndSsthresh > metrics.ssthresh) metrics.ssthresh = tcb.sndSsthresh
    if (metrics.reordering < tcb.reordering && tcb.reordering !== sk.net.sysctl.tcp_reordering) metrics.reordering = tcb.reordering
  }
}

/** A new connection starts with what is remembered of its peer. Linux: tcp_init_metrics. */
export function tcpInitMetrics(sk: TcpSock): void {
  const { net, tcb } = sk
  tcb.sndSsthresh = 0x7fffffff
  let rtt = 0
  const metrics = remembers(sk) ? tcpGetMetrics(net, sk.local, sk.remote, false) : null
  if (metrics !== null) {
    const ssthresh = net.sysctl.tcp_no_ssthresh_metrics_save !== 0 ? 0 : metrics.ssthresh
    if (ssthresh !== 0) tcb.sndSsthresh = Math.min(ssthresh, tcb.sndCwndClamp)
    if (metrics.reordering !== 0) tcb.reordering = metrics.reordering
    rtt = metrics.rtt
  }
  if (rtt > tcb.srtt8) {
    const ms = Math.floor(rtt / 8000)
    tcb.rtoMs = ms + Math.max(2 * ms, sk.settings.rtoMinMs)
  } else if (tcb.srtt8 === 0) {
    tcb.rttvar4 = tcb.mdev4 = tcb.mdevMax4 = FALLBACK * 1000
    tcb.rtoMs = FALLBACK
  }
}

/** Whether a client was connected before. Linux: tcp_peer_is_proven. */
export function tcpPeerIsProven(net: NetStack, local: IpAddress, remote: IpAddress): boolean {
  const metrics = tcpGetMetrics(net, local, remote, false)
  return metrics !== null && metrics.rtt !== 0
}

/** What Fast Open knows of the peer. Linux: tcp_fastopen_cache_get. */
export function tcpFastopenCacheGet(sk: TcpSock): TcpMetrics | null {
  return tcpGetMetrics(sk.net, sk.local, sk.remote, false)
}

/** Keeps the peer's MSS and cookie. @param synLost the SYN with data was lost. Linux: tcp_fastopen_cache_set */
export function tcpFastopenCacheSet(sk: TcpSock, mss: number, cookie: FastOpenCookie | null, synLost: boolean, tryExperimental: number): void {
  const metrics = tcpGetMetrics(sk.net, sk.local, sk.remote, true)!
  if (mss !== 0) metrics.fastOpenMss = mss
  const has = metrics.cookie !== null && metrics.cookie.bytes.length > 0
  if (cookie !== null && cookie.bytes.length > 0) metrics.cookie = cookie
  else if (tryExperimental > metrics.tryExperimental && !has) metrics.tryExperimental = tryExperimental
  if (synLost) {
    metrics.synLoss++
    metrics.lastSynLoss = sk.net.now
  } else metrics.synLoss = 0
}
