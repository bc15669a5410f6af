import { MIB } from '../mib.js'
import { SkBuff, TCP_FLAG } from '../skb.js'
import type { FastOpenCookie } from './fast-open.js'
import { tcpSynackOptions } from './header-options.js'
import { tcpMd5DoLookup, tcpMd5HashSkb } from './md5.js'
import type { RequestSock } from './request-sock.js'
import type { TcpSock } from './tcp-sock.js'

/** Why a SYN-ACK is made. Linux: enum tcp_synack_type. */
export const SYNACK = { NORMAL: 0, FASTOPEN: 1, COOKIE: 2 } as const

/**
 * The SYN-ACK for a request, ready for ipOutput (RFC 9293 section 3.10.7.2). Linux: tcp_make_synack.
 *
 * @param advMss MSS that the route to the client lets us announce
 * @param cookie Fast Open cookie to hand out; null: none
 * @param type of {@link SYNACK}
 * @param cookieTimestamp the timestamp, ms, that holds options of a SYN cookie; 0: the time of now
 */
export function tcpMakeSynack(
  sk: TcpSock, req: RequestSock, advMss: number, cookie: FastOpenCookie | null, type: number, cookieTimestamp = 0,
): SkBuff {
  const now = sk.net.now
  const skb = new SkBuff()
  const mss = sk.userMss !== 0 && sk.userMss < advMss ? sk.userMss : advMss
  const md5 = req.usesMd5 ? tcpMd5DoLookup(sk.md5, req.remote, req.boundDevice) : null
  skb.sentAt = now
  if (type !== SYNACK.COOKIE && req.sntSynack === 0) req.sntSynack = now
  const tsval = type === SYNACK.COOKIE && cookieTimestamp !== 0 ? cookieTimestamp : Math.floor(now / 1000)
  skb.options = tcpSynackOptions(req, mss, tsval, cookie, md5, type === SYNACK.COOKIE)
  skb.family = req.remote.isV4 ? 4 : 6
  skb.src = req.local
  skb.dst = req.remote
  skb.protocol = 6
  skb.sport = req.localPort
  skb.dport = req.remotePort
  skb.seq = req.sntIsn
  skb.endSeq = (req.sntIsn + 1) | 0
  skb.ackSeq = req.rcvNxt
  skb.tcpFlags = TCP_FLAG.SYN | TCP_FLAG.ACK | (req.ecnOk ? TCP_FLAG.ECE : 0)
  skb.gsoSegs = 1
  skb.window = Math.min(req.rcvWnd, 65_535)
  sk.net.mib[MIB.TcpOutSegs]!++
  if (md5 !== null) tcpMd5HashSkb(md5, skb, skb.options, 4)
  return skb
}
