import { TCP } from '../sock.js'
import { tcpMinRtt } from './rtt.js'
import { TCP_ECN, type TcpSock } from './tcp-sock.js'
import { jiffies } from './units.js'

/** Bytes of struct tcp_info of 6.18. */
export const TCP_INFO_SIZE = 280

const OPTION = { TIMESTAMPS: 1, SACK: 2, WSCALE: 4, ECN: 8, ECN_SEEN: 16, SYN_DATA: 32 } as const

function putU64(view: DataView, at: number, value: number): void {
  if (value === Infinity) {
    view.setUint32(at, 0xffffffff, true)
    view.setUint32(at + 4, 0xffffffff, true)
    return
  }
  const whole = Math.max(0, Math.floor(value))
  view.setUint32(at, whole % 0x1_0000_0000, true)
  view.setUint32(at + 4, Math.floor(whole / 0x1_0000_0000), true)
}

/** Bytes a second by the last rate sample; 0: none. Linux: tcp_compute_delivery_rate. */
function deliveryRate(sk: TcpSock): number {
  if (sk.rateDelivered === 0 || sk.rateIntervalUs === 0) return 0
  return Math.floor((sk.rateDelivered * sk.mssCache * 1_000_000) / sk.rateIntervalUs)
}

function optionBits(sk: TcpSock): number {
  return (sk.tstampOk ? OPTION.TIMESTAMPS : 0) | (sk.sackOk ? OPTION.SACK : 0) | (sk.wscaleOk ? OPTION.WSCALE : 0) |
    (sk.ecnFlags & TCP_ECN.OK ? OPTION.ECN : 0) | (sk.ecnFlags & TCP_ECN.SEEN ? OPTION.ECN_SEEN : 0) | (sk.synDataAcked ? OPTION.SYN_DATA : 0)
}

/** struct tcp_info, little endian. Linux: tcp_get_info; the layout of include/uapi/linux/tcp.h of 6.18. */
export function tcpGetInfo(sk: TcpSock): Uint8Array {
  const info = new Uint8Array(TCP_INFO_SIZE)
  const view = new DataView(info.buffer)
  const u32 = (at: number, value: number): void => view.setUint32(at, value >>> 0, true)
  info[0] = sk.state // tcpi_state
  putU64(view, 104, sk.pacingRate) // tcpi_pacing_rate
  putU64(view, 112, sk.options.maxPacingRate) // tcpi_max_pacing_rate
  u32(88, sk.reordering) // tcpi_reordering
  u32(80, sk.sndCwnd) // tcpi_snd_cwnd
  if (sk.state === TCP.LISTEN) {
    u32(24, sk.ackBacklog) // tcpi_unacked: connections that wait for accept
    u32(28, sk.maxAckBacklog) // tcpi_sacked: backlog
    return info
  }
  info[1] = sk.caState // tcpi_ca_state
  info[2] = sk.retransmits // tcpi_retransmits
  info[3] = sk.probesOut // tcpi_probes
  info[4] = sk.backoff // tcpi_backoff
  info[5] = optionBits(sk) // tcpi_options
  if (sk.wscaleOk) info[6] = sk.sndWscale | (sk.rcvWscale << 4) // tcpi_snd_wscale, tcpi_rcv_wscale
  info[7] = (sk.rateAppLimited ? 1 : 0) | (sk.fastopenClientFail << 1) // tcpi_delivery_rate_app_limited, tcpi_fastopen_client_fail
  putTimes(sk, u32)
  putCounts(sk, view, u32)
  return info
}

function putTimes(sk: TcpSock, u32: (at: number, value: number) => void): void {
  const now = jiffies(sk.net.now)
  u32(8, sk.rtoMs * 1000) // tcpi_rto
  u32(12, sk.ackAtoMs * 1000) // tcpi_ato
  u32(16, sk.mssCache) // tcpi_snd_mss
  u32(20, sk.rcvMss) // tcpi_rcv_mss
  u32(24, sk.packetsOut) // tcpi_unacked
  u32(28, sk.sackedOut) // tcpi_sacked
  u32(32, sk.lostOut) // tcpi_lost
  u32(36, sk.retransOut) // tcpi_retrans
  u32(44, now - jiffies(sk.lsndTime)) // tcpi_last_data_sent
  u32(52, now - jiffies(sk.lrcvTime)) // tcpi_last_data_recv
  u32(56, now - jiffies(sk.rcvTstamp)) // tcpi_last_ack_recv
  u32(60, sk.pmtuCookie) // tcpi_pmtu
  u32(64, sk.rcvSsthresh) // tcpi_rcv_ssthresh
  u32(68, sk.srtt8 >> 3) // tcpi_rtt
  u32(72, sk.mdev4 >> 2) // tcpi_rttvar
  u32(76, sk.sndSsthresh) // tcpi_snd_ssthresh
  u32(84, sk.advMss) // tcpi_advmss
  u32(92, sk.rcvRttUs >> 3) // tcpi_rcv_rtt
  u32(96, sk.rcvqSpace) // tcpi_rcv_space
  u32(100, sk.totalRetrans) // tcpi_total_retrans
}

/** Microseconds of one of TCP_CHRONO until now, whole milliseconds. Linux: tcp_get_info_chrono_stats. */
function chronoUs(sk: TcpSock, type: number): number {
  return sk.chronoStat[type - 1]! + (sk.chronoType === type ? jiffies(sk.net.now) * 1000 - sk.chronoStart : 0)
}

function putCounts(sk: TcpSock, view: DataView, u32: (at: number, value: number) => void): void {
  const busy = chronoUs(sk, 1), rwnd = chronoUs(sk, 2), sndbuf = chronoUs(sk, 3)
  putU64(view, 120, sk.bytesAcked) // tcpi_bytes_acked
  putU64(view, 128, sk.bytesReceived) // tcpi_bytes_received
  u32(136, sk.segsOut) // tcpi_segs_out
  u32(140, sk.segsIn) // tcpi_segs_in
  u32(144, Math.max(0, (sk.writeSeq - sk.sndNxt) | 0)) // tcpi_notsent_bytes
  u32(148, tcpMinRtt(sk)) // tcpi_min_rtt
  u32(152, sk.dataSegsIn) // tcpi_data_segs_in
  u32(156, sk.dataSegsOut) // tcpi_data_segs_out
  putU64(view, 160, deliveryRate(sk)) // tcpi_delivery_rate
  putU64(view, 168, busy + rwnd + sndbuf) // tcpi_busy_time
  putU64(view, 176, rwnd) // tcpi_rwnd_limited
  putU64(view, 184, sndbuf) // tcpi_sndbuf_limited
  u32(192, sk.delivered) // tcpi_delivered
  u32(196, sk.deliveredCe) // tcpi_delivered_ce
  putU64(view, 200, sk.bytesSent) // tcpi_bytes_sent
  putU64(view, 208, sk.bytesRetrans) // tcpi_bytes_retrans
  u32(216, sk.dsackDups) // tcpi_dsack_dups
  u32(220, sk.reordSeen) // tcpi_reord_seen
  u32(224, sk.rcvOooPack) // tcpi_rcv_ooopack
  u32(228, sk.sndWnd) // tcpi_snd_wnd
  u32(232, sk.rcvWnd) // tcpi_rcv_wnd
  u32(236, sk.timeoutRehash) // tcpi_rehash
  view.setUint16(240, sk.totalRto, true) // tcpi_total_rto
  view.setUint16(242, sk.totalRtoRecoveries, true) // tcpi_total_rto_recoveries
  u32(244, sk.totalRtoTimeMs) // tcpi_total_rto_time
}
