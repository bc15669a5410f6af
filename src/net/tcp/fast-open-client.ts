import { MIB } from '../mib.js'
import type { SkBuff } from '../skb.js'
import { COOKIE_REQUEST, type FastOpenCookie, tcpFastopenCookieCheck, TFO_FAIL } from './fast-open.js'
import { tcpFastopenAddSkb } from './fast-open-server.js'
import { tcpMarkSkbLost } from './loss.js'
import { tcpFastopenCacheSet } from './metrics.js'
import { tcpParseOptions, TcpOptionsReceived } from './options.js'
import { tcpNonCongestionLossRetransmit } from './recovery.js'
import type { TcpSock } from './tcp-sock.js'

/**
 * TCP_FASTOPEN_CONNECT: with a cookie at hand connect succeeds at once, and the SYN waits for the first data; without, the
 * SYN goes out and asks for one. Linux: tcp_fastopen_defer_connect
 */
export function tcpFastopenDeferConnect(sk: TcpSock): boolean {
  if (!sk.settings.fastopenConnect || sk.fastOpen.request !== null) return false
  sk.ownFastOpen().request = { cookie: COOKIE_REQUEST, data: null, size: 0, copied: 0 }
  if (!tcpFastopenCookieCheck(sk)) return false
  sk.ownFastOpen().request = null
  sk.ownFastOpen().deferConnect = true
  return true
}

/** The MSS that a SYN-ACK tells, even where TCP_MAXSEG is lower. */
function peerMss(sk: TcpSock, synack: SkBuff): number {
  if (sk.tcb.mssClamp !== sk.settings.userMss) return sk.tcb.mssClamp
  const options = new TcpOptionsReceived()
  options.mssClamp = 0
  tcpParseOptions(sk.net, synack, options)
  return options.mssClamp
}

/**
 * The SYN-ACK that answers a Fast Open SYN: its cookie is kept, and data that it does not acknowledge is sent again.
 * @param cookie of the SYN-ACK; null: none
 * @returns true where data is sent again. Linux: tcp_rcv_fastopen_synack; RFC 7413 section 4.2.1
 */
export function tcpRcvFastopenSynack(sk: TcpSock, synack: SkBuff, cookie: FastOpenCookie | null): boolean {
  const { tcb } = sk
  const { mib } = sk.net
  const data = sk.fastOpen.synData ? tcb.rtxQueue.head : null
  let tryExperimental = 0
  let synDrop = false
  let kept = cookie
  if (!sk.fastOpen.synFastopen) kept = null
  else if (sk.recovery.totalRetrans !== 0) synDrop = cookie === null && data !== null
  else if (cookie === null && !sk.fastOpen.synData) tryExperimental = sk.fastOpen.synFastopenExp ? 2 : 1
  tcpFastopenCacheSet(sk, peerMss(sk, synack), kept, synDrop, tryExperimental)
  if (data !== null) {
    sk.ownFastOpen().clientFail = sk.recovery.totalRetrans !== 0 ? TFO_FAIL.SYN_RETRANSMITTED : TFO_FAIL.DATA_NOT_ACKED
    for (let skb: SkBuff | null = data; skb !== null; skb = skb.next) tcpMarkSkbLost(sk, skb)
    tcpNonCongestionLossRetransmit(sk)
    mib[MIB.TCPFastOpenActiveFail]!++
    return true
  }
  sk.ownFastOpen().synDataAcked = sk.fastOpen.synData
  if (sk.fastOpen.synDataAcked) {
    mib[MIB.TCPFastOpenActive]!++
    if (tcb.delivered > 1) tcb.delivered--
  }
  tcpFastopenAddSkb(sk, synack)
  return false
}
