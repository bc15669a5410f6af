import type { SkBuff } from '../skb.js'
import type { RequestSock } from './request-sock.js'
import type { TcpSock } from './tcp-sock.js'

/** Makes the socket of a request and hashes it; null when it cannot be. Linux: tcp_v4_syn_recv_sock, tcp_v6_syn_recv_sock. */
export function tcpSynRecvSock(_sk: TcpSock, _skb: SkBuff, _req: RequestSock): TcpSock | null {
  return null
}

/** Feeds the segment that made the child to it. @returns nonzero: answer with RST. Linux: tcp_child_process */
export function tcpChildProcess(_parent: TcpSock, _child: TcpSock, _skb: SkBuff): number {
  return 0
}
