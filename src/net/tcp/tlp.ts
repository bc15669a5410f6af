import { MIB } from '../mib.js'
import { tcpFragment } from './fragment.js'
import { tcpCurrentMss } from './mss.js'
import { __tcpRetransmitSkb } from './retransmit.js'
import { NAGLE, type TcpSock } from './tcp-sock.js'
import { PUSH, tcpSndWndTest, tcpWriteXmit } from './write.js'
import { tcpRearmRto } from './xmit-timer.js'

/** The probe timer fired: new data if there is any, else the last segment again (RFC 8985 section 7.3). Linux: tcp_send_loss_probe. */
export function tcpSendLossProbe(sk: TcpSock): void {
  const { tcb } = sk
  if (sk.recovery.tlpHighSeq === 0 && sendProbe(sk)) {
    sk.ownRecovery().tlpHighSeq = tcb.sndNxt
    sk.net.mib[MIB.TCPLossProbes]!++
    tcb.pending = 0
  }
  if (tcb.rtxQueue.length === 0 && tcb.packetsOut === 0) tcb.pending = 0
  tcpRearmRto(sk)
}

function sendProbe(sk: TcpSock): boolean {
  const { tcb } = sk
  const mss = tcpCurrentMss(sk)
  sk.ownRecovery().tlpRetrans = false
  const next = tcb.writeQueue.head
  if (next !== null && tcpSndWndTest(sk, next, mss)) {
    const before = tcb.packetsOut
    tcpWriteXmit(sk, mss, NAGLE.OFF, PUSH.LOSS_PROBE)
    return tcb.packetsOut > before
  }
  let skb = tcb.rtxQueue.tail
  if (skb === null) return false
  if (skb.gsoSegs > 1 && skb.end - skb.start > (skb.gsoSegs - 1) * mss) {
    if (tcpFragment(sk, true, skb, (skb.gsoSegs - 1) * mss, mss) !== 0) return false
    skb = skb.next
  }
  if (skb === null || __tcpRetransmitSkb(sk, skb, 1) !== 0) return false
  sk.ownRecovery().tlpRetrans = true
  return true
}
