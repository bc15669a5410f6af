/** Strings and buffers as strace quotes them. */
import { addressText, hexText, readAt, type Print, type TracedCall } from './call.js'

/** Most bytes of a string that are shown (`-s`). */
export const MAX_STRING = 32
/** Most bytes of a path: PATH_MAX without its NUL. */
const MAX_PATH = 4095

const escapes: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r', 34: '\\"', 92: '\\\\' }

/** Quotes bytes: C escapes, then octal, as short as the next character allows. */
export function quote(bytes: Uint8Array): string {
  let text = '"'
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    const escape = escapes[byte]
    if (escape !== undefined) text += escape
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte)
    else {
      const next = bytes[i + 1] ?? 0
      text += `\\${next >= 0x30 && next <= 0x39 ? byte.toString(8).padStart(3, '0') : byte.toString(8)}`
    }
  }
  return `${text}"`
}

/** Reads up to a NUL or `most` bytes. Null when memory ends before either. */
function readString(call: TracedCall, at: bigint, most: number): { bytes: Uint8Array; ended: boolean } | null {
  const bytes: number[] = []
  for (let done = 0; done < most; ) {
    const from = at + BigInt(done)
    const step = Math.min(most - done, 64 - Number(from & 63n)) // never past the page that the last byte is on
    const part = readAt(call, from, step)
    if (part === null) return null
    const end = part.indexOf(0)
    bytes.push(...(end < 0 ? part : part.subarray(0, end)))
    if (end >= 0) return { bytes: Uint8Array.from(bytes), ended: true }
    done += step
  }
  return { bytes: Uint8Array.from(bytes), ended: false }
}

/** A string at an address, cut after `most` bytes. */
export function stringText(call: TracedCall, at: bigint, most: number): string {
  if (at === 0n) return 'NULL'
  const found = readString(call, at, most + 1)
  if (found === null) return hexText(at)
  return found.ended || found.bytes.length <= most ? quote(found.bytes) : `${quote(found.bytes.subarray(0, most))}...`
}

/** `length` bytes at an address; what does not fit is left out. */
export function bytesText(call: TracedCall, at: bigint, length: number): string {
  if (at === 0n) return 'NULL'
  const bytes = readAt(call, at, Math.min(length, MAX_STRING + 1))
  if (bytes === null) return hexText(at)
  return length > MAX_STRING ? `${quote(bytes.subarray(0, MAX_STRING))}...` : quote(bytes)
}

/** A path. */
export const path: Print = (call, i) => stringText(call, call.ulong(i), MAX_PATH)
/** A string. */
export const string: Print = (call, i) => stringText(call, call.ulong(i), MAX_STRING)
/** A buffer whose length is the argument `after` places on. */
export const buffer = (after = 1): Print => (call, i) => bytesText(call, call.ulong(i), clamp(call.ulong(i + after)))
/** A buffer that the call filled with as many bytes as it returned. */
export const filled: Print = (call, i) => bytesText(call, call.ulong(i), call.result)

function clamp(length: bigint): number {
  return length > 0xffffffffn ? 0xffffffff : Number(length)
}

/** argv or envp: the strings in brackets. */
export const strings: Print = (call, i) => {
  const parts: string[] = []
  const start = call.ulong(i)
  if (start === 0n) return 'NULL'
  for (let n = 0; ; n++) {
    const pointer = readPointer(call, start + BigInt(n * call.word))
    if (pointer === null) return n === 0 ? hexText(start) : `[${[...parts, `... /* ${hexText(start + BigInt(n * call.word))} */`].join(', ')}]`
    if (pointer === 0n) return `[${parts.join(', ')}]`
    if (n === MAX_STRING) return `[${[...parts, '...'].join(', ')}]`
    parts.push(stringText(call, pointer, MAX_STRING))
  }
}

/** envp, abbreviated: its address and how many strings there are. */
export const environment: Print = (call, i) => {
  const start = call.ulong(i)
  let n = 0
  while (start !== 0n) {
    const pointer = readPointer(call, start + BigInt(n * call.word))
    if (pointer === null) return hexText(start)
    if (pointer === 0n) return `${hexText(start)} /* ${n} var${n === 1 ? '' : 's'} */`
    n++
  }
  return addressText(start)
}

/** A pointer in memory, or null. */
export function readPointer(call: TracedCall, at: bigint): bigint | null {
  const bytes = readAt(call, at, call.word)
  if (bytes === null) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return call.word === 8 ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true))
}
