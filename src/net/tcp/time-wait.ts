import type { SkBuff } from '../skb.js'
import { ehashRemove } from './tables.js'
import type { TcpSock } from './tcp-sock.js'
import type { TimeWaitSock } from './time-wait-sock.js'

/** What a segment to TIME_WAIT leads to. Linux: enum tcp_tw_status. */
export const TW = { SUCCESS: 0, RST: 1, ACK: 2, SYN: 3 } as const

/**
 * Moves a connection to TIME_WAIT (or to FIN_WAIT2's minisock) and ends its socket.
 * @param timeoMs how long it waits in FIN_WAIT2. Linux: tcp_time_wait
 */
export function tcpTimeWait(_sk: TcpSock, _state: number, _timeoMs: number): void {
  // filled in below
}

/** Ends a TIME_WAIT socket. Linux: inet_twsk_kill. */
export function inetTwskKill(tw: TimeWaitSock): void {
  ehashRemove(tw.net.tcp, tw)
}

/** Answers a segment in TIME_WAIT; TW says what the caller does. Linux: tcp_timewait_state_process. */
export function tcpTimewaitStateProcess(_tw: TimeWaitSock, _skb: SkBuff): number {
  return TW.SUCCESS
}
