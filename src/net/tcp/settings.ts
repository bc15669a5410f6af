import type { NetStack } from '../stack.js'

/** What options of SOL_TCP set and few sockets change; a child shares its listener's. */
export interface TcpSettings {
  /** TCP_MAXSEG; 0: none. */
  userMss: number
  /** Bounds of the retransmission timeout: TCP_RTO_MIN_US, TCP_RTO_MAX_MS. */
  rtoMinMs: number
  rtoMaxMs: number
  /** net.ipv4.tcp_reordering when the socket was made; where a connection begins. */
  reordering: number
  thinLto: boolean
  /** 0: the system's. */
  keepaliveTimeMs: number
  keepaliveIntvlMs: number
  keepaliveProbes: number
  userTimeoutMs: number
  synRetries: number
  /** Retransmissions of SYN-ACK before the listener gives a silent client up. Linux: rskq_defer_accept. */
  deferAccept: number
  linger2: number
  /** TCP_NOTSENT_LOWAT; 0: the system's. */
  notsentLowat: number
  recvmsgInq: boolean
  saveSyn: number
  txDelayUs: number
  fastopenNoCookie: boolean
  fastopenConnect: boolean
}

/** The settings of a socket that is made now: one frozen object as long as the knobs stay. Linux: tcp_init_sock. */
export function initialSettings(net: NetStack): Readonly<TcpSettings> {
  const { sysctl, tcp } = net
  const rtoMinMs = Math.ceil(sysctl.tcp_rto_min_us / 1000), rtoMaxMs = sysctl.tcp_rto_max_ms, reordering = sysctl.tcp_reordering
  const known = tcp.settings
  if (known !== null && known.rtoMinMs === rtoMinMs && known.rtoMaxMs === rtoMaxMs && known.reordering === reordering) return known
  tcp.settings = Object.freeze({
    userMss: 0, rtoMinMs, rtoMaxMs, reordering, thinLto: false, keepaliveTimeMs: 0, keepaliveIntvlMs: 0, keepaliveProbes: 0, userTimeoutMs: 0,
    synRetries: 0, deferAccept: 0, linger2: 0, notsentLowat: 0, recvmsgInq: false, saveSyn: 0, txDelayUs: 0, fastopenNoCookie: false, fastopenConnect: false,
  })
  return tcp.settings
}
