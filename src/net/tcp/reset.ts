import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import type { RequestSock } from './request-sock.js'
import type { TcpSock } from './tcp-sock.js'
import type { TimeWaitSock } from './time-wait-sock.js'

/** Answers a segment with RST. @param sk whose options and key apply; null where nobody is. Linux: tcp_v4_send_reset, tcp_v6_send_reset */
export function tcpSendReset(_net: NetStack, _sk: TcpSock | null, _skb: SkBuff): void {
  // filled in below
}

/** The ACK of a request. Linux: tcp_v4_reqsk_send_ack. */
export function tcpReqskSendAck(_sk: TcpSock, _skb: SkBuff, _req: RequestSock): void {
  // filled in below
}

/** The ACK of TIME_WAIT. Linux: tcp_v4_timewait_ack. */
export function tcpTimewaitAck(_tw: TimeWaitSock, _skb: SkBuff): void {
  // filled in below
}
