import type { TcpSock } from './tcp-sock.js'

/** Limits and intervals of Linux's TCP in milliseconds (jiffies at HZ 1000). Linux: include/net/tcp.h. */
export const TCP_MS = {
  RTO_INIT: 1000, RTO_MIN: 200, RTO_MAX: 120_000, DELACK_MAX: 200, DELACK_MIN: 40, ATO_MIN: 40, TIMEOUT_MIN: 2, RESOURCE_PROBE: 500,
  TIMEWAIT_LEN: 60_000, KEEPALIVE_RETRY: 50,
} as const

/** sk_gso_max_size of a device of default settings: 65536 less MAX_TCP_HEADER (256) and one. Linux: sk_dst_gso_max_size. */
export const GSO_MAX_SIZE = 65_279
/** sk_gso_max_segs of a device of default settings. */
export const GSO_MAX_SEGS = 65_535
/** Segments of an initial congestion window (RFC 6928). Linux: TCP_INIT_CWND. */
export const TCP_INIT_CWND = 10
/** Most bytes of options in a header. */
export const MAX_TCP_OPTION_SPACE = 40
/** Largest window scale (RFC 7323 section 2.3). */
export const TCP_MAX_WSCALE = 14
/** sk_pacing_shift: 1 ms of data at the pacing rate. */
export const PACING_SHIFT = 10

/** The jiffy, a millisecond, of a time in µs. */
export const jiffies = (us: number): number => Math.floor(us / 1000)

/** Milliseconds of µs, rounded up. Linux: usecs_to_jiffies. */
export const usecsToJiffies = (us: number): number => Math.ceil(us / 1000)

/** Bytes of the network header that the socket's packets have. Linux: icsk_af_ops->net_header_len. */
export const netHeaderLen = (sk: TcpSock): number => (sk.remote.isV4 ? 20 : 40)

/** End of the send window. Linux: tcp_wnd_end. */
export const tcpWndEnd = (sk: TcpSock): number => (sk.tcb.sndUna + sk.tcb.sndWnd) | 0

/** Segments that left the network or are thought to. Linux: tcp_left_out. */
export const tcpLeftOut = (sk: TcpSock): number => sk.recovery.sackedOut + sk.recovery.lostOut

/** Segments in flight (RFC 6675's pipe). Linux: tcp_packets_in_flight. */
export const tcpPacketsInFlight = (sk: TcpSock): number => sk.tcb.packetsOut - sk.recovery.sackedOut - sk.recovery.lostOut + sk.recovery.retransOut

/** Urgent data is unacknowledged. Linux: tcp_urg_mode. */
export const tcpUrgMode = (sk: TcpSock): boolean => sk.tcb.sndUna !== sk.tcb.sndUp
