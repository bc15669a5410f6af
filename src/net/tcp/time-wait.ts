import { MIB } from '../mib.js'
import { after, before } from '../seq.js'
import { TCP_FLAG, type SkBuff } from '../skb.js'
import { TCP } from '../sock.js'
import { tcpOowRateLimited } from './challenge-ack.js'
import { pawsReject } from './paws-reject.js'
import { tcpUpdateMetrics } from './metrics.js'
import { tcpParseOptions, TcpOptionsReceived } from './options.js'
import { tcpDone } from './orphan.js'
import { inetBindHash } from './ports.js'
import { ehashInsert, inetUnhash } from './tables.js'
import type { TcpSock } from './tcp-sock.js'
import { inetTwskDeschedule, TimeWaitSock } from './time-wait-sock.js'
import { TCP_MS } from './units.js'
import { tcpReceiveWindow } from './window.js'

/** What a segment to TIME_WAIT leads to: nothing, RST, an ACK, a new connection. Linux: enum tcp_tw_status. */
export const TW = { SUCCESS: 0, RST: 1, ACK: 2, SYN: 3 } as const

/** Some of [seq, endSeq) lies in the window, or an empty segment at its edge. Linux: tcp_in_window. */
export function tcpInWindow(seq: number, endSeq: number, start: number, end: number): boolean {
  if (seq === start) return true
  if (after(endSeq, start) && before(seq, end)) return true
  return seq === end && seq === endSeq
}

/** Remains of a connection, unless tcp_max_tw_buckets are there already. Linux: inet_twsk_alloc. */
function inetTwskAlloc(sk: TcpSock, substate: number): TimeWaitSock | null {
  const { tcp, sysctl } = sk.net
  if (tcp.timeWaits >= sysctl.tcp_max_tw_buckets) return null
  tcp.timeWaits++
  return new TimeWaitSock(sk, substate, tcpReceiveWindow(sk))
}

/**
 * Moves a connection to TIME_WAIT, or to FIN_WAIT2 without a socket, and ends its socket. Linux: tcp_time_wait
 * @param state TCP.TIME_WAIT or TCP.FIN_WAIT2
 * @param timeoMs how long it waits in FIN_WAIT2; at least 3.5 RTOs
 */
export function tcpTimeWait(sk: TcpSock, state: number, timeoMs: number): void {
  const { net } = sk
  const tw = inetTwskAlloc(sk, state)
  if (tw === null) net.mib[MIB.TCPTimeWaitOverflow]!++
  else {
    const rto = (sk.tcb.rtoMs << 2) - (sk.tcb.rtoMs >> 1)
    const timeout = state === TCP.TIME_WAIT ? TCP_MS.TIMEWAIT_LEN : Math.max(timeoMs, rto)
    tw.entryStamp = net.now
    // the remains take the socket's place in the hash and among the holders of its port
    if (sk.bindBucket !== null) inetBindHash(tw, sk.bindBucket)
    inetUnhash(sk)
    ehashInsert(net.tcp, tw)
    net.mib[timeout <= 4000 ? MIB.TWKilled : MIB.TW]!++
    net.timers.arm(tw.timer, net.now + timeout * 1000)
  }
  tcpUpdateMetrics(sk)
  tcpDone(sk)
}

/** Restarts the timer. Linux: inet_twsk_reschedule. */
function inetTwskReschedule(tw: TimeWaitSock): void {
  tw.net.timers.arm(tw.timer, tw.net.now + TCP_MS.TIMEWAIT_LEN * 1000)
}

/** The ACK for a segment out of window, unless there was one lately. Linux: tcp_timewait_check_oow_rate_limit. */
function ackOutOfWindow(tw: TimeWaitSock, skb: SkBuff, counter: number): number {
  return tcpOowRateLimited(tw.net, skb, counter, tw) ? TW.SUCCESS : TW.ACK
}

/** A segment in FIN_WAIT2 without a socket. RFC 9293 section 3.10.7.4. */
function finWait2(tw: TimeWaitSock, skb: SkBuff, paws: boolean, options: TcpOptionsReceived): number {
  const { seq, endSeq, tcpFlags } = skb
  if (paws || !tcpInWindow(seq, endSeq, tw.rcvNxt, (tw.rcvNxt + tw.rcvWnd) | 0)) return ackOutOfWindow(tw, skb, MIB.TCPACKSkippedFinWait2)
  if ((tcpFlags & TCP_FLAG.RST) !== 0) {
    inetTwskDeschedule(tw)
    return TW.SUCCESS
  }
  if ((tcpFlags & TCP_FLAG.SYN) !== 0 && !before(seq, tw.rcvNxt)) return TW.RST
  if ((tcpFlags & TCP_FLAG.ACK) === 0 || !after(endSeq, tw.rcvNxt) || endSeq === seq) return TW.SUCCESS
  // data after the user closed both ways cannot be delivered
  if ((tcpFlags & TCP_FLAG.FIN) === 0 || endSeq !== ((tw.rcvNxt + 1) | 0)) return TW.RST
  tw.substate = TCP.TIME_WAIT
  tw.rcvNxt = endSeq
  if (options.sawTstamp) keepTimestamp(tw, options)
  tw.entryStamp = tw.net.now
  inetTwskReschedule(tw)
  return TW.ACK
}

function keepTimestamp(tw: TimeWaitSock, options: TcpOptionsReceived): void {
  tw.tsRecent = options.rcvTsval
  tw.tsRecentStamp = Math.floor(tw.net.now / 1e6)
}

/** Answers a segment in TIME_WAIT. @returns TW. Linux: tcp_timewait_state_process; RFC 1122 section 4.2.2.13, RFC 6191 */
export function tcpTimewaitStateProcess(tw: TimeWaitSock, skb: SkBuff): number {
  const { net } = tw
  const { seq, tcpFlags } = skb
  const rst = (tcpFlags & TCP_FLAG.RST) !== 0
  const options = new TcpOptionsReceived()
  let paws = false
  if (skb.options.length > 0 && tw.tsRecentStamp !== 0) {
    tcpParseOptions(net, skb, options)
    if (options.sawTstamp) paws = pawsReject(tw.tsRecent, Math.floor(net.now / 1e6) - tw.tsRecentStamp, options.rcvTsval, rst)
  }
  if (tw.substate === TCP.FIN_WAIT2) return finWait2(tw, skb, paws, options)
  if (!paws && seq === tw.rcvNxt && (seq === skb.endSeq || rst)) {
    if (rst && net.sysctl.tcp_rfc1337 === 0) {
      inetTwskDeschedule(tw)
      return TW.SUCCESS
    }
    if (!rst || net.sysctl.tcp_rfc1337 !== 0) inetTwskReschedule(tw)
    if (options.sawTstamp) keepTimestamp(tw, options)
    return TW.SUCCESS
  }
  const newer = after(seq, tw.rcvNxt) || (options.sawTstamp && ((tw.tsRecent - options.rcvTsval) | 0) < 0)
  if ((tcpFlags & (TCP_FLAG.SYN | TCP_FLAG.RST | TCP_FLAG.ACK)) === TCP_FLAG.SYN && !paws && newer) {
    const isn = (tw.sndNxt + 65535 + 2) | 0
    net.tcp.timeWaitIsn = isn === 0 ? 1 : isn
    return TW.SYN
  }
  if (paws) net.mib[MIB.PAWSEstab]!++
  if (rst) return TW.SUCCESS
  if (paws || (tcpFlags & TCP_FLAG.ACK) !== 0) inetTwskReschedule(tw)
  return ackOutOfWindow(tw, skb, MIB.TCPACKSkippedTimeWait)
}
