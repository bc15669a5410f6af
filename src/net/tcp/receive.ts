import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'

/** A TCP segment came in: finds whom it is for. Linux: tcp_v4_rcv, tcp_v6_rcv. */
export function tcpRcv(_net: NetStack, _skb: SkBuff): void {
  // filled in below
}
