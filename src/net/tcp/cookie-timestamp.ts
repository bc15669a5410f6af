import type { RequestSock } from './request-sock.js'

/** Low bits of our timestamp in a SYN-ACK with a cookie: the client's window scale (15: none), SACK, ECN. Linux: TS_OPT_*. */
export const COOKIE_TS = { WSCALE: 0xf, SACK: 0x10, ECN: 0x20, BITS: 6 } as const

/**
 * Our timestamp for a SYN-ACK with a cookie, ms: options of the client in its low bits, never in the future.
 * Linux: cookie_init_timestamp. @param nowMs the timestamp clock
 */
export function cookieInitTimestamp(req: RequestSock, nowMs: number): number {
  const options = (req.wscaleOk ? req.sndWscale : COOKIE_TS.WSCALE) | (req.sackOk ? COOKIE_TS.SACK : 0) | (req.ecnOk ? COOKIE_TS.ECN : 0)
  const base = Math.floor(nowMs / (1 << COOKIE_TS.BITS)) * (1 << COOKIE_TS.BITS)
  const ts = base + options
  return ts > nowMs ? ts - (1 << COOKIE_TS.BITS) : ts
}
