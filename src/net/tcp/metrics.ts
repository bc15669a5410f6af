import type { TcpSock } from './tcp-sock.js'

/** A new connection takes what is known of its peer: RTT, ssthresh, reordering. Linux: tcp_init_metrics. */
export function tcpInitMetrics(_sk: TcpSock): void {
  // filled in below
}

/** A connection that ends leaves what it learned. Linux: tcp_update_metrics. */
export function tcpUpdateMetrics(_sk: TcpSock): void {
  // filled in below
}
