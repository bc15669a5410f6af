/** Structures that grow with Linux and come with their size, and those of capabilities. */
import { CAP, CAP_VERSIONS } from '../../abi/flags/capability.js'
import { CLONE, CLONE3 } from '../../abi/flags/clone.js'
import { addressText, hexText, readAt, type Arg, type Print, type TracedCall } from './call.js'
import { all, flagsText, nameText } from './flags.js'
import { signalText } from './signal-structs.js'

/** 64-bit words of a structure whose size is the next argument; null when it is too small or cannot be read. */
export function sizedWords(call: TracedCall, i: number, least: number): DataView | null {
  const size = call.ulong(i + 1)
  if (call.ulong(i) === 0n || size < BigInt(least)) return null
  const bytes = readAt(call, call.ulong(i), least)
  return bytes === null ? null : new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** What follows the words that strace 6.1 knows: nothing, bytes that are not zero, or `???` when they cannot be read. */
export function unknownTail(call: TracedCall, i: number, known: number): string {
  const size = Number(call.ulong(i + 1))
  if (size <= known) return ''
  const bytes = size > 65536 ? null : readAt(call, call.ulong(i) + BigInt(known), size - known)
  if (bytes === null) return ', ???'
  if (bytes.every((byte) => byte === 0)) return ''
  return `, /* bytes ${known}..${size - 1} */ "${Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`
}

const SMALLEST = 64
const LARGEST = 88
const cloneNames = /* @__PURE__ */ [.../* @__PURE__ */ all(CLONE), .../* @__PURE__ */ all(CLONE3)]

/** struct clone_args, and what the call put at the addresses in it. */
export const cloneArgs: Arg = {
  after(c, i) {
    const view = sizedWords(c, i, SMALLEST)
    if (view === null) return addressText(c.ulong(i))
    const word = (n: number): bigint => view.getBigUint64(8 * n, true)
    const value = word(0)
    const has = (...bits: number[]): boolean => bits.some((bit) => (value & BigInt(bit)) !== 0n)
    const parts = [`flags=${value === 0n ? '0' : flagsText(value, cloneNames, 'CLONE_???')}`]
    if (has(CLONE.CLONE_PIDFD)) parts.push(`pidfd=${addressText(word(1))}`)
    if (has(CLONE.CLONE_CHILD_SETTID, CLONE.CLONE_CHILD_CLEARTID)) parts.push(`child_tid=${addressText(word(2))}`)
    if (has(CLONE.CLONE_PARENT_SETTID)) parts.push(`parent_tid=${addressText(word(3))}`)
    const signal = Number(word(4))
    parts.push(`exit_signal=${signal === 0 ? '0' : signalText(signal)}`, `stack=${addressText(word(5))}`, `stack_size=${hexText(word(6))}`)
    if (has(CLONE.CLONE_SETTLS)) parts.push(`tls=${hexText(word(7))}`)
    const results = c.failed ? [] : [...(has(CLONE.CLONE_PIDFD) ? [`pidfd=${numberAt(c, word(1))}`] : []), ...(has(CLONE.CLONE_PARENT_SETTID) ? [`parent_tid=${numberAt(c, word(3))}`] : [])]
    return `{${parts.join(', ')}${unknownTail(c, i, LARGEST)}}${results.length === 0 ? '' : ` => {${results.join(', ')}}`}`
  },
}

function numberAt(call: TracedCall, at: bigint): string {
  const bytes = readAt(call, at, 4)
  return bytes === null ? addressText(at) : `[${new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, true)}]`
}

/** cap_user_header_t. */
export const capHeader: Print = (c, i) => {
  const bytes = c.ulong(i) === 0n ? null : readAt(c, c.ulong(i), 8)
  if (bytes === null) return addressText(c.ulong(i))
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
  return `{version=${nameText(BigInt(view.getUint32(0, true)), all(CAP_VERSIONS), '_LINUX_CAPABILITY_VERSION_???')}, pid=${view.getInt32(4, true)}}`
}

const capNames = /* @__PURE__ */ all(CAP)

/** cap_user_data_t: three sets, of two words each from version 2 on. */
export const capData: Print = (c, i) => {
  const header = readAt(c, c.ulong(i - 1), 4)
  const version = header === null ? 0 : new DataView(header.buffer, header.byteOffset, 4).getUint32(0, true)
  const words = version === CAP_VERSIONS._LINUX_CAPABILITY_VERSION_2 || version === CAP_VERSIONS._LINUX_CAPABILITY_VERSION_3 ? 2 : 1
  const bytes = c.ulong(i) === 0n || header === null ? null : readAt(c, c.ulong(i), 12 * words)
  if (bytes === null) return addressText(c.ulong(i))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const set = (n: number): string => {
    const value = BigInt(view.getUint32(4 * n, true)) | (words === 2 ? BigInt(view.getUint32(12 + 4 * n, true)) << 32n : 0n)
    const names = capNames.flatMap(([name, bit]) => ((value >> bit) & 1n) === 1n ? [`1<<${name}`] : [])
    const rest = value >> 41n
    return [...names, ...(rest === 0n ? [] : [hexText(rest << 41n)])].join('|') || '0'
  }
  return `{effective=${set(0)}, permitted=${set(1)}, inheritable=${set(2)}}`
}
