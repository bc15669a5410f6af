import { MIB } from '../mib.js'
import type { SkBuff } from '../skb.js'
import { tcpEnterCwr } from './cwnd-reduction.js'
import { tcpCheckSpace } from './sndbuf.js'
import { TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { tcpTransmitSkb } from './transmit.js'
import { tcpRearmRto } from './xmit-timer.js'

/** New data left: the packet waits for its ACK now. Linux: tcp_event_new_data_sent. */
export function tcpEventNewDataSent(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  const prior = tcb.packetsOut
  tcb.sndNxt = skb.endSeq
  tcb.writeQueue.remove(skb)
  tcb.rtxQueue.push(skb)
  skb.inRtxQueue = true
  if (tcb.highestSack === null) tcb.highestSack = skb
  tcb.packetsOut += skb.gsoSegs
  if (prior === 0 || tcb.pending === TCP_TIMER.LOSS_PROBE) tcpRearmRto(sk)
  sk.net.mib[MIB.TCPOrigDataSent]! += skb.gsoSegs
  tcpCheckSpace(sk)
}

/** Sends a queued packet; a full queue of the device is a sign of congestion. Linux: tcp_transmit_skb's NET_XMIT_DROP. @returns 0; positive: dropped here */
export function tcpTransmitQueued(sk: TcpSock, skb: SkBuff): number {
  const error = tcpTransmitSkb(sk, skb, true)
  if (error > 0) tcpEnterCwr(sk)
  return error
}
