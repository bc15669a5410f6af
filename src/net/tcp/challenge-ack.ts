import { MIB } from '../mib.js'
import type { SkBuff } from '../skb.js'
import { TCP_FLAG } from '../skb.js'
import type { NetStack } from '../stack.js'
import type { RequestSock } from './request-sock.js'
import { tcpReqskSendAck } from './reset.js'
import { tcpSendAck } from './send-ack.js'
import type { TcpSock } from './tcp-sock.js'

/** What the limit of answers to segments out of window counts in: a socket or a request. */
interface OowLimited {
  /** µs; 0: never. */
  lastOowAckTime: number
}

/** At most one answer in tcp_invalid_ratelimit ms. @param counter MIB index of answers that were not sent. Linux: __tcp_oow_rate_limited */
function oowLimited(net: NetStack, counter: number, last: OowLimited): boolean {
  const elapsed = Math.floor(net.now / 1000) - Math.floor(last.lastOowAckTime / 1000)
  if (last.lastOowAckTime !== 0 && elapsed >= 0 && elapsed < net.sysctl.tcp_invalid_ratelimit) {
    net.mib[counter]!++
    return true
  }
  last.lastOowAckTime = net.now
  return false
}

/** Segments with data and no SYN cannot be part of a loop of ACKs and are always answered. Linux: tcp_oow_rate_limited. */
export function tcpOowRateLimited(net: NetStack, skb: SkBuff, counter: number, last: OowLimited): boolean {
  if (skb.seq !== skb.endSeq && !(skb.tcpFlags & TCP_FLAG.SYN)) return false
  return oowLimited(net, counter, last)
}

/** The system's quota of challenge ACKs a second, with a random share so that nobody can measure it. Linux: tcp_challenge_ack_allowed. */
function challengeAckAllowed(net: NetStack): boolean {
  const limit = net.sysctl.tcp_challenge_ack_limit
  if (limit === 0x7fffffff) return true
  const { tcp } = net
  const second = Math.floor(net.now / 1e6)
  if (tcp.challengeSecond !== second) {
    tcp.challengeSecond = second
    // a limit of 0 leaves a range that wraps: any number, so practically none are held back
    tcp.challengeCount = limit === 0 ? net.random.u32() : ((limit + 1) >>> 1) + (net.random.u32() % limit)
  }
  if (tcp.challengeCount <= 0) return false
  tcp.challengeCount--
  return true
}

/** Asks the peer for the right sequence number, instead of acting on a segment that might be forged. RFC 5961 section 7. Linux: tcp_send_challenge_ack. */
export function tcpSendChallengeAck(sk: TcpSock): void {
  const { net } = sk
  if (oowLimited(net, MIB.TCPACKSkippedChallenge, sk.tcb)) return
  if (!challengeAckAllowed(net)) return
  net.mib[MIB.TCPChallengeACK]!++
  tcpSendAck(sk)
}

/** The same of a connection that has no socket yet. Linux: tcp_reqsk_send_challenge_ack. */
export function tcpReqskSendChallengeAck(sk: TcpSock, skb: SkBuff, req: RequestSock): void {
  const { net } = sk
  if (oowLimited(net, MIB.TCPACKSkippedChallenge, req)) return
  if (!challengeAckAllowed(net)) return
  net.mib[MIB.TCPChallengeACK]!++
  tcpReqskSendAck(sk, skb, req)
}
