import { ACK_PENDING, TCP_ECN, type TcpSock } from './tcp-sock.js'
import { type SkBuff, TCP_FLAG } from '../skb.js'
import { CA_EVENT, tcpCaEvent } from './congestion-ops.js'
import { tcpEnterQuickackMode } from './delayed-ack.js'

/** The next new data carries CWR: the window was reduced. Linux: tcp_ecn_queue_cwr. */
export function tcpEcnQueueCwr(sk: TcpSock): void {
  if (sk.tcb.ecnFlags & TCP_ECN.OK) sk.tcb.ecnFlags |= TCP_ECN.QUEUE_CWR
}

/** The reduction was undone. Linux: tcp_ecn_withdraw_cwr. */
export function tcpEcnWithdrawCwr(sk: TcpSock): void {
  sk.tcb.ecnFlags &= ~TCP_ECN.QUEUE_CWR
}

/** The peer slowed down: no more ECE, and its data is acknowledged at once, for its window may be one segment. Linux: tcp_ecn_accept_cwr. */
export function tcpEcnAcceptCwr(sk: TcpSock, skb: SkBuff): void {
  if (!(skb.tcpFlags & TCP_FLAG.CWR)) return
  sk.tcb.ecnFlags &= ~TCP_ECN.DEMAND_CWR
  if (skb.seq !== skb.endSeq) sk.tcb.ackPending |= ACK_PENDING.NOW
}

/**
 * Looks at the ECN codepoint of a data segment: CE is told to the peer until it answers CWR (RFC 3168 section 6.1.3);
 * not-ECT after ECT is probably a retransmission. Linux: tcp_data_ecn_check.
 */
export function tcpDataEcnCheck(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  if (!(tcb.ecnFlags & TCP_ECN.OK)) return
  switch (skb.tos & 3) {
    case 0:
      if (tcb.ecnFlags & TCP_ECN.SEEN) tcpEnterQuickackMode(sk, 2)
      break
    case 3:
      if (sk.ca.needsEcn) tcpCaEvent(sk, CA_EVENT.ECN_IS_CE)
      if (!(tcb.ecnFlags & TCP_ECN.DEMAND_CWR)) {
        tcpEnterQuickackMode(sk, 2)
        tcb.ecnFlags |= TCP_ECN.DEMAND_CWR
      }
      tcb.ecnFlags |= TCP_ECN.SEEN
      break
    default:
      if (sk.ca.needsEcn) tcpCaEvent(sk, CA_EVENT.ECN_NO_CE)
      tcb.ecnFlags |= TCP_ECN.SEEN
  }
}

/** A SYN-ACK agrees to ECN with ECE and without CWR (RFC 3168 section 6.1.1). Linux: tcp_ecn_rcv_synack. */
export function tcpEcnRcvSynack(sk: TcpSock, flags: number): void {
  if ((flags & (TCP_FLAG.ECE | TCP_FLAG.CWR)) !== TCP_FLAG.ECE) sk.tcb.ecnFlags &= ~TCP_ECN.OK
}

/** A crossing SYN asks for ECN with both flags. Linux: tcp_ecn_rcv_syn. */
export function tcpEcnRcvSyn(sk: TcpSock, flags: number): void {
  const both = TCP_FLAG.ECE | TCP_FLAG.CWR
  if ((flags & both) !== both) sk.tcb.ecnFlags &= ~TCP_ECN.OK
}

/** The peer saw CE. Linux: tcp_ecn_rcv_ecn_echo. */
export const tcpEcnRcvEcnEcho = (sk: TcpSock, flags: number): boolean =>
  (flags & (TCP_FLAG.ECE | TCP_FLAG.SYN)) === TCP_FLAG.ECE && (sk.tcb.ecnFlags & TCP_ECN.OK) !== 0
