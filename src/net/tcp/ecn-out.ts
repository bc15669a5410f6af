import { before } from '../seq.js'
import { type SkBuff, TCP_FLAG } from '../skb.js'
import { TCP_ECN, type TcpSock } from './tcp-sock.js'

const ECT0 = 2

/** Asks for ECN in a SYN (RFC 3168 section 6.1.1). Linux: tcp_ecn_send_syn. */
export function tcpEcnSendSyn(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  tcb.ecnFlags = 0
  if (sk.net.sysctl.tcp_ecn !== 1 && !sk.ca.needsEcn) return
  skb.tcpFlags |= TCP_FLAG.ECE | TCP_FLAG.CWR
  tcb.ecnFlags = TCP_ECN.OK
  if (sk.ca.needsEcn) tcb.ecnXmit = true
}

/** A SYN that is sent again asks no more (RFC 3168 section 6.1.1.1). Linux: tcp_ecn_clear_syn. */
export function tcpEcnClearSyn(sk: TcpSock, skb: SkBuff): void {
  if (sk.net.sysctl.tcp_ecn_fallback !== 0) skb.tcpFlags &= ~(TCP_FLAG.ECE | TCP_FLAG.CWR)
}

/** ECN of the SYN-ACK of a simultaneous open. Linux: tcp_ecn_send_synack. */
export function tcpEcnSendSynack(sk: TcpSock, skb: SkBuff): void {
  skb.tcpFlags &= ~TCP_FLAG.CWR
  if ((sk.tcb.ecnFlags & TCP_ECN.OK) === 0) skb.tcpFlags &= ~TCP_FLAG.ECE
  else if (sk.ca.needsEcn) sk.tcb.ecnXmit = true
}

/**
 * ECN of a segment on its way out: ECT on new data, CWR once, ECE while the peer must slow down (RFC 3168 section 6.1).
 * Linux: tcp_ecn_send. The codepoint stays with the socket until the next segment changes it (INET_ECN_xmit).
 *
 * @param skb the copy that is sent: its header's flags change, not those in the queue
 */
export function tcpEcnSend(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  if ((tcb.ecnFlags & TCP_ECN.OK) === 0) return
  if (skb.end !== skb.start && !before(skb.seq, tcb.sndNxt)) {
    tcb.ecnXmit = true
    if (tcb.ecnFlags & TCP_ECN.QUEUE_CWR) {
      tcb.ecnFlags &= ~TCP_ECN.QUEUE_CWR
      skb.tcpFlags |= TCP_FLAG.CWR
    }
  } else if (!sk.ca.needsEcn) tcb.ecnXmit = false
  if (tcb.ecnFlags & TCP_ECN.DEMAND_CWR) skb.tcpFlags |= TCP_FLAG.ECE
}

/** ECN bits of the socket's next packet. */
export const tcpEcnBits = (sk: TcpSock): number => (sk.tcb.ecnXmit ? ECT0 : 0)
