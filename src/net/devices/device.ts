import type { IpAddress } from '../address.js'
import type { SkBuff } from '../skb.js'

/** Flags of a device. Linux: IFF_*. */
export const IFF = { UP: 1, BROADCAST: 2, LOOPBACK: 8, POINTOPOINT: 0x10, RUNNING: 0x40, NOARP: 0x80, MULTICAST: 0x1000, LOWER_UP: 0x10000 } as const

/** An address of a device. Linux: struct in_ifaddr, inet6_ifaddr. */
export interface DeviceAddress {
  readonly address: IpAddress
  /** Bits of the network. */
  readonly prefix: number
  /** The other end of a point-to-point link; null otherwise. */
  readonly peer: IpAddress | null
  readonly broadcast: IpAddress | null
  /** RT_SCOPE_*: 0 universe, 253 link, 254 host. */
  readonly scope: number
  readonly label: string
}

/** Counters of a device. Linux: struct rtnl_link_stats64. */
export interface DeviceStatistics {
  rxPackets: number
  rxBytes: number
  rxDropped: number
  txPackets: number
  txBytes: number
  txDropped: number
}

/**
 * A network device: where packets leave. What comes in is given to {@link NetStack.receive}. No neighbours: every device
 * is loopback or point to point.
 */
export abstract class NetDevice {
  readonly name: string
  /** Interface index, given by the stack. */
  index = 0
  mtu: number
  flags: number
  readonly addresses: DeviceAddress[] = []
  /** Takes packets larger than its MTU whole: TCP segments of up to this many bytes. 0: the stack cuts them. Linux: gso_max_size with TSO. */
  readonly largeSegments: number
  /** The queue in front of it takes nothing: packets are dropped, and senders hear of it. Linux: NET_XMIT_DROP of a full qdisc. */
  congested = false
  readonly statistics: DeviceStatistics = { rxPackets: 0, rxBytes: 0, rxDropped: 0, txPackets: 0, txBytes: 0, txDropped: 0 }

  /** The device around this one, by whose index its packets come in; null when the stack has it itself. */
  upper: NetDevice | null = null
  /** Sees each packet that leaves or comes in; for captures. */
  tap: ((skb: SkBuff, incoming: boolean) => void) | null = null

  constructor(name: string, mtu: number, flags: number, largeSegments = 0) {
    this.name = name
    this.mtu = mtu
    this.flags = flags
    this.largeSegments = largeSegments
  }

  /** Sends a packet; it belongs to the device from here on, its payload bytes may be shared and must not change. */
  abstract transmit(skb: SkBuff): void

  get isUp(): boolean {
    return (this.flags & IFF.UP) !== 0
  }

  get isLoopback(): boolean {
    return (this.flags & IFF.LOOPBACK) !== 0
  }
}
