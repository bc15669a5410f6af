import { TCP_CA, TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { TCP_MS, usecsToJiffies } from './units.js'
import { tcpResetXmitTimer, tcpRtoDeltaUs } from './xmit-timer.js'

/**
 * Arms the probe for the loss of the last segments (RFC 8985 section 7.2): two round trips, with the delayed ACK's time for a
 * lone segment, not later than the retransmission timeout. Linux: tcp_schedule_loss_probe.
 *
 * @param advancingRto data was acknowledged: the timeout starts anew
 * @returns false where there is none, and the retransmission timer is the caller's
 */
export function tcpScheduleLossProbe(sk: TcpSock, advancingRto: boolean): boolean {
  const { tcb } = sk
  if (sk.fastOpen.fastopenReq !== null) return false
  const early = sk.net.sysctl.tcp_early_retrans
  if ((early !== 3 && early !== 4) || tcb.packetsOut === 0 || !tcb.sackOk || (tcb.caState !== TCP_CA.OPEN && tcb.caState !== TCP_CA.CWR)) return false
  let timeout: number = TCP_MS.RTO_INIT
  if (tcb.srtt8 !== 0) timeout = usecsToJiffies((tcb.srtt8 >>> 2) + (tcb.packetsOut === 1 ? sk.settings.rtoMinMs : TCP_MS.TIMEOUT_MIN) * 1000)
  const rto = advancingRto ? tcb.rtoMs * 1000 : tcpRtoDeltaUs(sk)
  if (rto > 0) timeout = Math.min(timeout, usecsToJiffies(rto))
  tcpResetXmitTimer(sk, TCP_TIMER.LOSS_PROBE, timeout, true)
  return true
}
