import type { IcmpError } from './ip/icmp-errno.js'
import type { SkBuff } from './skb.js'
import type { Sock } from './sock.js'
import type { NetStack } from './stack.js'

/**
 * A protocol that a stack is given beside TCP, see {@link NetStackOptions.protocols}. They are values, so that a program
 * has the code of those that it names. Linux: struct net_protocol, struct inet_protosw.
 */
export interface Protocol {
  /** A new socket, or null where `type` and `protocol` mean another protocol's. */
  socket(net: NetStack, family: 4 | 6, type: number, protocol: number): Sock | null
  /** Looks at a packet for this host. @returns whether it was one of this protocol's */
  receive(net: NetStack, skb: SkBuff): boolean
  /** Looks at an ICMP error about a packet of ours; `skb` is that packet as it was quoted, from us to the peer. */
  error(net: NetStack, skb: SkBuff, error: IcmpError): void
}

/**
 * What a stack does with packets in parts, see {@link NetStackOptions.fragments}. A stack without it drops fragments and
 * sends none; TCP needs neither.
 */
export interface Fragments {
  /** Bytes held by family, by their truesize, and packets that lack something. */
  readonly memory: { readonly 4: number; readonly 6: number }
  readonly count: number
  /** A packet with extension headers, or a fragment. @returns the packet that it is or completes; null: dropped or kept */
  receive(skb: SkBuff): SkBuff | null
  /** The fragments of a packet that is longer than `mtu`; none where that is too small. */
  split(skb: SkBuff, mtu: number): SkBuff[]
}
