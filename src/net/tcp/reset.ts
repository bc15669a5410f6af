import { MIB } from '../mib.js'
import { SkBuff, TCP_FLAG } from '../skb.js'
import { TCP } from '../sock.js'
import type { NetStack } from '../stack.js'
import { inetLookupListener } from './lookup.js'
import { findOption, TCPOPT } from './options.js'
import { MD5_OPTION_SIZE, type Md5Key, tcpMd5DoLookup } from './md5.js'
import type { RequestSock } from './request-sock.js'
import type { TcpSock } from './tcp-sock.js'
import type { TimeWaitSock } from './time-wait-sock.js'

/** A header without data back to where `skb` came from; don't-fragment, identification 0. Linux: ip_send_unicast_reply. */
function replyTo(skb: SkBuff, flags: number, seq: number, ack: number): SkBuff {
  const reply = new SkBuff()
  reply.family = skb.family
  reply.src = skb.dst
  reply.dst = skb.src
  reply.sport = skb.dport
  reply.dport = skb.sport
  reply.protocol = 6
  reply.ttl = 0
  reply.dontFragment = true
  reply.tcpFlags = flags
  reply.seq = reply.endSeq = seq
  reply.ackSeq = ack
  return reply
}

/** Sets the options timestamp and MD5, each where wanted, and counts and sends. */
function sendReply(net: NetStack, reply: SkBuff, tsval: number, tsecr: number, key: Md5Key | null): void {
  const size = (tsecr !== 0 ? 12 : 0) + (key !== null ? MD5_OPTION_SIZE : 0)
  if (size !== 0) {
    const options = new Uint8Array(size)
    if (tsecr !== 0) {
      const view = new DataView(options.buffer)
      view.setUint32(0, 0x0101080a)
      view.setInt32(4, tsval)
      view.setInt32(8, tsecr)
    }
    reply.options = options
    if (key !== null) {
      const at = tsecr !== 0 ? 12 : 0
      options.set([TCPOPT.NOP, TCPOPT.NOP, TCPOPT.MD5SIG, 18], at)
      key.sign(reply, options, at + 4)
    }
  }
  net.ipOutput(reply, null)
  net.mib[MIB.TcpOutSegs]!++
}

/**
 * The key for a RST: the socket's; without a socket that of a listener on the segment's own port, if its signature is
 * right. Undefined: no RST may be sent.
 */
function resetKey(net: NetStack, sk: TcpSock | null, skb: SkBuff): Md5Key | null | undefined {
  if (sk !== null) return tcpMd5DoLookup(sk.md5, skb.src, sk.boundDevice)
  const at = findOption(skb.options, TCPOPT.MD5SIG)
  if (at < 0) return null
  const listener = inetLookupListener(net, skb.src, skb.sport, skb.dst, skb.sport, skb.ifindex)
  const key = listener === null ? null : tcpMd5DoLookup(listener.md5, skb.src, 0)
  return key !== null && key.matches(skb, at) ? key : undefined
}

/**
 * Answers a segment with RST; never one that is RST itself. RFC 9293 section 3.10.7.1.
 * @param sk whose key applies; null where nobody is. Linux: tcp_v4_send_reset, tcp_v6_send_reset
 */
export function tcpSendReset(net: NetStack, sk: TcpSock | null, skb: SkBuff): void {
  if ((skb.tcpFlags & TCP_FLAG.RST) !== 0) return
  const key = resetKey(net, sk, skb)
  if (key === undefined) return
  const acked = (skb.tcpFlags & TCP_FLAG.ACK) !== 0
  const reply = acked ? replyTo(skb, TCP_FLAG.RST, skb.ackSeq, 0) : replyTo(skb, TCP_FLAG.RST | TCP_FLAG.ACK, 0, skb.endSeq)
  reply.tos = skb.tos & ~3
  sendReply(net, reply, 0, 0, key)
  net.mib[MIB.TcpOutRsts]!++
}

/** Our timestamp clock, ms. Linux: tcp_clock_ts. */
const timestamp = (net: NetStack): number => Math.floor(net.now / 1000) | 0

/** The ACK of a request. @param sk the listener, or a Fast Open child. Linux: tcp_v4_reqsk_send_ack, tcp_v6_reqsk_send_ack */
export function tcpReqskSendAck(sk: TcpSock, skb: SkBuff, req: RequestSock): void {
  const { net } = sk
  const seq = sk.state === TCP.LISTEN ? (req.sntIsn + 1) | 0 : sk.tcb.sndNxt
  const reply = replyTo(skb, TCP_FLAG.ACK, seq, req.rcvNxt)
  const window = sk.state === TCP.LISTEN ? Math.min(req.rcvWnd, 65535 * 2 ** req.rcvWscale) : req.rcvWnd
  reply.window = Math.min(65535, Math.floor(window / 2 ** req.rcvWscale))
  reply.tos = skb.tos & ~3
  const tsval = (timestamp(net) + req.tsOffset) | 0
  if (req.tstampOk) req.tsvalLast = tsval
  sendReply(net, reply, tsval, req.tsRecent, tcpMd5DoLookup(sk.md5, req.remote, req.boundDevice))
}

/** The ACK of TIME_WAIT. Linux: tcp_v4_timewait_ack, tcp_v6_timewait_ack. */
export function tcpTimewaitAck(tw: TimeWaitSock, skb: SkBuff): void {
  const { net } = tw
  const reply = replyTo(skb, TCP_FLAG.ACK, tw.sndNxt, tw.rcvNxt)
  reply.window = Math.min(65535, tw.rcvWnd >>> tw.rcvWscale)
  reply.tos = Math.max(0, tw.tos) & ~3
  sendReply(net, reply, (timestamp(net) + tw.tsOffset) | 0, tw.tsRecent, tcpMd5DoLookup(tw.md5, tw.remote, tw.boundDevice))
}
