import { after } from '../seq.js'
import type { AckState } from './ack-state.js'
import { ACK_FLAG } from './ack-state.js'
import { tcpSetRtoValue } from './congestion-ops.js'
import { tcpTimeStamp } from './paws.js'
import type { RequestSock } from './request-sock.js'
import type { TcpSock } from './tcp-sock.js'
import { WindowedMin } from './windowed-min.js'

/** The smallest round trip of the last tcp_min_rtt_wlen seconds, µs; the largest number without a sample. Linux: tcp_min_rtt. */
export const tcpMinRtt = (sk: TcpSock): number => sk.tcb.rttMin?.first ?? 0xffffffff

/** The smallest RTO of this connection, µs. Linux: tcp_rto_min_us. */
const rtoMinUs = (sk: TcpSock): number => sk.settings.rtoMinMs * 1000

/**
 * Takes a round trip into the smoothed estimate: Jacobson's filters (RFC 6298 section 2), but a deviation that comes of
 * a falling round trip counts an eighth, and the variance follows the largest deviation of each window. Linux: tcp_rtt_estimator.
 *
 * @param rttUs µs
 */
export function tcpRttEstimator(sk: TcpSock, rttUs: number): void {
  const { tcb } = sk
  if (tcb.srtt8 === 0) {
    tcb.srtt8 = Math.max(1, rttUs * 8)
    tcb.mdev4 = rttUs * 2
    tcb.rttvar4 = tcb.mdevMax4 = Math.max(tcb.mdev4, rtoMinUs(sk))
    tcb.rttSeq = tcb.sndNxt
    return
  }
  const error = rttUs - Math.floor(tcb.srtt8 / 8)
  tcb.srtt8 = Math.max(1, tcb.srtt8 + error)
  let deviation = Math.abs(error) - Math.floor(tcb.mdev4 / 4)
  if (error < 0 && deviation > 0) deviation = Math.floor(deviation / 8)
  tcb.mdev4 += deviation
  if (tcb.mdev4 > tcb.mdevMax4) {
    tcb.mdevMax4 = tcb.mdev4
    if (tcb.mdevMax4 > tcb.rttvar4) tcb.rttvar4 = tcb.mdevMax4
  }
  if (after(tcb.sndUna, tcb.rttSeq)) {
    if (tcb.mdevMax4 < tcb.rttvar4) tcb.rttvar4 -= Math.floor((tcb.rttvar4 - tcb.mdevMax4) / 4)
    tcb.rttSeq = tcb.sndNxt
    tcb.mdevMax4 = rtoMinUs(sk)
  }
}

/** The retransmission timeout of the estimate, at most the connection's limit. Linux: tcp_set_rto, tcp_bound_rto. */
export function tcpSetRto(sk: TcpSock): void {
  sk.tcb.rtoMs = Math.min(tcpSetRtoValue(sk), sk.settings.rtoMaxMs)
}

/** How fast packets may leave: twice what the window gives per round trip in slow start, 1.2 times later. Linux: tcp_update_pacing_rate. */
export function tcpUpdatePacingRate(sk: TcpSock): void {
  const { tcb } = sk
  const { sysctl } = sk.net
  const percent = tcb.sndCwnd < Math.floor(tcb.sndSsthresh / 2) ? sysctl.tcp_pacing_ss_ratio : sysctl.tcp_pacing_ca_ratio
  let rate = tcb.mssCache * 80_000 * percent * Math.max(tcb.sndCwnd, tcb.packetsOut)
  if (tcb.srtt8 !== 0) rate = Math.floor(rate / tcb.srtt8)
  tcb.pacingRate = Math.min(rate, sk.options.maxPacingRate)
}

/** The round trip by the echoed timestamp, µs; -1: it makes no sense. @param least of a difference of 0 ms. Linux: tcp_rtt_tsopt_us */
export function tcpRttTsoptUs(sk: TcpSock, least: number): number {
  const delta = (tcpTimeStamp(sk.net.now) - sk.tcb.rcvTsecr) >>> 0
  if (delta >= 2_147_483) return -1
  return (delta === 0 ? least : delta) * 1000
}

function updateRttMin(sk: TcpSock, rttUs: number, flag: number): void {
  const { tcb } = sk
  if (flag & ACK_FLAG.MAYBE_DELAYED && rttUs > tcpMinRtt(sk)) return
  const now = Math.floor(sk.net.now / 1000), sample = rttUs > 0 ? rttUs : 1000
  if (tcb.rttMin === null) tcb.rttMin = new WindowedMin(sample, now)
  else tcb.rttMin.add(sk.net.sysctl.tcp_min_rtt_wlen * 1000, now, sample)
}

/**
 * A round trip was measured by acknowledged, SACKed or timestamped segments; Karn's rule is the caller's (-1: no sample).
 * Linux: tcp_ack_update_rtt.
 *
 * @param caRttUs round trip of the last segment, for congestion control
 * @returns whether the estimate changed
 */
export function tcpAckUpdateRtt(sk: TcpSock, flag: number, seqRttUs: number, sackRttUs: number, caRttUs: number, state: AckState | null): boolean {
  const { tcb } = sk
  let sample = seqRttUs < 0 ? sackRttUs : seqRttUs
  let last = caRttUs
  if (sample < 0 && tcb.sawTstamp && tcb.rcvTsecr !== 0 && flag & ACK_FLAG.ACKED) sample = last = tcpRttTsoptUs(sk, 1)
  if (state !== null) state.rttUs = last
  if (sample < 0) return false
  updateRttMin(sk, last, flag)
  tcpRttEstimator(sk, sample)
  tcpSetRto(sk)
  tcb.backoff = 0
  return true
}

/** The round trip from the SYN-ACK to the ACK that ends the handshake. Linux: tcp_synack_rtt_meas. */
export function tcpSynackRttMeas(sk: TcpSock, req: RequestSock | null): void {
  const rtt = req !== null && req.numRetrans === 0 && req.sntSynack !== 0 ? sk.net.now - req.sntSynack : -1
  tcpAckUpdateRtt(sk, ACK_FLAG.SYN_ACKED, rtt, -1, rtt, null)
}
