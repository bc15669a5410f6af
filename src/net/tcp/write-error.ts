import { ETIMEDOUT } from '../../abi/errno.js'
import { MIB } from '../mib.js'
import { tcpDone } from './orphan.js'
import type { TcpSock } from './tcp-sock.js'
import { skErrorReport } from './wake.js'
import { tcpWriteQueuePurge } from './send-queue.js'

/** A connection is given up: ETIMEDOUT, or what ICMP said last. Linux: tcp_write_err, tcp_done_with_error. */
export function tcpWriteErr(sk: TcpSock): void {
  sk.error = sk.softError !== 0 ? sk.softError : ETIMEDOUT
  tcpWriteQueuePurge(sk)
  tcpDone(sk)
  if (!sk.dead) skErrorReport(sk)
  sk.net.mib[MIB.TCPAbortOnTimeout]!++
}
