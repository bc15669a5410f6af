import { MIB } from '../mib.js'
import { TCP_FLAG, SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { truesize } from '../truesize.js'
import { tcpInitTransfer } from './cwnd.js'
import { type FastOpenCookie, TFO } from './fast-open.js'
import { fastOpenQueueOf } from './fast-open-request.js'
import { tcpFin } from './fin.js'
import { tcpSynRecvSock } from './open-child.js'
import type { RequestSock } from './request-sock.js'
import { sipHash } from './siphash.js'
import { TCP_TIMER, type TcpSock } from './tcp-sock.js'
import { skbSetOwnerR, skRmemSchedule } from './receive-queue.js'
import { TCP_MS } from './units.js'
import { inetCskResetXmitTimer } from './xmit-timer.js'

/**
 * The keys of net.ipv4.tcp_fastopen_key: 16 bytes each, the primary first. Linux draws one at random where the knob was
 * never written; here it then is 0, so that runs repeat. Linux: proc_tcp_fastopen_key, tcp_fastopen_init_key_once
 */
export function fastopenKeys(net: NetStack): readonly Uint8Array[] {
  const text = net.sysctl.tcp_fastopen_key
  const { tcp } = net
  if (tcp.fastOpenKeyText !== text || tcp.fastOpenKeys === null) {
    tcp.fastOpenKeyText = text
    tcp.fastOpenKeys = text.split(',').map(parseKey)
  }
  return tcp.fastOpenKeys
}

function parseKey(text: string): Uint8Array {
  const key = new Uint8Array(16)
  const view = new DataView(key.buffer)
  text.split('-').slice(0, 4).forEach((word, i) => view.setUint32(4 * i, Number.parseInt(word, 16) || 0, true))
  return key
}

/** The cookie of a client by a key: SipHash-2-4 over both addresses. Linux: __tcp_fastopen_cookie_gen_cipher (8 bytes, little endian). */
export function fastopenCookie(req: RequestSock, key: Uint8Array): Uint8Array {
  const { local, remote } = req
  const words = remote.isV4 ? [remote.d, local.d] : [remote.a, remote.b, remote.c, remote.d, local.a, local.b, local.c, local.d]
  const message = new Uint8Array(words.length * 4)
  const view = new DataView(message.buffer)
  words.forEach((word, i) => view.setInt32(4 * i, word))
  return sipHash(key, message)
}

const keysOf = (sk: TcpSock): readonly Uint8Array[] => sk.fastOpenQueue?.keys ?? fastopenKeys(sk.net)

/** Whether the listener has room for one more; room that a reset request took is free again after 60 s. Linux: tcp_fastopen_queue_check. */
function queueCheck(sk: TcpSock): boolean {
  const queue = sk.fastOpenQueue
  if (queue === null || queue.maxQlen === 0) return false
  if (queue.qlen < queue.maxQlen) return true
  const first = queue.resets[0]
  if (first === undefined || first.expires > sk.net.now) {
    sk.net.mib[MIB.TCPFastOpenListenOverflow]!++
    return false
  }
  queue.resets.shift()
  queue.qlen--
  return true
}

/**
 * Decides about a SYN that has data or a Fast Open option. `req.synackCookie` becomes the cookie for the SYN-ACK.
 * @returns the child where the data is taken, null where the handshake goes the usual way. Linux: tcp_try_fastopen; RFC 7413 section 4.2.2
 */
export function tcpTryFastopen(sk: TcpSock, skb: SkBuff, req: RequestSock, asked: FastOpenCookie | null): TcpSock | null {
  const { net } = sk
  const { mib } = net
  const knob = net.sysctl.tcp_fastopen
  const hasData = skb.endSeq !== ((skb.seq + 1) | 0)
  if (asked !== null && asked.bytes.length === 0) mib[MIB.TCPFastOpenCookieReqd]!++
  if ((knob & TFO.SERVER_ENABLE) === 0 || (!hasData && asked === null) || !queueCheck(sk)) return null
  let fresh: Uint8Array | null = null
  const noCookie = (knob & TFO.SERVER_COOKIE_NOT_REQD) !== 0 || sk.settings.fastopenNoCookie
  if (!noCookie) {
    if (asked === null) return null
    const keys = keysOf(sk)
    fresh = fastopenCookie(req, keys[0]!)
    const which = asked.bytes.length === 0 ? -2 : keys.findIndex((key) => sameBytes(asked.bytes, fastopenCookie(req, key)))
    if (which < 0) {
      if (which === -1) mib[MIB.TCPFastOpenPassiveFail]!++
      req.synackCookie = { bytes: fresh, experimental: asked.experimental }
      return null
    }
    if (which === 0) fresh = null
  }
  const child = createChild(sk, skb, req)
  const renewed = fresh === null || asked === null ? null : { bytes: fresh, experimental: asked.experimental }
  if (child === null) {
    mib[MIB.TCPFastOpenPassiveFail]!++
    req.synackCookie = noCookie || asked === null ? null : { bytes: fresh ?? asked.bytes, experimental: asked.experimental }
    return null
  }
  if (renewed !== null) mib[MIB.TCPFastOpenPassiveAltKey]!++
  req.synackCookie = renewed
  mib[MIB.TCPFastOpenPassive]!++
  return child
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** The child, with the SYN's data in its receive queue; its own timer repeats the SYN-ACK. Linux: tcp_fastopen_create_child. */
function createChild(sk: TcpSock, skb: SkBuff, req: RequestSock): TcpSock | null {
  const child = tcpSynRecvSock(sk, skb, req)
  if (child === null) return null
  fastOpenQueueOf(sk).qlen++
  child.ownFastOpen().fastopenReq = req
  req.tfoListener = true
  child.tcb.sndWnd = child.tcb.maxWindow = skb.window
  req.timeoutMs = TCP_MS.RTO_INIT
  inetCskResetXmitTimer(child, TCP_TIMER.RETRANS, req.timeoutMs)
  tcpInitTransfer(child)
  child.tcb.rcvNxt = (skb.seq + 1) | 0
  addSynData(child, skb)
  req.rcvNxt = child.tcb.rcvNxt
  child.tcb.rcvWup = child.tcb.rcvNxt
  return child
}

/** Queues what a SYN (or SYN-ACK) carries behind its sequence number. Linux: tcp_fastopen_add_skb. */
export function tcpFastopenAddSkb(sk: TcpSock, skb: SkBuff): void {
  addSynData(sk, skb)
}

function addSynData(sk: TcpSock, syn: SkBuff): void {
  const { tcb } = sk
  if (syn.endSeq === tcb.rcvNxt) return
  const skb = Object.assign(new SkBuff(), syn)
  skb.next = skb.prev = null
  tcb.segsIn = 1
  if (skb.length > 0) tcb.dataSegsIn++
  skb.seq = (skb.seq + 1) | 0
  skb.tcpFlags &= ~TCP_FLAG.SYN
  skRmemSchedule(sk, truesize(skb))
  skbSetOwnerR(sk, skb)
  tcb.rcvNxt = skb.endSeq
  tcb.receiveQueue.push(skb)
  sk.ownFastOpen().synDataAcked = true
  tcb.bytesReceived = skb.length
  if ((skb.tcpFlags & TCP_FLAG.FIN) !== 0) tcpFin(sk)
}
