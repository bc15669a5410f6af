import { before, after } from '../seq.js'
import { type SkBuff, TCP_FLAG } from '../skb.js'
import { tcpEatRecvSkb } from './receive-queue.js'
import type { TcpSock } from './tcp-sock.js'
import { skDataReady, skUrgent } from './wake.js'

/** States of {@link TcpSock.urgData}: the byte is here (in the low 8 bits), announced, was read. Linux: TCP_URG_*. */
export const TCP_URG = { VALID: 0x100, NOTYET: 0x200, READ: 0x400 } as const

/** A segment with URG: where the urgent byte is, counted as BSD does unless tcp_stdurg says otherwise (RFC 6093). Linux: tcp_check_urg. */
function checkUrg(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  const offset = skb.urgent !== 0 && sk.net.sysctl.tcp_stdurg === 0 ? skb.urgent - 1 : skb.urgent
  const at = (skb.seq + offset) | 0
  if (after(tcb.copiedSeq, at) || before(at, tcb.rcvNxt)) return
  if (tcb.urgData !== 0 && !after(at, tcb.urgSeq)) return
  if (!sk.dead) skUrgent(sk)
  if (tcb.urgSeq === tcb.copiedSeq && tcb.urgData !== 0 && !sk.options.oobInline && tcb.copiedSeq !== tcb.rcvNxt) {
    const first = tcb.receiveQueue.head
    tcb.copiedSeq = (tcb.copiedSeq + 1) | 0
    if (first !== null && !before(tcb.copiedSeq, first.endSeq)) tcpEatRecvSkb(sk, first)
  }
  tcb.urgData = TCP_URG.NOTYET
  tcb.urgSeq = at
  tcb.predFlags = 0
}

/** The urgent pointer, and the byte that it points to once it is here (RFC 9293 section 3.10.7.4, "sixth, check the URG bit"). Linux: tcp_urg. */
export function tcpUrg(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  if (skb.tcpFlags & TCP_FLAG.URG) checkUrg(sk, skb)
  if (tcb.urgData !== TCP_URG.NOTYET) return
  const at = ((tcb.urgSeq - skb.seq) | 0) - (skb.tcpFlags & TCP_FLAG.SYN ? 1 : 0)
  if (at < 0 || at >= skb.end - skb.start) return
  tcb.urgData = TCP_URG.VALID | skb.buffer[skb.start + at]!
  if (!sk.dead) skDataReady(sk)
}
