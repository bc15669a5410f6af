import { dropPacket } from '../drop.js'
import { MIB } from '../mib.js'
import { after } from '../seq.js'
import { type SkBuff, TCP_FLAG } from '../skb.js'
import { truesize } from '../truesize.js'
import { ACK_FLAG } from './ack-state.js'
import { tcpAck } from './ack.js'
import { tcpDataQueue, tcpDataReady } from './data-queue.js'
import { inetCskAckScheduled, tcpAckSndCheck, tcpAckSndCheckNow } from './delayed-ack.js'
import { tcpParseAlignedTimestamp } from './options.js'
import { tcpStoreTsRecent } from './paws.js'
import { tcpQueueRcv } from './receive-queue.js'
import { tcpEventDataRecv, tcpRcvRttMeasureTs } from './receive-window.js'
import { tcpCheckSpace } from './sndbuf.js'
import type { TcpSock } from './tcp-sock.js'
import { tcpUrg } from './urgent.js'
import { tcpValidateIncoming } from './validate.js'
import { tcpReceiveWindow } from './window.js'
import { tcpPushPendingFrames } from './write.js'

/** Header length with a timestamp option: 20 and 12. */
const WITH_TIMESTAMP = 32

/** Sends what an ACK allows, and wakes a writer that waits for room. Linux: tcp_data_snd_check. */
export function tcpDataSndCheck(sk: TcpSock): void {
  tcpPushPendingFrames(sk)
  tcpCheckSpace(sk)
}

/** The segment is what was predicted (Van Jacobson's header prediction): next in order, nothing but ACK and PSH, the same window. */
function isPredicted(sk: TcpSock, skb: SkBuff): boolean {
  const { tcb } = sk
  if (tcb.predFlags !== 1 + skb.window || (skb.tcpFlags & ~TCP_FLAG.PSH) !== TCP_FLAG.ACK || 20 + skb.options.length !== tcb.tcpHeaderLen) return false
  if (skb.seq !== tcb.rcvNxt || after(skb.ackSeq, tcb.sndNxt)) return false
  if (tcb.tcpHeaderLen !== WITH_TIMESTAMP) return true
  return tcpParseAlignedTimestamp(sk, skb.options) && ((tcb.rcvTsval - tcb.tsRecent) | 0) >= 0
}

/** A predicted ACK without data: the sender of bulk data. */
function fastAck(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  if (tcb.tcpHeaderLen === WITH_TIMESTAMP && tcb.rcvNxt === tcb.rcvWup) tcpStoreTsRecent(sk)
  tcpAck(sk, skb, 0)
  tcpDataSndCheck(sk)
  tcb.rcvRttLastTsecr = tcb.rcvTsecr
}

/** Predicted data: the receiver of bulk data. */
function fastData(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  if (tcb.tcpHeaderLen === WITH_TIMESTAMP && tcb.rcvNxt === tcb.rcvWup) tcpStoreTsRecent(sk)
  tcpRcvRttMeasureTs(sk, skb)
  sk.net.mib[MIB.TCPHPHits]!++
  tcpQueueRcv(sk, skb)
  tcpEventDataRecv(sk, skb)
  let acknowledge = true
  if (skb.ackSeq === tcb.sndUna) tcb.sndWl1 = skb.seq
  else {
    tcpAck(sk, skb, ACK_FLAG.DATA)
    tcpDataSndCheck(sk)
    acknowledge = inetCskAckScheduled(sk)
  }
  if (acknowledge) tcpAckSndCheckNow(sk, false)
  if (!sk.dead) tcpDataReady(sk)
}

/**
 * A segment in state ESTABLISHED (RFC 9293 section 3.10.7.4): at once what header prediction expected, everything else
 * step by step. Linux: tcp_rcv_established.
 */
export function tcpRcvEstablished(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  skb.sacked = 0
  tcb.sawTstamp = false
  if (isPredicted(sk, skb)) {
    if (skb.end === skb.start) {
      fastAck(sk, skb)
      return
    }
    if (!after(skb.endSeq, (tcb.rcvNxt + tcpReceiveWindow(sk)) | 0)) {
      if (truesize(skb) > tcb.forwardAlloc) validSegment(sk, skb)
      else fastData(sk, skb)
      return
    }
  }
  if (!(skb.tcpFlags & (TCP_FLAG.ACK | TCP_FLAG.RST | TCP_FLAG.SYN))) {
    dropPacket(sk.net, skb, 'TCP_FLAGS')
    return
  }
  if (tcpValidateIncoming(sk, skb, true)) validSegment(sk, skb)
}

/** The fifth step and what follows. */
function validSegment(sk: TcpSock, skb: SkBuff): void {
  if (tcpAck(sk, skb, ACK_FLAG.SLOWPATH | ACK_FLAG.UPDATE_TS_RECENT) < 0) {
    dropPacket(sk.net, skb, 'TCP_INVALID_ACK_SEQUENCE')
    return
  }
  tcpRcvRttMeasureTs(sk, skb)
  tcpUrg(sk, skb)
  tcpDataQueue(sk, skb)
  tcpDataSndCheck(sk)
  tcpAckSndCheck(sk)
}
