import { SHUTDOWN, TCP } from '../sock.js'
import { inetCskEnterPingpongMode, inetCskScheduleAck } from './delayed-ack.js'
import { tcpPurgeOfo } from './prune.js'
import { tcpSackReset } from './sack-blocks.js'
import { tcpSendAck } from './send-ack.js'
import { tcpSetState } from './state.js'
import type { TcpSock } from './tcp-sock.js'
import { tcpTimeWait } from './time-wait.js'
import { skStateChange } from './wake.js'

/** A FIN in order: the peer has nothing more to send (RFC 9293 section 3.10.7.4, "eighth, check the FIN bit"). Linux: tcp_fin. */
export function tcpFin(sk: TcpSock): void {
  inetCskScheduleAck(sk)
  sk.shutdown |= SHUTDOWN.RCV
  sk.finReceived = true
  switch (sk.state) {
    case TCP.SYN_RECV:
    case TCP.ESTABLISHED:
      tcpSetState(sk, TCP.CLOSE_WAIT)
      inetCskEnterPingpongMode(sk)
      break
    case TCP.FIN_WAIT1:
      tcpSendAck(sk)
      tcpSetState(sk, TCP.CLOSING)
      break
    case TCP.FIN_WAIT2:
      tcpSendAck(sk)
      tcpTimeWait(sk, TCP.TIME_WAIT, 0)
      break
    default: // CLOSE_WAIT, CLOSING, LAST_ACK: the FIN again
  }
  tcpPurgeOfo(sk)
  if (sk.tcb.sackOk) tcpSackReset(sk)
  if (!sk.dead) skStateChange(sk)
}
