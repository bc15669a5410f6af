import { MIB } from '../mib.js'
import type { NetStack } from '../stack.js'

/** Counts a SYN or final ACK that a listener did not take. Linux: tcp_listendrop. */
export function tcpListendrop(net: NetStack): void {
  net.mib[MIB.ListenDrops]!++
}
