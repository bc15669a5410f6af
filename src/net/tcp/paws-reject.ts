const PAWS_24DAYS = 60 * 60 * 24 * 24
/** Seconds after which a RST is believed in spite of an old timestamp. Linux: TCP_PAWS_MSL. */
const PAWS_MSL = 60

/**
 * PAWS for requests and TIME_WAIT, which have no socket. RFC 7323 section 5.3. Linux: tcp_paws_reject.
 * @param stampAge seconds since `tsRecent` came
 */
export function pawsReject(tsRecent: number, stampAge: number, tsval: number, rst: boolean): boolean {
  if (((tsRecent - tsval) | 0) <= 0 || tsRecent === 0 || stampAge >= PAWS_24DAYS) return false
  return !(rst && stampAge >= PAWS_MSL)
}
