/** Values of options of sockets as strace 6.1 prints them. */
import { ERRNO } from '../../abi/errno-text.js'
import { IP_OPTIONS as IP, IPV6_OPTIONS as V6, SO, SOL } from '../../abi/flags/sockets.js'
import { addressText, readAt, type Print, type TracedCall } from './call.js'
import { nameText } from './flags.js'
import { intAt, interfaceText, ipv4Text, ipv6Text, sockaddrText } from './socket-address.js'
import { optionNames, socketOptionNames } from './socket-names.js'
import { bytesText } from './strings.js'

/** sizeof(struct sockaddr_storage). */
const STORAGE = 128

/** SO_ATTACH_FILTER has another name when it is read. */
export const readOption: Print = (c, i) => (c.u32(1) === SOL.SOL_SOCKET && c.u32(i) === SO.SO_ATTACH_FILTER ? 'SO_GET_FILTER' : option(c, i))

/** An option by its level's names. */
export const option: Print = (c, i) => {
  const known = optionNames(c.u32(i - 1))
  return known === null ? String(c.u32(i)) : nameText(BigInt(c.u32(i)), known[0], known[1])
}

/** Options about groups, by level: bytes of the structure and its text. struct group_req has padding where longs have 64 bits. */
function groupOption(level: number, name: number, word: number): readonly [size: number, text: (bytes: Uint8Array, view: DataView) => string] | null {
  if (level === SOL.SOL_IP && (name === IP.IP_ADD_MEMBERSHIP || name === IP.IP_DROP_MEMBERSHIP)) {
    return [8, (bytes) => `{imr_multiaddr=inet_addr("${ipv4Text(bytes, 0)}"), imr_interface=inet_addr("${ipv4Text(bytes, 4)}")}`]
  }
  if (level === SOL.SOL_IPV6 && (name === V6.IPV6_ADD_MEMBERSHIP || name === V6.IPV6_DROP_MEMBERSHIP)) {
    return [20, (bytes, view) => `{inet_pton(AF_INET6, "${ipv6Text(bytes, 0)}", &ipv6mr_multiaddr), ipv6mr_interface=${interfaceText(view.getUint32(16, true))}}`]
  }
  if ((level === SOL.SOL_IP || level === SOL.SOL_IPV6) && (name === IP.MCAST_JOIN_GROUP || name === IP.MCAST_LEAVE_GROUP)) {
    return [word + STORAGE, (bytes, view) => `{gr_interface=${interfaceText(view.getUint32(0, true))}, gr_group=${sockaddrText(bytes.subarray(word, word + STORAGE))}}`]
  }
  return null
}

/** Options that are structures: their text when all of it is there. */
function structured(level: number, name: number, bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const id = (at: number): string => (view.getUint32(at, true) === 0xffffffff ? '-1' : String(view.getUint32(at, true)))
  if (level !== SOL.SOL_SOCKET) return null
  if (name === SO.SO_LINGER && bytes.length >= 8) return `{l_onoff=${view.getInt32(0, true)}, l_linger=${view.getInt32(4, true)}}`
  if (name === SO.SO_PEERCRED && bytes.length >= 12) return `{pid=${view.getInt32(0, true)}, uid=${id(4)}, gid=${id(8)}}`
  return null
}

/** Whether less than the whole structure is shown as an address. */
const needsWhole = (level: number, name: number): boolean => level === SOL.SOL_SOCKET && (name === SO.SO_LINGER || name === SO.SO_ATTACH_FILTER)

/** The value of an option. @param getting it was read, not set */
export function optionText(c: TracedCall, at: bigint, length: number, getting: boolean): string {
  const level = c.u32(1)
  const name = c.u32(2)
  const group = getting ? null : groupOption(level, name, c.word)
  if (group !== null) {
    const [size, show] = group
    const all = length < size || at === 0n ? null : readAt(c, at, size)
    return all === null ? addressText(at) : show(all, new DataView(all.buffer, all.byteOffset, size))
  }
  const bytes = length < 0 || at === 0n || (length === 0 && level === SOL.SOL_SOCKET) ? null : readAt(c, at, Math.min(length, 64))
  if (bytes === null) return addressText(at)
  const text = structured(level, name, bytes)
  if (text !== null) return text
  if (!getting && needsWhole(level, name)) return addressText(at)
  const known = level === SOL.SOL_SOCKET && socketOptionNames.some(([, value]) => value === BigInt(name))
  if (!getting && length < 4 && known && name !== SO.SO_BINDTODEVICE) return addressText(at)
  const value = length >= 4 ? intAt(c, at) : null
  if (level === SOL.SOL_SOCKET && name === SO.SO_TXREHASH && length === 4 && value !== null && value >= 0 && value <= 1) return `[${value === 1 ? 'SOCK_TXREHASH_ENABLED' : 'SOCK_TXREHASH_DISABLED'}]`
  if (getting && level === SOL.SOL_SOCKET && name === SO.SO_ERROR && value !== null) return `[${value === 0 ? '0' : (ERRNO[value]?.[0] ?? value)}]`
  const stamps = level === SOL.SOL_SOCKET && (name === SO.SO_TIMESTAMPING_OLD || name === SO.SO_TIMESTAMPING_NEW)
  return (length === 4 || stamps) && value !== null ? `[${value}]` : bytesText(c, at, length)
}
