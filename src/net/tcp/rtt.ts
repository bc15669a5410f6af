import { after } from '../seq.js'
import type { AckState } from './ack-state.js'
import { ACK_FLAG } from './ack-state.js'
import { tcpSetRtoValue } from './congestion-ops.js'
import { tcpTimeStamp } from './paws.js'
import type { RequestSock } from './request-sock.js'
import type { TcpSock } from './tcp-sock.js'

/** The smallest round trip of the last tcp_min_rtt_wlen seconds, µs; the largest number without a sample. Linux: tcp_min_rtt. */
export const tcpMinRtt = (sk: TcpSock): number => sk.rttMin[0] ?? 0xffffffff

function setSample(list: number[], from: number, value: number, at: number): void {
  for (let i = from; i < 6; i += 2) {
    list[i] = value
    list[i + 1] = at
  }
}

/**
 * The minimum over a sliding window, by the best, second and third best samples of its parts (Kathleen Nichols).
 * Linux: minmax_running_min.
 */
export function minmaxRunningMin(list: number[], window: number, now: number, value: number): void {
  if (list.length === 0 || value <= list[0]! || now - list[5]! > window) {
    setSample(list, 0, value, now)
    return
  }
  if (value <= list[2]!) setSample(list, 2, value, now)
  else if (value <= list[4]!) setSample(list, 4, value, now)
  const age = now - list[1]!
  if (age > window) {
    list.copyWithin(0, 2, 6)
    setSample(list, 4, value, now)
    if (now - list[1]! > window) {
      list.copyWithin(0, 2, 6)
      setSample(list, 4, value, now)
    }
  } else if (list[3] === list[1] && age > window / 4) setSample(list, 2, value, now)
  else if (list[5] === list[3] && age > window / 2) setSample(list, 4, value, now)
}

/** The smallest RTO of this connection, µs. Linux: tcp_rto_min_us. */
const rtoMinUs = (sk: TcpSock): number => sk.rtoMinMs * 1000

/**
 * Takes a round trip into the smoothed estimate: Jacobson's filters (RFC 6298 section 2), but a deviation that comes of
 * a falling round trip counts an eighth, and the variance follows the largest deviation of each window. Linux: tcp_rtt_estimator.
 *
 * @param rttUs µs
 */
export function tcpRttEstimator(sk: TcpSock, rttUs: number): void {
  if (sk.srtt8 === 0) {
    sk.srtt8 = Math.max(1, rttUs * 8)
    sk.mdev4 = rttUs * 2
    sk.rttvar4 = sk.mdevMax4 = Math.max(sk.mdev4, rtoMinUs(sk))
    sk.rttSeq = sk.sndNxt
    return
  }
  const error = rttUs - Math.floor(sk.srtt8 / 8)
  sk.srtt8 = Math.max(1, sk.srtt8 + error)
  let deviation = Math.abs(error) - Math.floor(sk.mdev4 / 4)
  if (error < 0 && deviation > 0) deviation = Math.floor(deviation / 8)
  sk.mdev4 += deviation
  if (sk.mdev4 > sk.mdevMax4) {
    sk.mdevMax4 = sk.mdev4
    if (sk.mdevMax4 > sk.rttvar4) sk.rttvar4 = sk.mdevMax4
  }
  if (after(sk.sndUna, sk.rttSeq)) {
    if (sk.mdevMax4 < sk.rttvar4) sk.rttvar4 -= Math.floor((sk.rttvar4 - sk.mdevMax4) / 4)
    sk.rttSeq = sk.sndNxt
    sk.mdevMax4 = rtoMinUs(sk)
  }
}

/** The retransmission timeout of the estimate, at most the connection's limit. Linux: tcp_set_rto, tcp_bound_rto. */
export function tcpSetRto(sk: TcpSock): void {
  sk.rtoMs = Math.min(tcpSetRtoValue(sk), sk.rtoMaxMs)
}

/** How fast packets may leave: twice what the window gives per round trip in slow start, 1.2 times later. Linux: tcp_update_pacing_rate. */
export function tcpUpdatePacingRate(sk: TcpSock): void {
  const { sysctl } = sk.net
  const percent = sk.sndCwnd < Math.floor(sk.sndSsthresh / 2) ? sysctl.tcp_pacing_ss_ratio : sysctl.tcp_pacing_ca_ratio
  let rate = sk.mssCache * 80_000 * percent * Math.max(sk.sndCwnd, sk.packetsOut)
  if (sk.srtt8 !== 0) rate = Math.floor(rate / sk.srtt8)
  sk.pacingRate = Math.min(rate, sk.options.maxPacingRate)
}

/** The round trip by the echoed timestamp, µs; -1: it makes no sense. @param least of a difference of 0 ms. Linux: tcp_rtt_tsopt_us */
export function tcpRttTsoptUs(sk: TcpSock, least: number): number {
  const delta = (tcpTimeStamp(sk.net.now) - sk.rcvTsecr) >>> 0
  if (delta >= 2_147_483) return -1
  return (delta === 0 ? least : delta) * 1000
}

function updateRttMin(sk: TcpSock, rttUs: number, flag: number): void {
  if (flag & ACK_FLAG.MAYBE_DELAYED && rttUs > tcpMinRtt(sk)) return
  minmaxRunningMin(sk.rttMin, sk.net.sysctl.tcp_min_rtt_wlen * 1000, Math.floor(sk.net.now / 1000), rttUs > 0 ? rttUs : 1000)
}

/**
 * A round trip was measured by acknowledged, SACKed or timestamped segments; Karn's rule is the caller's (-1: no sample).
 * Linux: tcp_ack_update_rtt.
 *
 * @param caRttUs round trip of the last segment, for congestion control
 * @returns whether the estimate changed
 */
export function tcpAckUpdateRtt(sk: TcpSock, flag: number, seqRttUs: number, sackRttUs: number, caRttUs: number, state: AckState | null): boolean {
  let sample = seqRttUs < 0 ? sackRttUs : seqRttUs
  let last = caRttUs
  if (sample < 0 && sk.sawTstamp && sk.rcvTsecr !== 0 && flag & ACK_FLAG.ACKED) sample = last = tcpRttTsoptUs(sk, 1)
  if (state !== null) state.rttUs = last
  if (sample < 0) return false
  updateRttMin(sk, last, flag)
  tcpRttEstimator(sk, sample)
  tcpSetRto(sk)
  sk.backoff = 0
  return true
}

/** The round trip from the SYN-ACK to the ACK that ends the handshake. Linux: tcp_synack_rtt_meas. */
export function tcpSynackRttMeas(sk: TcpSock, req: RequestSock | null): void {
  const rtt = req !== null && req.numRetrans === 0 && req.sntSynack !== 0 ? sk.net.now - req.sntSynack : -1
  tcpAckUpdateRtt(sk, ACK_FLAG.SYN_ACKED, rtt, -1, rtt, null)
}
