import { MIB } from '../mib.js'
import { SkBuff, TCP_FLAG } from '../skb.js'
import { cookieInitTimestamp } from './cookie-timestamp.js'
import type { FastOpenCookie } from './fast-open.js'
import { tcpSynackOptions } from './header-options.js'
import { tcpMd5DoLookup } from './md5.js'
import { tcpMssClamp } from './mss.js'
import type { RequestSock } from './request-sock.js'
import { tcpDstAdvmssOf } from './route-mss.js'
import type { TcpSock } from './tcp-sock.js'

/** Why a SYN-ACK is made. Linux: enum tcp_synack_type. */
export const SYNACK = { NORMAL: 0, FASTOPEN: 1, COOKIE: 2 } as const

/**
 * The SYN-ACK for a request (RFC 9293 section 3.10.7.2). Linux: tcp_make_synack.
 *
 * @param cookie Fast Open cookie to hand out; null: none
 * @param type of {@link SYNACK}; a SYN cookie's timestamp holds the options
 */
export function tcpMakeSynack(sk: TcpSock, req: RequestSock, cookie: FastOpenCookie | null, type: number): SkBuff {
  const now = sk.net.now
  const skb = new SkBuff()
  const route = sk.net.routeLookup(req.remote, req.local, req.boundDevice)
  const mss = tcpMssClamp(sk, route === null ? 536 : tcpDstAdvmssOf(sk.net, route, req.remote.isV4))
  const md5 = req.usesMd5 ? tcpMd5DoLookup(sk.md5, req.remote, req.boundDevice) : null
  skb.sentAt = now
  if (type !== SYNACK.COOKIE && req.sntSynack === 0) req.sntSynack = now
  const nowMs = Math.floor(now / 1000)
  const tsval = type === SYNACK.COOKIE && req.tstampOk ? cookieInitTimestamp(req, nowMs) : nowMs
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
  if (md5 !== null) md5.sign(skb, skb.options, 4)
  return skb
}
