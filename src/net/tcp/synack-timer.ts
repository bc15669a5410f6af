import type { RequestSock } from './request-sock.js'
import type { TcpSock } from './tcp-sock.js'

/** A request's SYN-ACK was not answered: again, or it is given up. Linux: reqsk_timer_handler. */
export function reqskTimerHandler(_req: RequestSock): void {
  // filled in below
}

/** Sends the SYN-ACK once more. @returns 0 or -errno. Linux: inet_rtx_syn_ack, tcp_rtx_synack */
export function inetRtxSynAck(_parent: TcpSock, _req: RequestSock): number {
  return 0
}
