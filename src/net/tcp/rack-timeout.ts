import { tcpCwndReduction } from './cwnd-reduction.js'
import { tcpRackDetectLoss } from './rack.js'
import { tcpEnterRecovery } from './recovery.js'
import { tcpXmitRetransmitQueue } from './retransmit.js'
import { TCP_CA, TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { tcpPacketsInFlight } from './units.js'
import { tcpRearmRto } from './xmit-timer.js'

/** The reordering window is over: what is still missing is lost. Linux: tcp_rack_reo_timeout. */
export function tcpRackReoTimeout(sk: TcpSock): void {
  const inFlight = tcpPacketsInFlight(sk), lost = sk.recovery.lost
  tcpRackDetectLoss(sk)
  if (inFlight !== tcpPacketsInFlight(sk)) {
    if (sk.tcb.caState !== TCP_CA.RECOVERY) {
      tcpEnterRecovery(sk, false)
      tcpCwndReduction(sk, 1, sk.recovery.lost - lost, 0)
    }
    tcpXmitRetransmitQueue(sk)
  }
  if (sk.tcb.pending !== TCP_TIMER.RETRANS) tcpRearmRto(sk)
}
