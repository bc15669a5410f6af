import { IP_OPTIONS as IP, SOL } from '../../abi/flags/sockets.js'

/** Bytes of padding behind the interface of struct group_req, group_source_req and group_filter, which 32-bit programs have not. */
const PADDING = 4
/** Offsets in struct compat_group_filter, and sizeof(struct sockaddr_storage). */
const COUNT = 136, LIST = 140, STORAGE = 128

const isGroupOption = (level: number, name: number): boolean =>
  (level === SOL.SOL_IP || level === SOL.SOL_IPV6) && name >= IP.MCAST_JOIN_GROUP && name <= IP.MCAST_MSFILTER

/** Whether a filter names more sources than its bytes hold: for 32-bit programs that is seen before anything else. Linux: compat_ip_set_mcast_msfilter. */
export function isCutFilter(level: number, name: number, value: Uint8Array): boolean {
  if (level !== SOL.SOL_IP || name !== IP.MCAST_MSFILTER || value.length < LIST) return false
  return LIST + STORAGE * new DataView(value.buffer, value.byteOffset).getUint32(COUNT, true) > value.length
}

/** The value of an option as a 64-bit program would give it. Linux: compat_group_req and its kin. */
export function widenedOption(level: number, name: number, value: Uint8Array): Uint8Array {
  if (!isGroupOption(level, name) || value.length < PADDING) return value
  const out = new Uint8Array(value.length + PADDING)
  out.set(value.subarray(0, PADDING))
  out.set(value.subarray(PADDING), 2 * PADDING)
  return out
}

/** What {@link widenedOption} was asked for, as a 32-bit program reads it. */
export function narrowedOption(level: number, name: number, value: Uint8Array): Uint8Array {
  if (!isGroupOption(level, name)) return value
  const out = value.slice(PADDING)
  out.set(value.subarray(0, PADDING))
  return out
}
