import type { SkBuff } from '../skb.js'
import type { TcpSock } from './tcp-sock.js'

/** Sockets that share a port and address by SO_REUSEPORT. Linux: struct sock_reuseport. */
export interface ReuseportGroup {
  readonly members: TcpSock[]
  /** Sockets that left their listening state but still have children to hand over. */
  closed: number
  bindInAny: boolean
}

/** The member that a packet's hash chooses. Linux: reuseport_select_sock. */
export function reuseportSelectSock(group: ReuseportGroup, hash: number): TcpSock {
  return group.members[Math.floor((hash * group.members.length) / 0x1_0000_0000)]!
}

/** Hash of a packet for the choice. */
export function reuseportHash(skb: SkBuff): number {
  return (Math.imul(skb.sport ^ skb.src.d, 0x9e3779b1) ^ Math.imul(skb.dport ^ skb.dst.d, 0x85ebca6b)) >>> 0
}
