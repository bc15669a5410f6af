import { POLL } from '../../abi/flags/poll.js'
import { SHUTDOWN, TCP } from '../sock.js'
import { skStreamIsWriteable } from './sndbuf.js'
import type { TcpSock } from './tcp-sock.js'
import { TCP_URG } from './urgent.js'
import { tcpReceiveWindow } from './window.js'

/** Enough came for a reader that waits for `target` bytes; less is enough when no more may come. Linux: tcp_epollin_ready. */
export function tcpEpollinReady(sk: TcpSock, target: number): boolean {
  const { tcb } = sk
  const available = (tcb.rcvNxt - tcb.copiedSeq) | 0
  if (available <= 0) return false
  return available >= target || sk.rmemAlloc > sk.rcvbuf - (sk.rcvbuf >> 3) || tcpReceiveWindow(sk) <= tcb.rcvMss
}

/** POLL* bits of a TCP socket; where it says not writable, the next room is told. Linux: tcp_poll. */
export function tcpPoll(sk: TcpSock): number {
  const { state, shutdown, tcb } = sk
  if (state === TCP.LISTEN) return sk.acceptQueue !== null && !sk.acceptQueue.isEmpty ? POLL.POLLIN | POLL.POLLRDNORM : 0
  let mask = 0
  if (shutdown === SHUTDOWN.MASK || state === TCP.CLOSE) mask |= POLL.POLLHUP
  if (shutdown & SHUTDOWN.RCV) mask |= POLL.POLLIN | POLL.POLLRDNORM | POLL.POLLRDHUP
  if (state !== TCP.SYN_SENT && (state !== TCP.SYN_RECV || sk.fastOpen.fastopenReq !== null)) {
    const urgentNext = tcb.urgData !== 0 && tcb.urgSeq === tcb.copiedSeq && !sk.options.oobInline
    if (tcpEpollinReady(sk, Math.max(1, sk.options.receiveLowWater) + (urgentNext ? 1 : 0))) mask |= POLL.POLLIN | POLL.POLLRDNORM
    if (shutdown & SHUTDOWN.SEND || skStreamIsWriteable(sk)) mask |= POLL.POLLOUT | POLL.POLLWRNORM
    else tcb.noSpace = true
    if (tcb.urgData & TCP_URG.VALID) mask |= POLL.POLLPRI
  } else if (state === TCP.SYN_SENT && sk.fastOpen.deferConnect) mask |= POLL.POLLOUT | POLL.POLLWRNORM
  if (sk.error !== 0 || sk.errors.length > 0) mask |= POLL.POLLERR
  return mask
}
