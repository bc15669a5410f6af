/** Addresses of sockets as strace 6.1 prints them. */
import { AF } from '../../abi/flags/sockets.js'
import { addressText, hexText, readAt, type TracedCall } from './call.js'
import { all, nameText } from './flags.js'
import { quote } from './strings.js'

/** AF_* */
export const familyNames = /* @__PURE__ */ all(AF)
/** sizeof(struct sockaddr_storage). */
const STORAGE = 128
/** sizeof(sun_path). */
const SUN_PATH = 108

const half = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8)
const port = (bytes: Uint8Array): number => (bytes[2]! << 8) | bytes[3]!

/** `1.2.3.4` */
export function ipv4Text(bytes: Uint8Array, at: number): string {
  return bytes.subarray(at, at + 4).join('.')
}

/** The text of inet_ntop(3). */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!)
  const zero = (n: number): boolean => groups.slice(0, n).every((group) => group === 0)
  if (zero(5) && (groups[5] === 0xffff || (groups[5] === 0 && groups[6] !== 0))) return `::${groups[5] === 0xffff ? 'ffff:' : ''}${ipv4Text(bytes, at + 12)}`
  let best = 0
  let length = 0
  for (let i = 0; i < 8; i++) {
    let n = 0
    while (i + n < 8 && groups[i + n] === 0) n++
    if (n > length) [best, length] = [i, n]
  }
  const hex = (list: readonly number[]): string => list.map((group) => group.toString(16)).join(':')
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, best))}::${hex(groups.slice(best + length))}`
}

/** An interface by its index, as if_indextoname(3) knows the loopback. */
export function interfaceText(index: number): string {
  return index === 1 ? 'if_nametoindex("lo")' : String(index)
}

function unixText(bytes: Uint8Array): string {
  if (bytes.length <= 2) return ''
  const path = bytes.subarray(2, 2 + SUN_PATH)
  if (path[0] === 0) return `, sun_path=@${quote(path.subarray(1))}`
  const end = path.indexOf(0)
  return `, sun_path=${quote(end < 0 ? path : path.subarray(0, end))}`
}

function inet6Text(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const local = (bytes[8] === 0xfe && (bytes[9]! & 0xc0) === 0x80) || (bytes[8] === 0xff && (bytes[9]! & 0xf) === 2)
  const scope = bytes.length < 28 ? '' : `, sin6_scope_id=${local ? interfaceText(view.getUint32(24, true)) : view.getUint32(24, true)}`
  return `, sin6_port=htons(${port(bytes)}), sin6_flowinfo=htonl(${view.getUint32(4)}), inet_pton(AF_INET6, "${ipv6Text(bytes, 8)}", &sin6_addr)${scope}`
}

function netlinkText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return `, nl_pid=${view.getInt32(4, true)}, nl_groups=${view.getUint32(8, true).toString(16).padStart(8, '0')}`
}

/** An address that was read: its family and what the family's structure holds. */
export function sockaddrText(bytes: Uint8Array): string {
  const family = half(bytes, 0)
  const known = (size: number, text: (bytes: Uint8Array) => string): string | null => (bytes.length >= size ? text(bytes) : null)
  const rest = family === AF.AF_UNIX ? unixText(bytes)
    : family === AF.AF_INET ? known(16, (b) => `, sin_port=htons(${port(b)}), sin_addr=inet_addr("${ipv4Text(b, 4)}")`)
      : family === AF.AF_INET6 ? known(24, inet6Text)
        : family === AF.AF_NETLINK ? known(12, netlinkText) : null
  const data = bytes.length > 2 ? `, sa_data=${quote(bytes.subarray(2))}` : ''
  return `{sa_family=${nameText(BigInt(family), familyNames, 'AF_???')}${rest ?? data}}`
}

/** The address at `at`, or `at` itself when it is too short or cannot be read. Linux strace: decode_sockaddr. */
export function addressAt(call: TracedCall, at: bigint, length: number): string {
  if (length < 2 || at === 0n) return addressText(at)
  const bytes = readAt(call, at, Math.min(length, STORAGE))
  return bytes === null ? addressText(at) : sockaddrText(bytes)
}

/** An int at an address; null when it cannot be read. */
export function intAt(call: TracedCall, at: bigint): number | null {
  const bytes = at === 0n ? null : readAt(call, at, 4)
  return bytes === null ? null : new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, true)
}

/** `[16]`, or `[110 => 16]` when the call changed it; the address when it could not be read. */
export function lengthText(before: number | null, after: number | null, at: bigint): string {
  if (before === null) return at === 0n ? 'NULL' : hexText(at)
  return after === null || after === before ? `[${before}]` : `[${before} => ${after}]`
}
