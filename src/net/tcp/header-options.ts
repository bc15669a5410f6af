import type { SkBuff } from '../skb.js'
import { put32 } from '../wire/bytes.js'
import type { FastOpenCookie } from './fast-open.js'
import { type Md5Key, tcpMd5DoLookup } from './md5.js'
import { TCPOPT } from './options.js'
import type { RequestSock } from './request-sock.js'
import { tcpDstAdvmss } from './route-mss.js'
import type { TcpSock } from './tcp-sock.js'
import { MAX_TCP_OPTION_SPACE } from './units.js'

const FASTOPEN_MAGIC = 0xf989
const LEN = { MSS: 4, TIMESTAMP: 12, WINDOW: 4, SACK_PERM: 4, SACK_BASE: 4, SACK_BLOCK: 8, MD5SIG: 20 } as const

/** The options to write, and how many bytes they take. Linux: struct tcp_out_options. */
interface OutOptions {
  md5: Md5Key | null
  /** 0: no MSS option. */
  mss: number
  timestamp: boolean
  tsval: number
  tsecr: number
  sackPermitted: boolean
  /** -1: no window scale option. */
  scale: number
  cookie: FastOpenCookie | null
  /** DSACK first, then blocks of data out of order. */
  sackBlocks: number
  size: number
}

function noOptions(): OutOptions {
  return { md5: null, mss: 0, timestamp: false, tsval: 0, tsecr: 0, sackPermitted: false, scale: -1, cookie: null, sackBlocks: 0, size: 0 }
}

/** Milliseconds of a packet's departure, for its timestamp option. Linux: tcp_skb_timestamp. */
export const tcpSkbTimestamp = (skb: SkBuff): number => Math.floor(skb.sentAt / 1000)

/** Bytes of a cookie's option with padding. */
function cookieSize(cookie: FastOpenCookie): number {
  return (cookie.bytes.length + (cookie.experimental ? 4 : 2) + 3) & ~3
}

/** Options of a SYN. A route whose MTU shrank lowers the MSS for good; `synFastopen` is set when the cookie fits. Linux: tcp_syn_options, tcp_advertise_mss. */
export function tcpSynOptions(sk: TcpSock, skb: SkBuff): { bytes: Uint8Array; md5: Md5Key | null } {
  const { tcb } = sk
  const options = noOptions(), sysctl = sk.net.sysctl
  let remaining: number = MAX_TCP_OPTION_SPACE
  options.md5 = tcpMd5DoLookup(sk.md5, sk.remote, sk.boundDevice)
  if (options.md5 !== null) remaining -= LEN.MD5SIG
  options.mss = tcb.advMss = Math.min(tcb.advMss, tcpDstAdvmss(sk))
  remaining -= LEN.MSS
  if (sysctl.tcp_timestamps !== 0 && options.md5 === null) {
    options.timestamp = true
    options.tsval = tcpSkbTimestamp(skb) + tcb.tsOffset
    options.tsecr = tcb.tsRecent
    remaining -= LEN.TIMESTAMP
  }
  if (sysctl.tcp_window_scaling !== 0) {
    options.scale = tcb.rcvWscale
    remaining -= LEN.WINDOW
  }
  if (sysctl.tcp_sack !== 0) {
    options.sackPermitted = true
    if (!options.timestamp) remaining -= LEN.SACK_PERM
  }
  const cookie = sk.fastOpen.request === null ? null : sk.fastOpen.request.cookie
  if (cookie !== null && remaining >= cookieSize(cookie)) {
    options.cookie = cookie
    remaining -= cookieSize(cookie)
    const state = sk.ownFastOpen()
    state.synFastopen = true
    state.synFastopenExp = cookie.experimental
  }
  options.size = MAX_TCP_OPTION_SPACE - remaining
  return { bytes: writeOptions(options, null), md5: options.md5 }
}

/** Options of a SYN-ACK. Linux: tcp_synack_options. MD5 and SACK together leave no room for timestamps. */
export function tcpSynackOptions(
  req: RequestSock, mss: number, tsval: number, cookie: FastOpenCookie | null, md5: Md5Key | null, syncookie: boolean,
): Uint8Array {
  const options = noOptions()
  let remaining: number = MAX_TCP_OPTION_SPACE
  if (md5 !== null) {
    options.md5 = md5
    remaining -= LEN.MD5SIG
    if (!syncookie && req.sackOk) req.tstampOk = false
  }
  options.mss = mss
  remaining -= LEN.MSS
  if (req.wscaleOk) {
    options.scale = req.rcvWscale
    remaining -= LEN.WINDOW
  }
  if (req.tstampOk) {
    options.timestamp = true
    options.tsval = tsval + req.tsOffset
    options.tsecr = req.tsRecent
    remaining -= LEN.TIMESTAMP
  }
  if (req.sackOk) {
    options.sackPermitted = true
    if (!req.tstampOk) remaining -= LEN.SACK_PERM
  }
  if (cookie !== null && remaining >= cookieSize(cookie)) {
    options.cookie = cookie
    remaining -= cookieSize(cookie)
  }
  options.size = MAX_TCP_OPTION_SPACE - remaining
  return writeOptions(options, null)
}

/** How many SACK blocks fit behind `used` bytes of options. */
function sackBlocksThatFit(sk: TcpSock, used: number): number {
  const blocks = sk.outOfOrder.selectiveAcks.length + (sk.outOfOrder.dsackPending ? 1 : 0)
  const room = MAX_TCP_OPTION_SPACE - used
  return room < LEN.SACK_BASE + LEN.SACK_BLOCK ? 0 : Math.min(blocks, Math.floor((room - LEN.SACK_BASE) / LEN.SACK_BLOCK))
}

/** Bytes that options take in the next segment of a synchronised connection. Linux: tcp_established_options without a packet. */
export function tcpEstablishedOptionsSize(sk: TcpSock): number {
  let size = sk.tcb.tstampOk ? LEN.TIMESTAMP : 0
  if (sk.md5 !== null && tcpMd5DoLookup(sk.md5, sk.remote, sk.boundDevice) !== null) size += LEN.MD5SIG
  if (sk.outOfOrder.selectiveAcks.length !== 0 || sk.outOfOrder.dsackPending) {
    const blocks = sackBlocksThatFit(sk, size)
    if (blocks > 0) size += LEN.SACK_BASE + blocks * LEN.SACK_BLOCK
  }
  return size
}

const NONE = /* @__PURE__ */ new Uint8Array(0)

/** Options of a segment of a synchronised connection; DSACK is sent once. Linux: tcp_established_options, tcp_options_write. */
export function tcpEstablishedOptions(sk: TcpSock, skb: SkBuff): Uint8Array {
  const { tcb } = sk
  const md5 = sk.md5 === null ? null : tcpMd5DoLookup(sk.md5, sk.remote, sk.boundDevice)
  if (md5 === null && sk.outOfOrder.selectiveAcks.length === 0 && !sk.outOfOrder.dsackPending) {
    if (!tcb.tstampOk) return NONE
    const bytes = new Uint8Array(12)
    writeTimestamp(bytes, 0, TCPOPT.NOP, TCPOPT.NOP, tcpSkbTimestamp(skb) + tcb.tsOffset, tcb.tsRecent)
    return bytes
  }
  const options = noOptions()
  options.md5 = md5
  options.timestamp = tcb.tstampOk
  options.tsval = tcpSkbTimestamp(skb) + tcb.tsOffset
  options.tsecr = tcb.tsRecent
  const before = (md5 === null ? 0 : LEN.MD5SIG) + (tcb.tstampOk ? LEN.TIMESTAMP : 0)
  options.sackBlocks = sackBlocksThatFit(sk, before)
  options.size = before + (options.sackBlocks === 0 ? 0 : LEN.SACK_BASE + options.sackBlocks * LEN.SACK_BLOCK)
  return writeOptions(options, sk)
}

function writeTimestamp(out: Uint8Array, at: number, pad0: number, pad1: number, tsval: number, tsecr: number): void {
  out[at] = pad0
  out[at + 1] = pad1
  out[at + 2] = TCPOPT.TIMESTAMP
  out[at + 3] = 10
  put32(out, at + 4, tsval | 0)
  put32(out, at + 8, tsecr)
}

/** Writes options in Linux's order, each padded in front to 32 bits; a digest's 16 bytes stay zero. Linux: tcp_options_write. */
function writeOptions(options: OutOptions, sk: TcpSock | null): Uint8Array {
  const out = new Uint8Array(options.size)
  let at = 0
  const word = (a: number, b: number, c: number, d: number): void => {
    out[at] = a
    out[at + 1] = b
    out[at + 2] = c
    out[at + 3] = d
    at += 4
  }
  if (options.md5 !== null) {
    word(TCPOPT.NOP, TCPOPT.NOP, TCPOPT.MD5SIG, 18)
    at += 16
  }
  if (options.mss !== 0) word(TCPOPT.MSS, 4, options.mss >>> 8, options.mss)
  let sackPermitted = options.sackPermitted
  if (options.timestamp) {
    writeTimestamp(out, at, sackPermitted ? TCPOPT.SACK_PERM : TCPOPT.NOP, sackPermitted ? 2 : TCPOPT.NOP, options.tsval, options.tsecr)
    sackPermitted = false
    at += 12
  }
  if (sackPermitted) word(TCPOPT.NOP, TCPOPT.NOP, TCPOPT.SACK_PERM, 2)
  if (options.scale >= 0) word(TCPOPT.NOP, TCPOPT.WINDOW, 3, options.scale)
  if (sk !== null && options.sackBlocks > 0) writeSack(sk, options.sackBlocks, out, at)
  if (sk !== null && sk.outOfOrder.dsackPending) sk.ownOutOfOrder().dsackPending = false
  if (options.cookie !== null) writeCookie(options.cookie, out, at)
  return out
}

function writeSack(sk: TcpSock, count: number, out: Uint8Array, at: number): void {
  out[at] = TCPOPT.NOP
  out[at + 1] = TCPOPT.NOP
  out[at + 2] = TCPOPT.SACK
  out[at + 3] = 2 + count * LEN.SACK_BLOCK
  const first = sk.outOfOrder.dsackPending && sk.outOfOrder.duplicateSack !== null ? 1 : 0
  for (let i = 0; i < count; i++) {
    const block = first === 1 && i === 0 ? sk.outOfOrder.duplicateSack! : sk.outOfOrder.selectiveAcks[i - first]!
    put32(out, at + 4 + 8 * i, block.start)
    put32(out, at + 8 + 8 * i, block.end)
  }
}

function writeCookie(cookie: FastOpenCookie, out: Uint8Array, at: number): void {
  const base = cookie.experimental ? 4 : 2
  const length = base + cookie.bytes.length
  out[at] = cookie.experimental ? TCPOPT.EXP : TCPOPT.FASTOPEN
  out[at + 1] = length
  if (cookie.experimental) {
    out[at + 2] = FASTOPEN_MAGIC >>> 8
    out[at + 3] = FASTOPEN_MAGIC & 0xff
  }
  out.set(cookie.bytes, at + base)
  for (let i = at + length; i < out.length; i++) out[i] = TCPOPT.NOP
}
