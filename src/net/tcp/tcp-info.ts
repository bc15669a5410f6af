import { TCP } from '../sock.js'
import { TCP_CHRONO } from './chrono.js'
import { tcpMinRtt } from './rtt.js'
import { NO_TCB } from './tcb.js'
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
  const { tcb } = sk
  if (tcb.rateDelivered === 0 || tcb.rateIntervalUs === 0) return 0
  return Math.floor((tcb.rateDelivered * tcb.mssCache * 1_000_000) / tcb.rateIntervalUs)
}

function optionBits(sk: TcpSock): number {
  const { tcb } = sk
  return (tcb.tstampOk ? OPTION.TIMESTAMPS : 0) | (tcb.sackOk ? OPTION.SACK : 0) | (tcb.wscaleOk ? OPTION.WSCALE : 0) |
    (tcb.ecnFlags & TCP_ECN.OK ? OPTION.ECN : 0) | (tcb.ecnFlags & TCP_ECN.SEEN ? OPTION.ECN_SEEN : 0) | (sk.fastOpen.synDataAcked ? OPTION.SYN_DATA : 0)
}

/** struct tcp_info, little endian. Linux: tcp_get_info; the layout of include/uapi/linux/tcp.h of 6.18. */
export function tcpGetInfo(sk: TcpSock): Uint8Array {
  const { tcb } = sk
  const info = new Uint8Array(TCP_INFO_SIZE)
  const view = new DataView(info.buffer)
  const u32 = (at: number, value: number): void => view.setUint32(at, value >>> 0, true)
  info[0] = sk.state // tcpi_state
  putU64(view, 104, tcb.pacingRate) // tcpi_pacing_rate
  putU64(view, 112, sk.options.maxPacingRate) // tcpi_max_pacing_rate
  u32(88, tcb === NO_TCB ? sk.settings.reordering : tcb.reordering) // tcpi_reordering
  u32(80, tcb.sndCwnd) // tcpi_snd_cwnd
  if (sk.state === TCP.LISTEN) {
    u32(24, sk.ackBacklog) // tcpi_unacked: connections that wait for accept
    u32(28, sk.maxAckBacklog) // tcpi_sacked: backlog
    return info
  }
  info[1] = tcb.caState // tcpi_ca_state
  info[2] = tcb.retransmits // tcpi_retransmits
  info[3] = tcb.probesOut // tcpi_probes
  info[4] = tcb.backoff // tcpi_backoff
  info[5] = optionBits(sk) // tcpi_options
  if (tcb.wscaleOk) info[6] = tcb.sndWscale | (tcb.rcvWscale << 4) // tcpi_snd_wscale, tcpi_rcv_wscale
  info[7] = (tcb.rateAppLimited ? 1 : 0) | (sk.fastOpen.clientFail << 1) // tcpi_delivery_rate_app_limited, tcpi_fastopen_client_fail
  putTimes(sk, u32)
  putCounts(sk, view, u32)
  return info
}

function putTimes(sk: TcpSock, u32: (at: number, value: number) => void): void {
  const { tcb } = sk
  const now = jiffies(sk.net.now)
  u32(8, tcb.rtoMs * 1000) // tcpi_rto
  u32(12, tcb.ackAtoMs * 1000) // tcpi_ato
  u32(16, tcb.mssCache) // tcpi_snd_mss
  u32(20, tcb.rcvMss) // tcpi_rcv_mss
  u32(24, tcb.packetsOut) // tcpi_unacked
  u32(28, sk.recovery.sackedOut) // tcpi_sacked
  u32(32, sk.recovery.lostOut) // tcpi_lost
  u32(36, sk.recovery.retransOut) // tcpi_retrans
  u32(44, now - jiffies(tcb.lsndTime)) // tcpi_last_data_sent
  u32(52, now - jiffies(tcb.lrcvTime)) // tcpi_last_data_recv
  u32(56, now - jiffies(tcb.rcvTstamp)) // tcpi_last_ack_recv
  u32(60, tcb.pmtuCookie) // tcpi_pmtu
  u32(64, tcb.rcvSsthresh) // tcpi_rcv_ssthresh
  u32(68, tcb.srtt8 >> 3) // tcpi_rtt
  u32(72, tcb.mdev4 >> 2) // tcpi_rttvar
  u32(76, tcb.sndSsthresh) // tcpi_snd_ssthresh
  u32(84, tcb.advMss) // tcpi_advmss
  u32(92, tcb.rcvRttUs >> 3) // tcpi_rcv_rtt
  u32(96, tcb.rcvqSpace) // tcpi_rcv_space
  u32(100, sk.recovery.totalRetrans) // tcpi_total_retrans
}

/** Microseconds of a chronograph until now, whole milliseconds. Linux: tcp_get_info_chrono_stats. */
function chronoUs(sk: TcpSock, type: number, past: number): number {
  return past + (sk.tcb.chronoType === type ? jiffies(sk.net.now) * 1000 - sk.tcb.chronoStart : 0)
}

function putCounts(sk: TcpSock, view: DataView, u32: (at: number, value: number) => void): void {
  const { tcb } = sk
  const busy = chronoUs(sk, TCP_CHRONO.BUSY, tcb.busyTime)
  const rwnd = chronoUs(sk, TCP_CHRONO.RWND_LIMITED, tcb.rwndLimitedTime)
  const sndbuf = chronoUs(sk, TCP_CHRONO.SNDBUF_LIMITED, tcb.sndbufLimitedTime)
  putU64(view, 120, tcb.bytesAcked) // tcpi_bytes_acked
  putU64(view, 128, tcb.bytesReceived) // tcpi_bytes_received
  u32(136, tcb.segsOut) // tcpi_segs_out
  u32(140, tcb.segsIn) // tcpi_segs_in
  u32(144, Math.max(0, (tcb.writeSeq - tcb.sndNxt) | 0)) // tcpi_notsent_bytes
  u32(148, tcpMinRtt(sk)) // tcpi_min_rtt
  u32(152, tcb.dataSegsIn) // tcpi_data_segs_in
  u32(156, tcb.dataSegsOut) // tcpi_data_segs_out
  putU64(view, 160, deliveryRate(sk)) // tcpi_delivery_rate
  putU64(view, 168, busy + rwnd + sndbuf) // tcpi_busy_time
  putU64(view, 176, rwnd) // tcpi_rwnd_limited
  putU64(view, 184, sndbuf) // tcpi_sndbuf_limited
  u32(192, tcb.delivered) // tcpi_delivered
  u32(196, sk.recovery.deliveredCe) // tcpi_delivered_ce
  putU64(view, 200, tcb.bytesSent) // tcpi_bytes_sent
  putU64(view, 208, sk.recovery.bytesRetrans) // tcpi_bytes_retrans
  u32(216, sk.recovery.dsackDups) // tcpi_dsack_dups
  u32(220, sk.recovery.reordSeen) // tcpi_reord_seen
  u32(224, sk.outOfOrder.rcvOooPack) // tcpi_rcv_ooopack
  u32(228, tcb.sndWnd) // tcpi_snd_wnd
  u32(232, tcb.rcvWnd) // tcpi_rcv_wnd
  u32(236, tcb.timeoutRehash) // tcpi_rehash
  view.setUint16(240, sk.recovery.totalRto, true) // tcpi_total_rto
  view.setUint16(242, sk.recovery.totalRtoRecoveries, true) // tcpi_total_rto_recoveries
  u32(244, sk.recovery.totalRtoTimeMs) // tcpi_total_rto_time
}
