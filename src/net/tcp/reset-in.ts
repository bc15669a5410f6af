import { ECONNREFUSED, ECONNRESET, EPIPE } from '../../abi/errno.js'
import type { SkBuff } from '../skb.js'
import { TCP } from '../sock.js'
import { tcpDone } from './orphan.js'
import { tcpWriteQueuePurge } from './send-queue.js'
import type { TcpSock } from './tcp-sock.js'
import { skErrorReport } from './wake.js'

/** The connection ends with an error (positive errno): nothing more is sent, and the user hears of it. Linux: tcp_done_with_error. */
export function tcpDoneWithError(sk: TcpSock, errno: number): void {
  sk.error = errno
  tcpWriteQueuePurge(sk)
  tcpDone(sk)
  if (!sk.dead) skErrorReport(sk)
}

/** A valid RST came (RFC 9293 section 3.10.7.4, "second, check the RST bit"). Linux: tcp_reset. */
export function tcpReset(sk: TcpSock, _skb?: SkBuff): void {
  switch (sk.state) {
    case TCP.CLOSE:
      return
    case TCP.SYN_SENT:
      tcpDoneWithError(sk, ECONNREFUSED)
      break
    case TCP.CLOSE_WAIT:
      tcpDoneWithError(sk, EPIPE)
      break
    default:
      tcpDoneWithError(sk, ECONNRESET)
  }
}
