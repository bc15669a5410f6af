import { asFamily } from '../address.js'
import { MIB } from '../mib.js'
import { TCP_FLAG, type SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { COOKIE_TS } from './cookie-timestamp.js'
import { tcpSynRecvSock } from './open-child.js'
import { tcpParseOptions, TcpOptionsReceived } from './options.js'
import { inetCskReqskQueueAdd } from './request-queue.js'
import { RequestSock } from './request-sock.js'
import { cookieWindow } from './request-window.js'
import { keyedHash, secureTcpTsOff } from './sequence.js'
import type { TcpSock } from './tcp-sock.js'

/** The MSS values that two bits of a cookie can tell. Linux: msstab of both families. */
const MSS_TABLE = { 4: [536, 1300, 1440, 1460], 6: [1220, 1420, 1440, 8940] } as const
/** Minutes that a cookie is good for. Linux: MAX_SYNCOOKIE_AGE. */
const MAX_AGE = 2
const MINUTE = 60_000_000
const MASK = 0xffffff


const cookieTime = (net: NetStack): number => Math.floor(net.now / MINUTE)

function hash(net: NetStack, skb: SkBuff, count: number, which: 0 | 1): number {
  return keyedHash(net, which, skb.src, skb.dst, [(skb.sport << 16) | skb.dport, count, 0x5c00c1e5])
}

/**
 * The sequence number that stands for a request which is not kept: hash, client's sequence number, minute, MSS.
 * `req.mss` becomes what the cookie can tell. Linux: cookie_v4_init_sequence, secure_tcp_syn_cookie
 */
export function cookieInitSequence(sk: TcpSock, skb: SkBuff, req: RequestSock): number {
  const { net } = sk
  const table = MSS_TABLE[skb.family]
  let index = table.length - 1
  while (index > 0 && req.mss < table[index]!) index--
  req.mss = table[index]!
  sk.acceptQueue!.lastOverflow = net.now
  net.mib[MIB.SyncookiesSent]!++
  const count = cookieTime(net)
  return (hash(net, skb, 0, 0) + skb.seq + (count << 24) + ((hash(net, skb, count, 1) + index) & MASK)) | 0
}

/** Index into the MSS table of a valid cookie; -1. Linux: check_tcp_syn_cookie. */
function checkCookie(net: NetStack, skb: SkBuff, cookie: number, seq: number): number {
  const count = cookieTime(net)
  const rest = (cookie - hash(net, skb, 0, 0) - seq) | 0
  const age = (count - (rest >>> 24)) & 0xff
  if (age >= MAX_AGE) return -1
  const index = (rest - hash(net, skb, count - age, 1)) & MASK
  return index < MSS_TABLE[skb.family].length ? index : -1
}

/** Options out of an echoed timestamp; false when the knobs forbid them. Linux: cookie_timestamp_decode. */
function decodeTimestamp(net: NetStack, options: TcpOptionsReceived): boolean {
  options.sackOk = options.wscaleOk = false
  options.sndWscale = 0
  if (!options.sawTstamp) return true
  const { sysctl } = net
  if (sysctl.tcp_timestamps === 0) return false
  const bits = options.rcvTsecr
  options.sackOk = (bits & COOKIE_TS.SACK) !== 0
  if (options.sackOk && sysctl.tcp_sack === 0) return false
  if ((bits & COOKIE_TS.WSCALE) === COOKIE_TS.WSCALE) return true
  options.wscaleOk = true
  options.sndWscale = bits & COOKIE_TS.WSCALE
  return sysctl.tcp_window_scaling !== 0
}

/**
 * A segment without SYN at a listener: the child that a valid cookie in its ACK makes; `sk` where there is no cookie to
 * look for or it is wrong, which leads to RST; null where nothing more is to be done. Linux: cookie_v4_check, cookie_v6_check
 */
export function cookieCheck(sk: TcpSock, skb: SkBuff): TcpSock | null {
  const { net } = sk
  const { sysctl, mib } = net
  if (sysctl.tcp_syncookies === 0 || (skb.tcpFlags & TCP_FLAG.ACK) === 0 || (skb.tcpFlags & TCP_FLAG.RST) !== 0) return sk
  if (net.now - sk.acceptQueue!.lastOverflow > MAX_AGE * MINUTE) return sk
  const cookie = (skb.ackSeq - 1) | 0
  const index = checkCookie(net, skb, cookie, (skb.seq - 1) | 0)
  if (index < 0) {
    mib[MIB.SyncookiesFailed]!++
    return sk
  }
  mib[MIB.SyncookiesRecv]!++
  const options = new TcpOptionsReceived()
  tcpParseOptions(net, skb, options)
  const local = asFamily(skb.dst, sk.family), remote = asFamily(skb.src, sk.family)
  const tsOffset = options.sawTstamp && options.rcvTsecr !== 0 ? secureTcpTsOff(net, local, remote) : 0
  options.rcvTsecr = (options.rcvTsecr - tsOffset) | 0
  const ecn = options.sawTstamp && (options.rcvTsecr & COOKIE_TS.ECN) !== 0
  if (!decodeTimestamp(net, options)) return sk
  const req = new RequestSock(sk)
  req.local = local
  req.remote = remote
  req.localPort = skb.dport
  req.remotePort = skb.sport
  req.boundDevice = sk.boundDevice !== 0 ? sk.boundDevice : skb.src.isLinkLocal ? skb.ifindex : 0
  req.rcvIsn = (skb.seq - 1) | 0
  req.rcvNxt = skb.seq
  req.sntIsn = cookie
  req.mss = MSS_TABLE[skb.family][index]!
  req.sndWscale = options.sndWscale
  req.wscaleOk = options.wscaleOk
  req.sackOk = options.sackOk
  req.tstampOk = options.sawTstamp
  req.tsRecent = options.sawTstamp ? options.rcvTsval : 0
  const route = net.routeLookup(remote, local, req.boundDevice)
  if (route === null) return null
  cookieWindow(req, sk, route)
  req.ecnOk = ecn && sysctl.tcp_ecn !== 0
  const child = tcpSynRecvSock(sk, skb, req)
  if (child === null) return null
  child.tcb.tsOffset = tsOffset
  return inetCskReqskQueueAdd(sk, req, child) ? child : null
}
