import type { SkBuff } from '../skb.js'
import { TCP_FLAG } from '../skb.js'
import type { NetStack } from '../stack.js'
import { get16, get32 } from '../wire/bytes.js'
import type { FastOpenCookie } from './fast-open.js'
import type { TcpSock } from './tcp-sock.js'
import { TCP_MAX_WSCALE } from './units.js'

/** Numbers of TCP's options (IANA "TCP Option Kind Numbers"); EXP carries Fast Open with the magic number 0xf989 (RFC 7413 section 4). */
export const TCPOPT = { EOL: 0, NOP: 1, MSS: 2, WINDOW: 3, SACK_PERM: 4, SACK: 5, TIMESTAMP: 8, MD5SIG: 19, FASTOPEN: 34, EXP: 254 } as const

const FASTOPEN_MAGIC = 0xf989
const COOKIE_MIN = 4, COOKIE_MAX = 16

/** What the options of a SYN or SYN-ACK said. Linux: struct tcp_options_received. */
export class TcpOptionsReceived {
  sawTstamp = false
  rcvTsval = 0
  rcvTsecr = 0
  wscaleOk = false
  sndWscale = 0
  sackOk = false
  /** Largest segment that the peer takes; kept where the option is missing. */
  mssClamp = 536
  /** TCP_MAXSEG of the user, which limits mssClamp; 0: none. */
  userMss = 0
  /** Fast Open's cookie; empty asks for one, null: none, or none that is valid. */
  cookie: FastOpenCookie | null = null
}


/**
 * Where the next option starts at or after `at`, past padding; -1 at the end and at an option that does not fit, which ends
 * parsing (RFC 9293 section 3.1; RFC 9293 MUST-6).
 */
function nextOption(options: Uint8Array, at: number): number {
  while (at < options.length) {
    const kind = options[at]!
    if (kind === TCPOPT.NOP) at++
    else if (kind === TCPOPT.EOL || at + 2 > options.length) return -1
    else return options[at + 1]! < 2 || at + options[at + 1]! > options.length ? -1 : at
  }
  return -1
}

/** Where the option `kind` starts in a header's options; -1 without. */
export function findOption(options: Uint8Array, kind: number): number {
  for (let at = nextOption(options, 0); at >= 0; at = nextOption(options, at + options[at + 1]!)) if (options[at] === kind) return at
  return -1
}

/**
 * Reads the options of a SYN or SYN-ACK as far as the knobs allow them. The timestamp's echo still has the connection's
 * offset in it. Linux: tcp_parse_options with estab 0.
 */
export function tcpParseOptions(net: NetStack, skb: SkBuff, out: TcpOptionsReceived): void {
  const { options } = skb, { sysctl } = net
  const syn = (skb.tcpFlags & TCP_FLAG.SYN) !== 0
  out.sawTstamp = false
  for (let at = nextOption(options, 0); at >= 0; at = nextOption(options, at + options[at + 1]!)) {
    const size = options[at + 1]!
    switch (options[at]) {
      case TCPOPT.MSS: {
        const mss = size === 4 && syn ? get16(options, at + 2) : 0
        if (mss !== 0) out.mssClamp = out.userMss !== 0 && out.userMss < mss ? out.userMss : mss
        break
      }
      case TCPOPT.WINDOW:
        if (size === 3 && syn && sysctl.tcp_window_scaling !== 0) {
          out.wscaleOk = true
          out.sndWscale = Math.min(options[at + 2]!, TCP_MAX_WSCALE)
        }
        break
      case TCPOPT.TIMESTAMP:
        if (size === 10 && sysctl.tcp_timestamps !== 0) {
          out.sawTstamp = true
          out.rcvTsval = get32(options, at + 2)
          out.rcvTsecr = get32(options, at + 6)
        }
        break
      case TCPOPT.SACK_PERM:
        if (size === 2 && syn && sysctl.tcp_sack !== 0) out.sackOk = true
        break
      case TCPOPT.FASTOPEN:
        if (syn) parseCookie(out, options, at + 2, size - 2, false)
        break
      case TCPOPT.EXP:
        if (syn && size >= 4 && get16(options, at + 2) === FASTOPEN_MAGIC) parseCookie(out, options, at + 4, size - 4, true)
        break
      default:
    }
  }
}

/** A cookie of odd length is passed over; one that is too short or too long voids what was read before. Linux: tcp_parse_fastopen_option. */
function parseCookie(out: TcpOptionsReceived, options: Uint8Array, at: number, length: number, experimental: boolean): void {
  if (length & 1) return
  const valid = length === 0 || (length >= COOKIE_MIN && length <= COOKIE_MAX)
  out.cookie = valid ? { bytes: options.slice(at, at + length), experimental } : null
}

/** Reads the timestamp where it stands alone behind two NOPs, as every stack sends it. Linux: tcp_parse_aligned_timestamp. */
export function tcpParseAlignedTimestamp(sk: TcpSock, options: Uint8Array): boolean {
  const { tcb } = sk
  if (options[0] !== 1 || options[1] !== 1 || options[2] !== 8 || options[3] !== 10) return false
  tcb.sawTstamp = true
  tcb.rcvTsval = get32(options, 4)
  const echo = get32(options, 8)
  tcb.rcvTsecr = echo === 0 ? 0 : (echo - tcb.tsOffset) | 0
  return true
}

/**
 * Reads the options of a segment of a running connection: its timestamp into the socket, and the place of its SACK option
 * into `skb.sacked` (offset plus one; 0: none). Linux: tcp_fast_parse_options.
 */
export function tcpFastParseOptions(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  const { options } = skb
  tcb.sawTstamp = false
  skb.sacked = 0
  if (options.length === 0) return
  if (tcb.tstampOk && options.length === 12 && tcpParseAlignedTimestamp(sk, options)) return
  for (let at = nextOption(options, 0); at >= 0; at = nextOption(options, at + options[at + 1]!)) {
    const size = options[at + 1]!
    if (options[at] === TCPOPT.TIMESTAMP) {
      if (size !== 10 || !tcb.tstampOk) continue
      tcb.sawTstamp = true
      tcb.rcvTsval = get32(options, at + 2)
      const echo = get32(options, at + 6)
      tcb.rcvTsecr = echo === 0 ? 0 : (echo - tcb.tsOffset) | 0
    } else if (options[at] === TCPOPT.SACK && size >= 10 && (size - 2) % 8 === 0 && tcb.sackOk) skb.sacked = at + 1
  }
}

/** Edges of the SACK blocks of an option at `at`: number `index` of them, counted by edge. */
export function sackEdge(options: Uint8Array, at: number, index: number): number {
  return get32(options, at + 2 + index * 4)
}
