import { EAGAIN, EHOSTUNREACH, EINVAL, ENOMEM } from '../../abi/errno.js'
import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import { SACKED, type SkBuff, TCP_FLAG } from '../skb.js'
import { tcpEcnClearSyn } from './ecn-out.js'
import { tcpFragment, tcpTrimHead } from './fragment.js'
import { tcpCurrentMss } from './mss.js'
import {
  skbShift, tcpAdjustPcount, tcpHighestSackReplace, tcpRtxQueueUnlinkAndFree, tcpSetSkbTsoSegs, tcpSkbCanCollapse, tcpSkbCollapseTstamp,
} from './send-queue.js'
import { tcpTransmitQueued } from './sent.js'
import { TCP_CA, TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { tcpTsoSegs } from './tso.js'
import { tcpPacketsInFlight, tcpUrgMode, tcpWndEnd } from './units.js'
import { tcpPacingCheck } from './write.js'
import { tcpResetXmitTimer } from './xmit-timer.js'

/** Joins a small packet with the next one of the retransmission queue. Linux: tcp_collapse_retrans. */
function tcpCollapseRetrans(sk: TcpSock, skb: SkBuff, next: SkBuff): void {
  const length = next.end - next.start
  if (length > 0) skbShift(skb, next, length)
  tcpHighestSackReplace(sk, next, skb)
  skb.endSeq = next.endSeq
  skb.tcpFlags |= next.tcpFlags
  skb.sacked |= next.sacked & SACKED.EVER_RETRANS
  skb.eor = next.eor
  if (sk.recovery.lostSkbHint !== null) sk.ownRecovery().lostSkbHint = null
  if (sk.recovery.retransmitSkbHint === next) sk.ownRecovery().retransmitSkbHint = skb
  tcpAdjustPcount(sk, next, next.gsoSegs)
  tcpSkbCollapseTstamp(skb, next)
  tcpRtxQueueUnlinkAndFree(sk, next)
}

/** Fills a retransmitted segment with the small ones behind it, up to `space` bytes (RFC 1122 section 4.2.2.15). Linux: tcp_retrans_try_collapse. */
function tcpRetransTryCollapse(sk: TcpSock, to: SkBuff, space: number): void {
  if (sk.net.sysctl.tcp_retrans_collapse === 0 || to.tcpFlags & TCP_FLAG.SYN) return
  let left = space
  for (let skb: SkBuff | null = to; skb !== null;) {
    const next: SkBuff | null = skb.next
    if (skb.gsoSegs > 1 || skb.sacked & SACKED.ACKED || !tcpSkbCanCollapse(to, skb)) break
    left -= skb.end - skb.start
    if (skb !== to) {
      if (left < 0 || after(skb.endSeq, tcpWndEnd(sk))) break
      tcpCollapseRetrans(sk, to, skb)
    }
    skb = next
  }
}

/** Cuts acknowledged bytes off a packet. @returns 0 or -EINVAL where all of it is acknowledged */
function trimAcknowledged(sk: TcpSock, skb: SkBuff): number {
  const { tcb } = sk
  if (before(skb.seq, tcb.sndUna) && skb.tcpFlags & TCP_FLAG.SYN) {
    skb.tcpFlags &= ~TCP_FLAG.SYN
    skb.seq = (skb.seq + 1) | 0
  }
  if (!before(skb.seq, tcb.sndUna)) return 0
  if (before(skb.endSeq, tcb.sndUna)) return -EINVAL
  tcpTrimHead(sk, skb, (tcb.sndUna - skb.seq) | 0)
  return 0
}

/**
 * Sends a packet of the retransmission queue again, cut to the window and the MSS of now, or joined with what follows.
 * Linux: __tcp_retransmit_skb.
 *
 * @param segs most segments
 * @returns 0, or a negative errno where nothing left
 */
export function __tcpRetransmitSkb(sk: TcpSock, skb: SkBuff, segs: number): number {
  if (sk.mtuProbe.size !== 0) sk.ownMtuProbe().size = 0
  const trimmed = trimAcknowledged(sk, skb)
  if (trimmed !== 0) return trimmed
  if (sk.net.sockRoute(sk) === null) return -EHOSTUNREACH
  const mss = tcpCurrentMss(sk)
  let window = (tcpWndEnd(sk) - skb.seq) | 0
  if (window <= 0) {
    if (skb.seq !== sk.tcb.sndUna) return -EAGAIN
    window = mss
  }
  let length = mss * (tcpUrgMode(sk) ? 1 : segs)
  if (length > window) {
    length = window - (window % mss)
    if (length === 0) length = window
  }
  if (skb.end - skb.start > length) {
    if (tcpFragment(sk, true, skb, length, mss) !== 0) return -ENOMEM
  } else {
    const decrease = skb.gsoSegs - tcpSetSkbTsoSegs(skb, mss)
    if (decrease !== 0) tcpAdjustPcount(sk, skb, decrease)
    const space = Math.min(window, mss)
    if (skb.end - skb.start < space) tcpRetransTryCollapse(sk, skb, space)
  }
  const ecnSetup = TCP_FLAG.SYN | TCP_FLAG.ECE | TCP_FLAG.CWR
  if ((skb.tcpFlags & ecnSetup) === ecnSetup) tcpEcnClearSyn(sk, skb)
  const mib = sk.net.mib, count = skb.gsoSegs
  mib[MIB.TcpRetransSegs]! += count
  if (skb.tcpFlags & TCP_FLAG.SYN) mib[MIB.TCPSynRetrans]!++
  const recovery = sk.ownRecovery()
  recovery.totalRetrans += count
  recovery.bytesRetrans += skb.end - skb.start
  const error = tcpTransmitQueued(sk, skb)
  skb.sacked |= SACKED.EVER_RETRANS
  if (error !== 0) mib[MIB.TCPRetransFail]! += count
  return error
}

/** Sends a packet again and counts it as retransmitted. Linux: tcp_retransmit_skb. */
export function tcpRetransmitSkb(sk: TcpSock, skb: SkBuff, segs: number): number {
  const error = __tcpRetransmitSkb(sk, skb, segs), recovery = sk.ownRecovery()
  if (error === 0) {
    // after an undo a packet may still be marked as sent again; Linux would count it twice then ("retrans_out leaked")
    if (!(skb.sacked & SACKED.RETRANS)) recovery.retransOut += skb.gsoSegs
    skb.sacked |= SACKED.RETRANS
  }
  if (sk.tcb.retransStamp === 0) sk.tcb.retransStamp = skb.sentAt
  if (recovery.undoRetrans < 0) recovery.undoRetrans = 0
  recovery.undoRetrans += skb.gsoSegs
  return error
}

/** Sends lost packets again as far as the congestion window admits. Linux: tcp_xmit_retransmit_queue. */
export function tcpXmitRetransmitQueue(sk: TcpSock): void {
  const { tcb } = sk
  if (tcb.packetsOut === 0) return
  const first = tcb.rtxQueue.head, mib = sk.net.mib
  const maxSegs = tcpTsoSegs(sk, tcpCurrentMss(sk))
  const recovery = sk.ownRecovery()
  let hole: SkBuff | null = null, rearm = false
  for (let skb = recovery.retransmitSkbHint ?? first; skb !== null; skb = skb.next) {
    if (tcpPacingCheck(sk)) break
    if (hole === null) recovery.retransmitSkbHint = skb
    const segs = Math.min(tcb.sndCwnd - tcpPacketsInFlight(sk), maxSegs)
    if (segs <= 0 || recovery.retransOut >= recovery.lostOut) break
    if (!(skb.sacked & SACKED.LOST)) {
      if (hole === null && !(skb.sacked & (SACKED.RETRANS | SACKED.ACKED))) hole = skb
      continue
    }
    if (skb.sacked & (SACKED.RETRANS | SACKED.ACKED)) continue
    if (tcpRetransmitSkb(sk, skb, segs) !== 0) break
    mib[tcb.caState === TCP_CA.LOSS ? MIB.TCPSlowStartRetrans : MIB.TCPFastRetrans]! += skb.gsoSegs
    if (tcb.caState === TCP_CA.CWR || tcb.caState === TCP_CA.RECOVERY) recovery.prrOut += skb.gsoSegs
    if (skb === first && tcb.pending !== TCP_TIMER.REO_TIMEOUT) rearm = true
  }
  if (rearm) tcpResetXmitTimer(sk, TCP_TIMER.RETRANS, tcb.rtoMs, true)
}
