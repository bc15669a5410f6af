import { MIB } from '../mib.js'
import { SHUTDOWN, TCP } from '../sock.js'
import { tcpCleanupCongestionControl } from './congestion.js'
import { reqskFastopenRemove } from './fast-open-request.js'
import { inetPutPort } from './ports.js'
import { tcpWriteQueuePurge } from './send-queue.js'
import { tcpSetState } from './state.js'
import type { TcpSock } from './tcp-sock.js'
import { skStateChange } from './wake.js'
import { tcpClearXmitTimers } from './xmit-timer.js'

/** FIN_WAIT2's timeout, ms: TCP_LINGER2 or tcp_fin_timeout, at least 3.5 RTOs. Linux: tcp_fin_time. */
export function tcpFinTime(sk: TcpSock): number {
  const time = sk.settings.linger2 > 0 ? sk.settings.linger2 : sk.net.sysctl.tcp_fin_timeout * 1000
  return Math.max(time, (sk.tcb.rtoMs << 2) - (sk.tcb.rtoMs >> 1))
}

/** Whether the sockets without a file are too many. @param shift doubles the count for suspicious ones. Linux: tcp_too_many_orphans */
export function tcpTooManyOrphans(sk: TcpSock, shift: number): boolean {
  return sk.net.tcp.orphans * 2 ** shift > sk.net.sysctl.tcp_max_orphans
}

/** Whether TCP's buffers are over tcp_mem[2], this socket's with them. Linux: tcp_out_of_memory. */
export function tcpOutOfMemory(sk: TcpSock): boolean {
  const { net } = sk
  return sk.wmemQueued > 2048 && net.tcp.memoryPages > net.sysctl.tcp_mem[2]!
}

/** Either of both. Linux: tcp_check_oom. */
export function tcpCheckOom(sk: TcpSock, shift: number): boolean {
  return tcpTooManyOrphans(sk, shift) || tcpOutOfMemory(sk)
}

/**
 * Ends a connection: CLOSE, timers off, whoever waits is woken; without a file it is destroyed. Linux: tcp_done
 */
export function tcpDone(sk: TcpSock): void {
  const req = sk.fastOpen.fastopenReq
  if (sk.state === TCP.SYN_SENT || sk.state === TCP.SYN_RECV) sk.net.mib[MIB.TcpAttemptFails]!++
  tcpSetState(sk, TCP.CLOSE)
  tcpClearXmitTimers(sk)
  if (req !== null) reqskFastopenRemove(sk, req, false)
  sk.shutdown = SHUTDOWN.MASK
  if (!sk.dead) skStateChange(sk)
  else inetCskDestroySock(sk)
}

/**
 * Frees what a closed socket without a file holds. Linux: inet_csk_destroy_sock, tcp_v4_destroy_sock. The orphan count
 * goes down; nothing refers to the socket afterwards.
 */
export function inetCskDestroySock(sk: TcpSock): void {
  const { tcp } = sk.net
  tcp.orphans--
  tcpDestroySock(sk)
}

/** Linux: tcp_v4_destroy_sock. */
function tcpDestroySock(sk: TcpSock): void {
  const { tcp } = sk.net
  tcpClearXmitTimers(sk)
  tcpCleanupCongestionControl(sk)
  tcpWriteQueuePurge(sk)
  dropQueue(sk)
  sk.md5 = null
  if (sk.bindBucket !== null) inetPutPort(tcp.ports, sk)
  if (sk.fastOpen.request !== null) sk.ownFastOpen().request = null
  sk.savedSyn = null
  sk.route = null
  tcp.sockets--
}

function dropQueue(sk: TcpSock): void {
  for (let skb = sk.tcb.receiveQueue.shift(); skb !== null; skb = sk.tcb.receiveQueue.shift());
  if (sk.outOfOrder.queue !== null) sk.ownOutOfOrder().queue = null
  sk.rmemAlloc = 0
}

/** Prepares a child that was never hashed, or whose request is gone, to be destroyed. Linux: inet_csk_prepare_forced_close. */
export function inetCskPrepareForcedClose(sk: TcpSock): void {
  sk.dead = true
  sk.net.tcp.orphans++
}

