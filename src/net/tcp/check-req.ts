import type { SkBuff } from '../skb.js'
import type { RequestSock } from './request-sock.js'
import type { TcpSock } from './tcp-sock.js'

/**
 * A segment to a request: the child it makes, `sk` itself where the request stays, null where the segment is done with.
 * @param fastOpen the request's child exists already. Linux: tcp_check_req
 */
export function tcpCheckReq(sk: TcpSock, _skb: SkBuff, _req: RequestSock, _fastOpen: boolean): TcpSock | null {
  return sk
}
