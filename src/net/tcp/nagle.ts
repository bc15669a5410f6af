import { after } from '../seq.js'
import { type SkBuff, TCP_FLAG } from '../skb.js'
import { NAGLE, type TcpSock } from './tcp-sock.js'
import { tcpUrgMode } from './units.js'

/** A small segment is in flight. Linux: tcp_minshall_check. */
const smallInFlight = (sk: TcpSock): boolean => after(sk.tcb.sndSml, sk.tcb.sndUna) && !after(sk.tcb.sndSml, sk.tcb.sndNxt)

/** Remembers the end of the last small segment. Linux: tcp_minshall_update. */
export function tcpMinshallUpdate(sk: TcpSock, mss: number, skb: SkBuff): void {
  if (skb.end - skb.start < skb.gsoSegs * mss) sk.tcb.sndSml = skb.endSeq
}

/** A partial segment must wait: corked, or another small one is in flight (RFC 896 with Minshall's change). Linux: tcp_nagle_check. */
export function tcpNagleCheck(partial: boolean, sk: TcpSock, nonagle: number): boolean {
  return partial && ((nonagle & NAGLE.CORK) !== 0 || (nonagle === 0 && sk.tcb.packetsOut !== 0 && smallInFlight(sk)))
}

/** Nagle's rule lets the packet go. Linux: tcp_nagle_test. */
export function tcpNagleTest(sk: TcpSock, skb: SkBuff, mss: number, nonagle: number): boolean {
  if (nonagle & NAGLE.PUSH || tcpUrgMode(sk) || skb.tcpFlags & TCP_FLAG.FIN) return true
  return !tcpNagleCheck(skb.end - skb.start < mss, sk, nonagle)
}
