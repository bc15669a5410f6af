import type { TcpSock } from './tcp-sock.js'

/** What limits sending, for TCP_INFO's chronographs. Linux: enum tcp_chrono. */
export const TCP_CHRONO = { UNSPEC: 0, BUSY: 1, RWND_LIMITED: 2, SNDBUF_LIMITED: 3 } as const

/** Ends the running chronograph and starts another; times are whole milliseconds, in µs. Linux: tcp_chrono_set. */
function tcpChronoSet(sk: TcpSock, type: number): void {
  const now = sk.net.now - (sk.net.now % 1000)
  if (sk.chronoType > TCP_CHRONO.UNSPEC) sk.chronoStat[sk.chronoType - 1]! += now - sk.chronoStart
  sk.chronoStart = now
  sk.chronoType = type
}

/** Starts a chronograph unless a more interesting one runs. Linux: tcp_chrono_start. */
export function tcpChronoStart(sk: TcpSock, type: number): void {
  if (type > sk.chronoType) tcpChronoSet(sk, type)
}

/** Stops a chronograph: busy goes on while anything is queued. Linux: tcp_chrono_stop. */
export function tcpChronoStop(sk: TcpSock, type: number): void {
  if (sk.rtxQueue.length === 0 && sk.writeQueue.length === 0) tcpChronoSet(sk, TCP_CHRONO.UNSPEC)
  else if (type === sk.chronoType) tcpChronoSet(sk, TCP_CHRONO.BUSY)
}
