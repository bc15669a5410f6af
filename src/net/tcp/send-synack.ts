import type { RequestSock } from './request-sock.js'
import { SYNACK, tcpMakeSynack } from './synack.js'
import type { TcpSock } from './tcp-sock.js'

/**
 * Sends the SYN-ACK of a request. @param kind of {@link SYNACK}. @returns 0 or -errno. Linux: tcp_v4_send_synack, tcp_v6_send_synack
 */
export function tcpSendSynack(sk: TcpSock, req: RequestSock, kind: number): number {
  const { net } = sk
  const v4 = req.remote.isV4
  const first = req.sntSynack === 0
  const skb = tcpMakeSynack(sk, req, req.synackCookie, kind)
  if (kind !== SYNACK.COOKIE) {
    req.tsvalLast = (Math.floor(net.now / 1000) + req.tsOffset) | 0
    if (first) req.tsvalFirst = req.tsvalLast
  }
  skb.dontFragment = true
  skb.ttl = v4 ? Math.max(0, sk.options.ttl) : Math.max(0, sk.options.hopLimit)
  const own = v4 ? sk.options.tos : Math.max(0, sk.options.trafficClass)
  skb.tos = ((net.sysctl.tcp_reflect_tos !== 0 ? req.synTos : own) & 0xfc) | (skb.tos & 3)
  return net.ipOutput(skb, null)
}
