import { MIB } from '../mib.js'
import { TCP_FLAG } from '../skb.js'
import { tcpCurrentMss } from './mss.js'
import { tcpAcceptableSeq } from './send-ack.js'
import { tcpQueueSkb } from './send-queue.js'
import { NAGLE, type TcpSock } from './tcp-sock.js'
import { tcpNondataSkb, tcpTransmitSkb } from './transmit.js'
import { __tcpPushPendingFrames } from './write.js'

/** Sends FIN, in the last unsent packet where there is one. Linux: tcp_send_fin. */
export function tcpSendFin(sk: TcpSock): void {
  const { tcb } = sk
  const tail = tcb.writeQueue.tail
  if (tail !== null) {
    tail.tcpFlags |= TCP_FLAG.FIN
    tail.endSeq = (tail.endSeq + 1) | 0
    tcb.writeSeq = (tcb.writeSeq + 1) | 0
  } else tcpQueueSkb(sk, tcpNondataSkb(tcb.writeSeq, TCP_FLAG.ACK | TCP_FLAG.FIN))
  __tcpPushPendingFrames(sk, tcpCurrentMss(sk), NAGLE.OFF)
}

/** Sends RST for a connection that the user or a limit ends. Linux: tcp_send_active_reset. */
export function tcpSendActiveReset(sk: TcpSock): void {
  const mib = sk.net.mib
  mib[MIB.TcpOutRsts]!++
  sk.net.refresh()
  if (tcpTransmitSkb(sk, tcpNondataSkb(tcpAcceptableSeq(sk), TCP_FLAG.ACK | TCP_FLAG.RST), false) !== 0) mib[MIB.TCPAbortFailed]!++
}
