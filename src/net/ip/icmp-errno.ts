import { EACCES, ECONNREFUSED, EHOSTDOWN, EHOSTUNREACH, EMSGSIZE, ENETUNREACH, ENONET, ENOPROTOOPT, EOPNOTSUPP, EPROTO } from '../../abi/errno.js'
import type { IpAddress } from '../address.js'
import { ICMP, ICMPV6 } from './icmp-types.js'

/** An ICMP or ICMPv6 error about a packet of ours. */
export interface IcmpError {
  readonly family: 4 | 6
  readonly type: number
  readonly code: number
  /** Next-hop MTU, pointer, or 0. */
  readonly info: number
  readonly offender: IpAddress
}

/** An errno that an ICMP message stands for, and whether it ends a connection. */
export type IcmpErrno = readonly [errno: number, fatal: boolean]

/** By code of "destination unreachable". Linux: icmp_err_convert. */
const UNREACHABLE: readonly IcmpErrno[] = [
  [ENETUNREACH, false], [EHOSTUNREACH, false], [ENOPROTOOPT, true], [ECONNREFUSED, true], [EMSGSIZE, false], [EOPNOTSUPP, false], [ENETUNREACH, true],
  [EHOSTDOWN, true], [ENONET, true], [ENETUNREACH, true], [EHOSTUNREACH, true], [ENETUNREACH, false], [EHOSTUNREACH, false], [EHOSTUNREACH, true],
  [EHOSTUNREACH, true], [EHOSTUNREACH, true],
]
/** By code of ICMPv6's. Linux: tab_unreach. */
const UNREACHABLE6: readonly IcmpErrno[] = [
  [ENETUNREACH, false], [EACCES, true], [EHOSTUNREACH, false], [EHOSTUNREACH, false], [ECONNREFUSED, true], [EACCES, true], [EACCES, true],
]

/** What an ICMP or ICMPv6 error means to a socket; null: nothing (source quench, redirects). Linux: icmp_err_convert, icmpv6_err_convert. */
export function icmpErrno(family: 4 | 6, type: number, code: number): IcmpErrno | null {
  if (family === 4) {
    if (type === ICMP.SOURCE_QUENCH || type === ICMP.REDIRECT) return null
    if (type === ICMP.PARAMETER_PROBLEM) return [EPROTO, true]
    if (type === ICMP.DEST_UNREACH) return UNREACHABLE[code] ?? [EHOSTUNREACH, false]
    return [EHOSTUNREACH, false]
  }
  if (type === ICMPV6.REDIRECT) return null
  if (type === ICMPV6.DEST_UNREACH) return UNREACHABLE6[code] ?? [EPROTO, true]
  if (type === ICMPV6.PKT_TOO_BIG) return [EMSGSIZE, false]
  if (type === ICMPV6.PARAMETER_PROBLEM) return [EPROTO, true]
  if (type === ICMPV6.TIME_EXCEEDED) return [EHOSTUNREACH, false]
  return [EPROTO, false]
}
