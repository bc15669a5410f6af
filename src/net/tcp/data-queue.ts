import { dropPacket } from '../drop.js'
import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import { type SkBuff, TCP_FLAG } from '../skb.js'
import { truesize } from '../truesize.js'
import { inetCskScheduleAck, TCP_MAX_QUICKACKS, tcpEnterQuickackMode } from './delayed-ack.js'
import { tcpFastPathCheck } from './fast-path.js'
import { tcpFin } from './fin.js'
import { tcpDataQueueOfo, tcpOfoQueue } from './ofo-queue.js'
import { tcpEpollinReady } from './poll.js'
import { tcpTryRmemSchedule } from './prune.js'
import { skRmemSchedule, tcpQueueRcv } from './receive-queue.js'
import { tcpEventDataRecv } from './receive-window.js'
import { tcpDsackSet, tcpSackRemove } from './sack-blocks.js'
import { ACK_PENDING, type TcpSock } from './tcp-sock.js'
import { skDataReady } from './wake.js'
import { tcpReceiveWindow } from './window.js'

/** Tells a reader when there is enough for it. Linux: tcp_data_ready. */
export function tcpDataReady(sk: TcpSock): void {
  if (sk.finReceived || tcpEpollinReady(sk, sk.options.receiveLowWater)) skDataReady(sk)
}

/** Data that cannot be taken: the ACK that tells so goes out soon. */
function outOfWindow(sk: TcpSock, skb: SkBuff, reason: string): void {
  tcpEnterQuickackMode(sk, TCP_MAX_QUICKACKS)
  inetCskScheduleAck(sk)
  dropPacket(sk.net, skb, reason)
}

/** The window is closed. */
function zeroWindow(sk: TcpSock, skb: SkBuff): void {
  sk.net.mib[MIB.TCPZeroWindowDrop]!++
  outOfWindow(sk, skb, 'TCP_ZEROWINDOW')
}

/** Queues data that starts at or before rcvNxt. */
function inOrder(sk: TcpSock, skb: SkBuff): void {
  const { net, tcb } = sk
  if (!tcpTryRmemSchedule(sk, skb)) {
    tcb.ackPending |= ACK_PENDING.NOMEM | ACK_PENDING.NOW
    inetCskScheduleAck(sk)
    skDataReady(sk)
    if (tcb.receiveQueue.length !== 0 && skb.end !== skb.start) {
      net.mib[MIB.TCPRcvQDrop]!++
      dropPacket(net, skb, 'PROTO_MEM')
      return
    }
    skRmemSchedule(sk, truesize(skb))
  }
  tcpQueueRcv(sk, skb)
  if (skb.end !== skb.start) tcpEventDataRecv(sk, skb)
  if (skb.tcpFlags & TCP_FLAG.FIN) tcpFin(sk)
  if (sk.outOfOrder.queue !== null && sk.outOfOrder.queue.head !== null) {
    tcpOfoQueue(sk)
    // RFC 5681 section 4.2: an immediate ACK when a gap is filled
    if (sk.outOfOrder.queue.head === null) tcb.ackPending |= ACK_PENDING.NOW
  }
  if (sk.outOfOrder.selectiveAcks.length !== 0) tcpSackRemove(sk)
  tcpFastPathCheck(sk)
  if (!sk.dead) tcpDataReady(sk)
}

/** A segment's data and FIN (RFC 9293 section 3.10.7.4, "seventh, process the segment text"). Linux: tcp_data_queue. */
export function tcpDataQueue(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  const { mib } = sk.net
  if (skb.seq === skb.endSeq) return
  if (sk.outOfOrder.dsackPending) sk.ownOutOfOrder().dsackPending = false
  if (skb.seq === tcb.rcvNxt) {
    const bareFin = skb.end === skb.start && (skb.tcpFlags & TCP_FLAG.FIN) !== 0
    if (tcpReceiveWindow(sk) === 0 && !bareFin) zeroWindow(sk, skb)
    else inOrder(sk, skb)
    return
  }
  if (!after(skb.endSeq, tcb.rcvNxt)) {
    mib[MIB.DelayedACKLost]!++
    tcpDsackSet(sk, skb.seq, skb.endSeq)
    outOfWindow(sk, skb, 'TCP_OLD_DATA')
    return
  }
  if (!before(skb.seq, (tcb.rcvNxt + tcpReceiveWindow(sk)) | 0)) {
    outOfWindow(sk, skb, 'TCP_OVERWINDOW')
    return
  }
  if (before(skb.seq, tcb.rcvNxt)) {
    tcpDsackSet(sk, skb.seq, tcb.rcvNxt)
    if (tcpReceiveWindow(sk) === 0) zeroWindow(sk, skb)
    else inOrder(sk, skb)
    return
  }
  tcpDataQueueOfo(sk, skb)
}
