import type { Clock } from '../base/clock.js'
import type { Random } from '../base/random.js'
import type { Endpoint } from './address.js'
import type { SkBuff } from './skb.js'
import type { Sock, SocketOptions } from './sock.js'
import type { NetSysctl } from './sysctl-defaults.js'
import type { NetTimer } from './timers.js'

/** A change of a TCP socket's state: the fields of the kernel's tracepoint sock:inet_sock_set_state. */
export interface StateChange {
  readonly sock: Sock
  readonly family: 4 | 6
  readonly protocol: number
  readonly oldState: number
  readonly newState: number
  readonly source: Endpoint
  readonly destination: Endpoint
}

/** What a stack tells its listeners. */
export interface NetEvents {
  state: StateChange
  /** A packet came in at a device, or leaves by one. */
  'packet:in': SkBuff
  'packet:out': SkBuff
  /** A packet was dropped, with Linux's drop reason. */
  drop: { readonly skb: SkBuff; readonly reason: string }
}
