import { ETIMEDOUT } from '../../abi/errno.js'
import { MIB } from '../mib.js'
import { tcpDoneWithError } from './reset-in.js'
import type { TcpSock } from './tcp-sock.js'

/** A connection is given up: ETIMEDOUT, or what ICMP said last. Linux: tcp_write_err. */
export function tcpWriteErr(sk: TcpSock): void {
  tcpDoneWithError(sk, sk.softError !== 0 ? sk.softError : ETIMEDOUT)
  sk.net.mib[MIB.TCPAbortOnTimeout]!++
}
