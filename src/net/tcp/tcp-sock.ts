import { Sock } from '../sock.js'
import type { TimerOwner } from '../timers.js'
import type { NetStack } from '../stack.js'
import type { CongestionOps } from './congestion.js'
import type { Md5Keys } from './md5.js'
import type { BindBucket, BindOwner } from './ports.js'
import { FastOpenState, LossRecovery, MtuProbe, NO_FAST_OPEN, NO_MTU_PROBE, NO_OUT_OF_ORDER, NO_RECOVERY, OutOfOrder } from './rare-state.js'
import type { AcceptQueue, FastOpenQueue } from './request-sock.js'
import type { ReuseportGroup } from './reuseport.js'
import { initialSettings, type TcpSettings } from './settings.js'
import type { Hashed } from './tables.js'
import { NO_TCB, Tcb } from './tcb.js'

/** Timers of a TCP socket. Linux: ICSK_TIME_*, sk_timer, and the hrtimers of pacing and compressed ACKs. */
export const TCP_TIMER = { RETRANS: 1, PROBE0: 3, LOSS_PROBE: 5, REO_TIMEOUT: 6, DACK: 7, KEEP: 8, PACING: 9, COMPRESSED_ACK: 10 } as const

/** Congestion avoidance states. Linux: enum tcp_ca_state. */
export const TCP_CA = { OPEN: 0, DISORDER: 1, CWR: 2, RECOVERY: 3, LOSS: 4 } as const

/** Bits of {@link Tcb.ecnFlags}. */
export const TCP_ECN = { OK: 1, QUEUE_CWR: 2, DEMAND_CWR: 4, SEEN: 8 } as const

/** Bits of {@link Tcb.ackPending}. Linux: enum inet_csk_ack_state_t. */
export const ACK_PENDING = { SCHED: 1, TIMER: 2, PUSHED: 4, PUSHED2: 8, NOW: 16, NOMEM: 32 } as const

/** Bits of {@link TcpSock.nonagle}. */
export const NAGLE = { OFF: 1, CORK: 2, PUSH: 4 } as const

/**
 * A TCP socket by Linux's names: struct tcp_sock, inet_connection_sock, request_sock_queue. Here is what each has, also a
 * listener; what belongs to a connection is {@link TcpSock.tcb}, and what few have is shared until it is written: a listener
 * stays under 1 kB, an idle connection under 2 kB. The functions over it live one concern per file in this folder.
 */
export abstract class TcpSock extends Sock implements TimerOwner {
  settings: Readonly<TcpSettings>
  /** The connection's state; a frozen block that all share without one. */
  tcb: Tcb = NO_TCB
  recovery: Readonly<LossRecovery> = NO_RECOVERY
  outOfOrder: Readonly<OutOfOrder> = NO_OUT_OF_ORDER
  mtuProbe: Readonly<MtuProbe> = NO_MTU_PROBE
  fastOpen: Readonly<FastOpenState> = NO_FAST_OPEN

  ca: CongestionOps
  caSetsockopt = false
  nonagle = 0
  /** A FIN came: reading ends behind it. Linux: SOCK_DONE. */
  finReceived = false
  /** A file (a user) has it: not yet of a connection that waits for accept. Linux: sk_socket. */
  attached = true
  /** Writers that wait, for the connection or for room. Linux: sk_write_pending. */
  writePending = 0

  /** TCP_FASTOPEN and TCP_FASTOPEN_KEY of a listener; null: never set. */
  fastOpenQueue: FastOpenQueue | null = null
  /** The file's state: 1 SS_UNCONNECTED, 2 SS_CONNECTING, 3 SS_CONNECTED, 4 SS_DISCONNECTING. Linux: socket.state. */
  socketState = 1
  savedSyn: Uint8Array | null = null
  /** A listener's queues; null for others. */
  acceptQueue: AcceptQueue | null = null
  /** backlog and connections waiting for accept. Linux: sk_max_ack_backlog, sk_ack_backlog. */
  maxAckBacklog = 0
  ackBacklog = 0
  md5: Md5Keys | null = null
  /** Places in the established hash and among the owners of its port (tables.ts, ports.ts). */
  hashNext: Hashed | null = null
  hashed = false
  bindBucket: BindBucket | null = null
  bindNext: BindOwner | null = null
  bindPrev: BindOwner | null = null
  /** Sockets that share its port and address with SO_REUSEPORT. */
  reuseportGroup: ReuseportGroup | null = null
  /** SOCK_BINDADDR_LOCK (4) and SOCK_BINDPORT_LOCK (8); Linux: sk_userlocks. */
  bindLock = 0

  constructor(net: NetStack, family: 4 | 6, protocol: number, ca: CongestionOps) {
    super(net, family, 1, protocol)
    this.ca = ca
    this.settings = initialSettings(net)
  }

  /** Settings to change: a copy of its own from the first change on. */
  ownSettings(): TcpSettings {
    if (Object.isFrozen(this.settings)) this.settings = { ...this.settings }
    return this.settings
  }

  /** The block to write, where a connection begins or an option is kept for it. */
  ownTcb(): Tcb {
    if (this.tcb === NO_TCB) this.tcb = new Tcb(this.settings.reordering)
    return this.tcb
  }

  /** What is known of losses, to write: a copy of one's own at the first time. */
  ownRecovery(): LossRecovery {
    if (this.recovery === NO_RECOVERY) this.recovery = new LossRecovery()
    return this.recovery
  }

  /** The same for segments that came out of order. */
  ownOutOfOrder(): OutOfOrder {
    if (this.outOfOrder === NO_OUT_OF_ORDER) this.outOfOrder = new OutOfOrder()
    return this.outOfOrder
  }

  /** The same for probes of the path's MTU. */
  ownMtuProbe(): MtuProbe {
    if (this.mtuProbe === NO_MTU_PROBE) this.mtuProbe = new MtuProbe()
    return this.mtuProbe
  }

  /** The same for Fast Open. */
  ownFastOpen(): FastOpenState {
    if (this.fastOpen === NO_FAST_OPEN) this.fastOpen = new FastOpenState()
    return this.fastOpen
  }

  /** Of a holder of a port (ports.ts). */
  get v6Only(): boolean {
    return this.options.v6Only
  }

  get reuseAddress(): boolean {
    return this.options.reuseAddress
  }

  get reusePort(): boolean {
    return this.options.reusePort
  }

  /** One of the connection's timers is due. */
  abstract onTimer(kind: number): void
  /** A new socket of the same kind, as accept will give it. */
  abstract makeChild(): TcpSock
}
