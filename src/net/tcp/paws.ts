import type { TcpSock } from './tcp-sock.js'

/** Seconds after which an old timestamp says nothing any more: 24 days (RFC 7323 section 5.5). */
const PAWS_24DAYS = 60 * 60 * 24 * 24

/**
 * The segment's timestamp is not older than the last one by more than `window`, or that one is outdated, or 0 as some
 * systems send it at first. RFC 7323 section 5.2. Linux: tcp_paws_check.
 */
export function tcpPawsCheck(sk: TcpSock, window: number): boolean {
  const { tcb } = sk
  if (((tcb.tsRecent - tcb.rcvTsval) | 0) <= window) return true
  if (Math.floor(sk.net.now / 1e6) >= tcb.tsRecentStamp + PAWS_24DAYS) return true
  return tcb.tsRecent === 0
}

/** Keeps the timestamp that the next segments will echo. Linux: tcp_store_ts_recent. */
export function tcpStoreTsRecent(sk: TcpSock): void {
  const { tcb } = sk
  tcb.tsRecent = tcb.rcvTsval
  tcb.tsRecentStamp = Math.floor(sk.net.now / 1e6)
}

/** As RFC 7323 section 4.3 has it: of segments that start at or before the last ACK sent. Linux: tcp_replace_ts_recent. */
export function tcpReplaceTsRecent(sk: TcpSock, seq: number): void {
  if (sk.tcb.sawTstamp && ((seq - sk.tcb.rcvWup) | 0) <= 0 && tcpPawsCheck(sk, 0)) tcpStoreTsRecent(sk)
}

/** Milliseconds of the connection's timestamp clock, before its offset. Linux: tcp_time_stamp_ts. */
export const tcpTimeStamp = (us: number): number => Math.floor(us / 1000) | 0
