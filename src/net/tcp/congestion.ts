import { type CongestionOps, reno } from './congestion-ops.js'
import { cubic } from './cubic.js'
import { NO_TCB } from './tcb.js'
import type { TcpSock } from './tcp-sock.js'

export type { CongestionOps } from './congestion-ops.js'

/** The algorithms there are, by name. Linux: tcp_ca_find. */
export function congestionByName(name: string): CongestionOps | null {
  return name === 'cubic' ? cubic : name === 'reno' ? reno : null
}

/** The algorithm of new sockets: net.ipv4.tcp_congestion_control. Linux: tcp_assign_congestion_control. */
export function defaultCongestion(name: string): CongestionOps {
  return congestionByName(name) ?? reno
}

/** Starts the algorithm at the end of the handshake. Linux: tcp_init_congestion_control. */
export function tcpInitCongestionControl(sk: TcpSock): void {
  if (sk.recovery.priorSsthresh !== 0) sk.ownRecovery().priorSsthresh = 0
  sk.ca.init?.(sk)
  sk.tcb.caInitialized = true
}

/** Frees its state when the connection ends. Linux: tcp_cleanup_congestion_control. */
export function tcpCleanupCongestionControl(sk: TcpSock): void {
  const { tcb } = sk
  if (tcb === NO_TCB) return
  if (tcb.caInitialized) sk.ca.release?.(sk)
  tcb.caInitialized = false
  tcb.caPrivate = null
}

/**
 * Changes a socket's algorithm (TCP_CONGESTION). Linux: tcp_set_congestion_control.
 *
 * @returns 0, or -1 where no such algorithm exists (the caller's -ENOENT)
 */
export function tcpSetCongestionControl(sk: TcpSock, name: string): number {
  const ops = congestionByName(name)
  if (ops === null) return -1
  if (ops === sk.ca) {
    sk.caSetsockopt = true
    return 0
  }
  const started = sk.tcb.caInitialized
  tcpCleanupCongestionControl(sk)
  sk.ca = ops
  sk.caSetsockopt = true
  if (started) tcpInitCongestionControl(sk)
  return 0
}
