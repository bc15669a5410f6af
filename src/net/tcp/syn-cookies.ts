import type { SkBuff } from '../skb.js'
import type { TcpSock } from './tcp-sock.js'

/** The child of an ACK that carries a valid SYN cookie, `sk` when there is none to check, null when it is invalid. Linux: cookie_v4_check, cookie_v6_check. */
export function cookieCheck(sk: TcpSock, _skb: SkBuff): TcpSock | null {
  return sk
}
