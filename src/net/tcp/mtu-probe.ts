import { after } from '../seq.js'
import { SkBuff, TCP_FLAG } from '../skb.js'
import { sendTruesize, tcpHasTxTstamp, tcpHighestSackReplace, tcpSetSkbTsoSegs, tcpSkbCanCollapse, tcpSkbCollapseTstamp, tcpWmemFreeSkb } from './send-queue.js'
import { tcpCurrentMss, tcpMssToMtu, tcpMtuToMss } from './mss.js'
import { tcpEventNewDataSent, tcpTransmitQueued } from './sent.js'
import { TCP_CA, type TcpSock } from './tcp-sock.js'
import { jiffies, netHeaderLen, tcpPacketsInFlight, tcpWndEnd } from './units.js'

/** The search starts anew after tcp_probe_interval seconds. Linux: tcp_mtu_check_reprobe. */
function checkReprobe(sk: TcpSock): void {
  const now = sk.net.now
  if (jiffies(now) - jiffies(sk.mtuProbe.startedAt) < sk.net.sysctl.tcp_probe_interval * 1000) return
  const mss = tcpCurrentMss(sk)
  const probe = sk.ownMtuProbe()
  probe.size = 0
  probe.searchHigh = sk.tcb.mssClamp + 20 + netHeaderLen(sk)
  probe.searchLow = tcpMssToMtu(sk, mss)
  probe.startedAt = now
}

/** The packets at the head of the queue may become one of `length` bytes. Linux: tcp_can_coalesce_send_queue_head. */
function canCoalesce(sk: TcpSock, length: number): boolean {
  let left = length
  for (let skb = sk.tcb.writeQueue.head; skb !== null; skb = skb.next) {
    const have = skb.end - skb.start
    if (left <= have) return true
    if (tcpHasTxTstamp(skb) || skb.next === null || !tcpSkbCanCollapse(skb, skb.next)) return false
    left -= have
  }
  return true
}

/** Takes the first `size` bytes of the send queue into one packet of their own. */
function buildProbe(sk: TcpSock, size: number, mss: number): SkBuff {
  const { tcb } = sk
  const first = tcb.writeQueue.head!
  const probe = new SkBuff()
  probe.buffer = new Uint8Array(size)
  probe.seq = first.seq
  probe.endSeq = (first.seq + size) | 0
  probe.tcpFlags = TCP_FLAG.ACK
  tcb.writeQueue.insertAfter(null, probe)
  tcpHighestSackReplace(sk, first, probe)
  for (let skb: SkBuff | null = first; skb !== null && probe.end < size;) {
    const next: SkBuff | null = skb.next
    const copy = Math.min(skb.end - skb.start, size - probe.end)
    probe.buffer.set(skb.buffer.subarray(skb.start, skb.start + copy), probe.end)
    probe.end += copy
    if (skb.end - skb.start <= copy) {
      probe.tcpFlags |= skb.tcpFlags
      probe.eor = skb.eor
      tcpSkbCollapseTstamp(probe, skb)
      tcb.writeQueue.remove(skb)
      tcpWmemFreeSkb(sk, skb)
    } else {
      probe.tcpFlags |= skb.tcpFlags & ~(TCP_FLAG.FIN | TCP_FLAG.PSH)
      skb.start += copy
      sk.wmemQueued -= copy
      skb.seq = (skb.seq + copy) | 0
      tcpSetSkbTsoSegs(skb, mss)
    }
    skb = next
  }
  sk.wmemQueued += sendTruesize(probe)
  tcpSetSkbTsoSegs(probe, size)
  return probe
}

/**
 * Sends a larger segment than known to pass, when there is data for it and enough behind it to notice its loss (RFC 4821).
 * Linux: tcp_mtu_probe.
 *
 * @returns 1: a probe left, 0: wait for the window to drain, -1: no probe now
 */
export function tcpMtuProbe(sk: TcpSock): number {
  const { tcb } = sk
  if (!sk.mtuProbe.enabled || sk.mtuProbe.size !== 0) return -1
  if ( tcb.caState !== TCP_CA.OPEN || tcb.sndCwnd < 11 || sk.outOfOrder.selectiveAcks.length !== 0 || sk.outOfOrder.dsackPending) return -1
  const mss = tcpCurrentMss(sk), { searchHigh, searchLow } = sk.mtuProbe
  const size = tcpMtuToMss(sk, (searchHigh + searchLow) >> 1)
  const needed = size + (tcb.reordering + 1) * tcb.mssCache
  if (size > tcpMtuToMss(sk, searchHigh) || searchHigh - searchLow < sk.net.sysctl.tcp_probe_threshold) {
    checkReprobe(sk)
    return -1
  }
  if (((tcb.writeSeq - tcb.sndNxt) | 0) < needed || tcb.sndWnd < needed) return -1
  if (after((tcb.sndNxt + needed) | 0, tcpWndEnd(sk))) return 0
  const inFlight = tcpPacketsInFlight(sk)
  if (inFlight + 2 > tcb.sndCwnd) return inFlight === 0 ? -1 : 0
  if (!canCoalesce(sk, size)) return -1
  const probe = buildProbe(sk, size, mss)
  if (tcpTransmitQueued(sk, probe) !== 0) return -1
  tcb.sndCwnd--
  tcpEventNewDataSent(sk, probe)
  const search = sk.ownMtuProbe()
  search.size = tcpMssToMtu(sk, probe.end - probe.start)
  search.seqStart = probe.seq
  search.seqEnd = probe.endSeq
  return 1
}
