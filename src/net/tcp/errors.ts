import type { IpAddress } from '../address.js'
import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'

/** An ICMP or ICMPv6 error about a packet of ours. */
export interface IcmpError {
  readonly family: 4 | 6
  readonly type: number
  readonly code: number
  /** Next-hop MTU, pointer, or 0. */
  readonly info: number
  readonly offender: IpAddress
}

/** An ICMP error about a TCP segment: `skb` is the quoted packet (from us to the peer; ports and seq are set). Linux: tcp_v4_err, tcp_v6_err. */
export function tcpError(_net: NetStack, _skb: SkBuff, _error: IcmpError): void {
  // filled in below
}
