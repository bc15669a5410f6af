/** struct msghdr with its control messages as strace 6.1 prints them. */
import { IP_OPTIONS, MSG_FLAGS, SCM, SO, SOL } from '../../abi/flags/sockets.js'
import { CMSGHDR_ILP32, CMSGHDR_LP64, MMSGHDR_ILP32, MMSGHDR_LP64, MSGHDR_ILP32, MSGHDR_LP64 } from '../../abi/structs/socket.js'
import { IOVEC_ILP32, IOVEC_LP64 } from '../../abi/structs/io.js'
import { ERRNO } from '../../abi/errno-text.js'
import { addressText, hexText, readAt, type TracedCall } from './call.js'
import { arrayText, Fields, layoutOf } from './fields.js'
import { all, ascending, flagsText, nameText, type Names } from './flags.js'
import { addressAt, interfaceText, ipv4Text, sockaddrText } from './socket-address.js'
import { ipOptionNames, levelNames, socketOptionNames } from './socket-names.js'
import { bytesText } from './strings.js'

/** MSG_*, those that no program may give among them. */
export const messageNames: Names = /* @__PURE__ */ ascending(/* @__PURE__ */ all({ ...MSG_FLAGS, MSG_SENDPAGE_NOTLAST: 0x20000, MSG_NO_SHARED_FRAGS: 0x80000, MSG_CMSG_COMPAT: 0x80000000 }))

const messages = { lp64: MSGHDR_LP64, ilp32: MSGHDR_ILP32 }
const manyLayout = { lp64: MMSGHDR_LP64, ilp32: MMSGHDR_ILP32 }
const headers = { lp64: CMSGHDR_LP64, ilp32: CMSGHDR_ILP32 }
const iovecs = { lp64: IOVEC_LP64, ilp32: IOVEC_ILP32 }
const scmNames: Names = /* @__PURE__ */ all(SCM)
const MOST = 0xffffffn

function clamp(n: bigint): number {
  return Number(n > MOST ? MOST : n)
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Segments; with `left` those that a call filled with so many bytes. */
function segmentsText(call: TracedCall, at: bigint, count: bigint, filled: number | null): string {
  if (count > MOST) return addressText(at)
  let left = filled ?? 0
  return arrayText(call, at, Number(count), iovecs, (f) => {
    const length = clamp(f.get('iov_len'))
    const shown = filled === null ? length : Math.min(length, left)
    left -= shown
    return `{iov_base=${bytesText(call, f.get('iov_base'), shown)}, iov_len=${f.get('iov_len')}}`
  })
}

function timeText(bytes: Uint8Array, word: number, fraction: string): string | null {
  if (bytes.length < 2 * word) return null
  const at = (n: number): bigint => (word === 8 ? view(bytes).getBigInt64(8 * n, true) : BigInt(view(bytes).getInt32(4 * n, true)))
  return `{tv_sec=${at(0)}, ${fraction}=${at(1)}}`
}

function socketData(call: TracedCall, type: number, data: Uint8Array): string | null {
  switch (type) {
    case SCM.SCM_RIGHTS: return data.length < 4 ? null : `[${Array.from({ length: Math.floor(data.length / 4) }, (_, i) => view(data).getInt32(4 * i, true)).join(', ')}]`
    case SCM.SCM_CREDENTIALS: {
      if (data.length < 12) return null
      const id = (at: number): string => (view(data).getUint32(at, true) === 0xffffffff ? '-1' : String(view(data).getUint32(at, true)))
      return `{pid=${view(data).getInt32(0, true)}, uid=${id(4)}, gid=${id(8)}}`
    }
    case SO.SO_TIMESTAMP_OLD: return timeText(data, call.word, 'tv_usec')
    case SO.SO_TIMESTAMPNS_OLD: return timeText(data, call.word, 'tv_nsec')
    case SO.SO_TIMESTAMP_NEW: return timeText(data, 8, 'tv_usec')
    case SO.SO_TIMESTAMPNS_NEW: return timeText(data, 8, 'tv_nsec')
    default: return null
  }
}

const originNames: Names = [['SO_EE_ORIGIN_NONE', 0n], ['SO_EE_ORIGIN_LOCAL', 1n], ['SO_EE_ORIGIN_ICMP', 2n], ['SO_EE_ORIGIN_ICMP6', 3n], ['SO_EE_ORIGIN_TXSTATUS', 4n], ['SO_EE_ORIGIN_ZEROCOPY', 5n], ['SO_EE_ORIGIN_TXTIME', 6n]]

function ipData(type: number, data: Uint8Array): string | null {
  switch (type) {
    case IP_OPTIONS.IP_PKTINFO:
      if (data.length < 12) return null
      return `{ipi_ifindex=${interfaceText(view(data).getUint32(0, true))}, ipi_spec_dst=inet_addr("${ipv4Text(data, 4)}"), ipi_addr=inet_addr("${ipv4Text(data, 8)}")}`
    case IP_OPTIONS.IP_TTL: return data.length < 4 ? null : `[${Array.from({ length: Math.floor(data.length / 4) }, (_, i) => view(data).getUint32(4 * i, true)).join(', ')}]`
    case IP_OPTIONS.IP_TOS: case IP_OPTIONS.IP_RECVOPTS: case IP_OPTIONS.IP_RETOPTS: return data.length < 1 ? null : `[${[...data].map(hexText).join(', ')}]`
    case IP_OPTIONS.IP_ORIGDSTADDR: return data.length < 16 ? null : sockaddrText(data)
    case IP_OPTIONS.IP_RECVERR: {
      if (data.length < 16) return null
      const errno = view(data).getUint32(0, true)
      const numbers = `ee_type=${data[5]}, ee_code=${data[6]}, ee_info=${view(data).getUint32(8, true)}, ee_data=${view(data).getUint32(12, true)}`
      const offender = data.length >= 18 ? sockaddrText(data.subarray(16)) : ''
      return `{ee_errno=${ERRNO[errno] === undefined ? errno : errno}, ee_origin=${nameText(BigInt(data[4]!), originNames, 'SO_EE_ORIGIN_???')}, ${numbers}, offender=${offender}}`
    }
    default: return null
  }
}

/** One control message: its header, and its data where strace knows the type. */
function controlText(call: TracedCall, f: Fields<'cmsg_len' | 'cmsg_level' | 'cmsg_type'>, data: Uint8Array): string {
  const level = Number(f.get('cmsg_level'))
  const type = Number(f.get('cmsg_type'))
  const unsigned = BigInt(type >>> 0)
  const names = level === SOL.SOL_SOCKET ? nameText(unsigned, [...scmNames, ...scmOptions], 'SCM_???')
    : level === SOL.SOL_IP ? nameText(unsigned, ipOptionNames, 'IP_???') : hexText(unsigned)
  const known = data.length === 0 ? null : level === SOL.SOL_SOCKET ? socketData(call, type, data) : level === SOL.SOL_IP ? ipData(type, data) : null
  return `{cmsg_len=${f.get('cmsg_len')}, cmsg_level=${nameText(f.unsigned('cmsg_level'), levelNames, 'SOL_???')}, cmsg_type=${names}${known === null ? '' : `, cmsg_data=${known}`}}`
}

/** Options whose control messages have their number. */
const scmOptions: Names = /* @__PURE__ */ told(socketOptionNames)

function told(names: Names): Names {
  return names.filter(([name]) => /TIMESTAMP|TXTIME|WIFI|PEEK/.test(name))
}

/** Control messages. strace: decode_msg_control. */
function controlsText(call: TracedCall, at: bigint, length: number): string {
  const layout = layoutOf(headers, call)
  const bytes = length < layout.size ? null : readAt(call, at, Math.min(length, 1 << 20))
  if (bytes === null) return addressText(at)
  const parts: string[] = []
  let left = bytes.length
  let offset = 0
  while (left >= layout.size) {
    const f = new Fields<'cmsg_len' | 'cmsg_level' | 'cmsg_type'>(bytes.subarray(offset, offset + layout.size), layout)
    const own = f.unsigned('cmsg_len') > BigInt(left) ? left : Number(f.unsigned('cmsg_len'))
    parts.push(controlText(call, f, bytes.subarray(offset + layout.size, offset + Math.max(own, layout.size))))
    if (own < layout.size) {
      left -= layout.size
      offset += layout.size
      break
    }
    const step = (own + call.word - 1) & -call.word
    if (step >= left) {
      left = 0
      break
    }
    left -= step
    offset += step
  }
  if (left > 0) parts.push(`... /* ${hexText(at + BigInt(offset))} */`)
  return `[${parts.join(', ')}]`
}

/**
 * A struct msghdr.
 *
 * @param filled bytes that a receive put into its segments; null for a send
 * @param nameLength what msg_namelen was when the call came in; null for a send
 */
export function messageText(call: TracedCall, at: bigint, filled: number | null, nameLength: number | null): string {
  const layout = layoutOf(messages, call)
  const bytes = at === 0n ? null : readAt(call, at, layout.size)
  if (bytes === null) return addressText(at)
  const f = new Fields<keyof typeof MSGHDR_LP64['fields']>(bytes, layout)
  const length = Number(f.get('msg_namelen'))
  const shown = nameLength === null ? length : Math.min(nameLength, length)
  const lengths = nameLength === null || nameLength === length ? String(length) : `${nameLength} => ${length}`
  const control = f.get('msg_controllen') === 0n ? '' : `msg_control=${controlsText(call, f.get('msg_control'), clamp(f.get('msg_controllen')))}, `
  const parts = [
    `msg_name=${addressAt(call, f.get('msg_name'), shown)}`, `msg_namelen=${lengths}`, `msg_iov=${segmentsText(call, f.get('msg_iov'), f.get('msg_iovlen'), filled)}`,
    `msg_iovlen=${f.get('msg_iovlen')}`, `${control}msg_controllen=${f.get('msg_controllen')}`, `msg_flags=${flagsText(f.get('msg_flags'), messageNames, 'MSG_???')}`,
  ]
  return `{${parts.join(', ')}}`
}

/** msg_namelen of a msghdr; null when it cannot be read. */
export function nameLengthOf(call: TracedCall, at: bigint): number | null {
  const layout = layoutOf(messages, call)
  const bytes = at === 0n ? null : readAt(call, at, layout.size)
  return bytes === null ? null : Number(new Fields<keyof typeof MSGHDR_LP64['fields']>(bytes, layout).get('msg_namelen'))
}

/** Where element `n` of an array of struct mmsghdr lies. */
export function elementAt(call: TracedCall, at: bigint, n: number): bigint {
  return at + BigInt(n * layoutOf(manyLayout, call).size)
}

/**
 * An array of struct mmsghdr.
 *
 * @param text how an element's msghdr is shown, with the bytes that it moved
 * @param done elements whose msg_len the call wrote
 */
export function messagesText(call: TracedCall, at: bigint, count: number, done: number, text: (at: bigint, moved: number, n: number) => string): string {
  if (at === 0n) return 'NULL'
  if (count === 0) return '[]'
  const layout = layoutOf(manyLayout, call)
  const parts: string[] = []
  for (let n = 0; n < count; n++) {
    if (n === 32) {
      parts.push('...')
      break
    }
    const bytes = readAt(call, elementAt(call, at, n), layout.size)
    if (bytes === null) {
      if (n === 0) return addressText(at)
      parts.push(`... /* ${hexText(elementAt(call, at, n))} */`)
      break
    }
    const moved = Number(new Fields<'msg_len'>(bytes, layout).unsigned('msg_len'))
    parts.push(`{msg_hdr=${text(elementAt(call, at, n), moved, n)}${n < done ? `, msg_len=${moved}` : ''}}`)
  }
  return `[${parts.join(', ')}]`
}
