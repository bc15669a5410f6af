import type { NetStack } from '../stack.js'
import { IcmpLimits } from './icmp-limit.js'

/** What the network layer remembers beside routes. */
export class IpState {
  readonly limits = new IcmpLimits()
  /** ICMP messages by type: in and out of IPv4, in and out of IPv6, 256 each. Linux: icmpmsg_statistics, icmpv6msg_statistics. */
  readonly icmpTypes = new Float64Array(1024)
  #id: number

  constructor(net: NetStack) {
    this.#id = net.random.u32()
  }

  /** An identification for a packet that may be fragmented. Linux: __ip_select_ident. */
  nextId(segments: number): number {
    const id = this.#id
    this.#id = (id + segments) >>> 0
    return id
  }
}
