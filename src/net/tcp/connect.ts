import type { Endpoint } from '../address.js'
import type { TcpSock } from './tcp-sock.js'

/**
 * connect(2) of a stream socket, without waiting.
 * @param isSendmsg comes from a send with MSG_FASTOPEN
 * @returns 0, -EINPROGRESS, -EALREADY, -EISCONN, … Linux: __inet_stream_connect
 */
export function inetStreamConnect(_sk: TcpSock, _to: Endpoint | null, _isSendmsg: boolean): number {
  return 0
}

/** Route, port, initial sequence number and SYN. Linux: tcp_v4_connect, tcp_v6_connect. @returns 0 or -errno */
export function tcpConnectUser(_sk: TcpSock, _to: Endpoint): number {
  return 0
}
