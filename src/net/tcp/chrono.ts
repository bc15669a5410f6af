import type { TcpSock } from './tcp-sock.js'

/** What limits sending, for TCP_INFO's chronographs. Linux: enum tcp_chrono. */
export const TCP_CHRONO = { UNSPEC: 0, BUSY: 1, RWND_LIMITED: 2, SNDBUF_LIMITED: 3 } as const

/** Ends the running chronograph and starts another; times are whole milliseconds, in µs. Linux: tcp_chrono_set. */
function tcpChronoSet(sk: TcpSock, type: number): void {
  const { tcb } = sk
  const now = sk.net.now - (sk.net.now % 1000)
  const elapsed = now - tcb.chronoStart
  if (tcb.chronoType === TCP_CHRONO.BUSY) tcb.busyTime += elapsed
  else if (tcb.chronoType === TCP_CHRONO.RWND_LIMITED) tcb.rwndLimitedTime += elapsed
  else if (tcb.chronoType === TCP_CHRONO.SNDBUF_LIMITED) tcb.sndbufLimitedTime += elapsed
  tcb.chronoStart = now
  tcb.chronoType = type
}

/** Starts a chronograph unless a more interesting one runs. Linux: tcp_chrono_start. */
export function tcpChronoStart(sk: TcpSock, type: number): void {
  if (type > sk.tcb.chronoType) tcpChronoSet(sk, type)
}

/** Stops a chronograph: busy goes on while anything is queued. Linux: tcp_chrono_stop. */
export function tcpChronoStop(sk: TcpSock, type: number): void {
  const { tcb } = sk
  if (tcb.rtxQueue.length === 0 && tcb.writeQueue.length === 0) tcpChronoSet(sk, TCP_CHRONO.UNSPEC)
  else if (type === tcb.chronoType) tcpChronoSet(sk, TCP_CHRONO.BUSY)
}
