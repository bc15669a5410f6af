import type { TcpSock } from './tcp-sock.js'

/** struct tcp_info of 6.18. Linux: tcp_get_info (include/uapi/linux/tcp.h). */
export function tcpGetInfo(_sk: TcpSock): Uint8Array {
  return new Uint8Array(280)
}
