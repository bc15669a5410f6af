import type { SkBuff } from '../skb.js'
import type { TcpSock } from './tcp-sock.js'

/** A SYN came to a listener. @returns 0; nothing is answered with RST. Linux: tcp_conn_request */
export function tcpConnRequest(_sk: TcpSock, _skb: SkBuff): number {
  return 0
}
