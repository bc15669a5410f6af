import { MIB } from '../mib.js'
import { TCP } from '../sock.js'
import { tcpFastopenActiveDetectBlackhole } from './fast-open.js'
import { tcpSendActiveReset } from './fin-out.js'
import { tcpMssToMtu, tcpMtupInit, tcpMtuToMss, tcpSyncMss } from './mss.js'
import { tcpCheckOom, tcpDone } from './orphan.js'
import { NO_MTU_PROBE } from './rare-state.js'
import type { TcpSock } from './tcp-sock.js'
import { jiffies, TCP_MS } from './units.js'
import { tcpWriteErr } from './write-error.js'

/** Orphans that use too much or whose peer is silent are ended. Linux: tcp_out_of_resources. @returns true: the socket is gone */
export function tcpOutOfResources(sk: TcpSock, doReset: boolean): boolean {
  const { tcb } = sk
  const silent = jiffies(sk.net.now) - jiffies(tcb.lsndTime)
  let shift = 0, reset = doReset
  if (silent > 2 * sk.settings.rtoMaxMs || !doReset) shift++
  if (sk.softError !== 0) shift++
  if (!tcpCheckOom(sk, shift)) return false
  if (silent <= TCP_MS.TIMEWAIT_LEN || (tcb.sndWnd === 0 && tcb.packetsOut === 0)) reset = true
  if (reset) tcpSendActiveReset(sk)
  tcpDone(sk)
  sk.net.mib[MIB.TCPAbortOnMemory]!++
  return true
}

/** Retransmissions for a socket without a file. Linux: tcp_orphan_retries. @param alive the timeout is below its limit */
export function tcpOrphanRetries(sk: TcpSock, alive: boolean): number {
  let retries = sk.net.sysctl.tcp_orphan_retries
  if (sk.softError !== 0 && !alive) retries = 0
  return retries === 0 && alive ? 8 : retries
}

/** Repeated loss may be a path that drops large packets silently: smaller ones are tried (RFC 4821 section 7.7). Linux: tcp_mtu_probing. */
function tcpMtuProbing(sk: TcpSock): void {
  const sysctl = sk.net.sysctl
  if (sysctl.tcp_mtu_probing === 0) return
  if (sk.mtuProbe === NO_MTU_PROBE) tcpMtupInit(sk)
  const probe = sk.ownMtuProbe()
  if (!probe.enabled) {
    probe.enabled = true
    probe.startedAt = sk.net.now
  } else {
    let mss = Math.min(sysctl.tcp_base_mss, tcpMtuToMss(sk, probe.searchLow) >> 1)
    mss = Math.max(mss, sysctl.tcp_mtu_probe_floor, sysctl.tcp_min_snd_mss)
    probe.searchLow = tcpMssToMtu(sk, mss)
  }
  tcpSyncMss(sk, sk.tcb.pmtuCookie)
}

/** Time of `boundary` retransmissions with doubling timeouts, ms. Linux: tcp_model_timeout. */
export function tcpModelTimeout(sk: TcpSock, boundary: number, rtoBase: number): number {
  const linear = Math.floor(Math.log2(Math.floor(sk.settings.rtoMaxMs / rtoBase)))
  if (boundary <= linear) return (2 ** (boundary + 1) - 1) * rtoBase
  return (2 ** (linear + 1) - 1) * rtoBase + (boundary - linear) * sk.settings.rtoMaxMs
}

/** Retransmission went on for as long as `boundary` of them take, or for `timeoutMs`. Linux: retransmits_timed_out. */
export function retransmitsTimedOut(sk: TcpSock, boundary: number, timeoutMs: number): boolean {
  if (sk.tcb.retransmits === 0) return false
  let timeout = timeoutMs
  if (timeout === 0) {
    const opening = sk.state === TCP.SYN_SENT || sk.state === TCP.SYN_RECV
    timeout = tcpModelTimeout(sk, boundary, opening ? TCP_MS.RTO_INIT : TCP_MS.RTO_MIN)
  }
  return jiffies(sk.net.now) - jiffies(sk.tcb.retransStamp) - timeout >= 0
}

/** A timeout happened: shall the connection be given up (RFC 9293 section 3.8.3)? Linux: tcp_write_timeout. @returns true: it was */
export function tcpWriteTimeout(sk: TcpSock): boolean {
  const { tcb } = sk
  const sysctl = sk.net.sysctl
  let expired = false, retryUntil: number
  if (sk.state === TCP.SYN_SENT || sk.state === TCP.SYN_RECV) {
    retryUntil = sk.settings.synRetries !== 0 ? sk.settings.synRetries : sysctl.tcp_syn_retries
    expired = tcb.retransmits >= retryUntil + (sk.state === TCP.SYN_SENT ? sysctl.tcp_syn_linear_timeouts : 0)
  } else {
    if (retransmitsTimedOut(sk, sysctl.tcp_retries1, 0)) tcpMtuProbing(sk)
    retryUntil = sysctl.tcp_retries2
    if (sk.dead) {
      const alive = tcb.rtoMs < sk.settings.rtoMaxMs
      retryUntil = tcpOrphanRetries(sk, alive)
      if (tcpOutOfResources(sk, alive || !retransmitsTimedOut(sk, retryUntil, 0))) return true
    }
  }
  if (!expired) expired = retransmitsTimedOut(sk, retryUntil, sk.settings.userTimeoutMs)
  tcpFastopenActiveDetectBlackhole(sk, expired)
  if (expired) {
    tcpWriteErr(sk)
    return true
  }
  tcb.timeoutRehash++
  sk.net.mib[MIB.TcpTimeoutRehash]!++
  return false
}
