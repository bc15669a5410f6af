import { ELOOP, ENOENT, ENOEXEC } from '../abi/errno.js'
import { byteString } from '../base/bytes.js'
import type { BinaryFormat, ExecRequest, LoadResult } from '../kernel/ports/binfmt.js'
import { elf } from './elf.js'
import { firstBytes } from './elf-header.js'

/** Interpreters that are scripts themselves, one after the other (search_binary_handler). */
const MAX_DEPTH = 5
const TAB = 9
const NEWLINE = 10
const SPACE = 32

/** The first line of a script. */
export interface ScriptLine {
  /** Path of the interpreter, a byte string. */
  readonly interpreter: string
  /** All that follows it, as one argument; null for none. */
  readonly argument: string | null
}

/**
 * Reads `#!`. The line is cut at 256 bytes: then the path must end before, while the argument may be cut. Blanks
 * around both are dropped. Linux 6.18: load_script.
 *
 * @param first the file's first 256 bytes, zeros behind its end
 * @returns null when it is no script or names no interpreter
 */
export function parseScript(first: Uint8Array): ScriptLine | null {
  if (first[0] !== 0x23 || first[1] !== 0x21) return null
  const zero = first.indexOf(0)
  let end = first.subarray(0, zero < 0 ? 256 : zero).indexOf(NEWLINE)
  if (end < 0) {
    const from = skipBlanks(first, 2, 255)
    if (from < 0 || terminator(first, from, 255) < 0) return null
    end = 255
  }
  while (isBlank(first[end - 1])) end--
  const name = skipBlanks(first, 2, end)
  if (name < 0 || name === end) return null
  const nameEnd = terminator(first, name, end)
  const from = nameEnd >= 0 && first[nameEnd] !== 0 ? skipBlanks(first, nameEnd, end) : -1
  const interpreter = text(first, name, nameEnd >= 0 && nameEnd < end ? nameEnd : end)
  return { interpreter, argument: from < 0 || from >= end ? null : text(first, from, end) }
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB
}
/** First byte in [from, to] that is no blank, or -1. */
function skipBlanks(bytes: Uint8Array, from: number, to: number): number {
  for (let i = from; i <= to; i++) if (!isBlank(bytes[i])) return i
  return -1
}
/** First blank or NUL in [from, to], or -1. */
function terminator(bytes: Uint8Array, from: number, to: number): number {
  for (let i = from; i <= to; i++) if (isBlank(bytes[i]) || bytes[i] === 0) return i
  return -1
}
function text(bytes: Uint8Array, from: number, to: number): string {
  const s = byteString(bytes, from, to)
  const zero = s.indexOf('\0')
  return zero < 0 ? s : s.slice(0, zero)
}

/**
 * Scripts that begin with `#!`: the interpreter is loaded in their place, with its argument and the script's path
 * before the script's own arguments.
 *
 * @param formats what interpreters may be, besides scripts
 */
export function createScript(formats: readonly BinaryFormat[]): BinaryFormat {
  const load = (request: ExecRequest, path: string, depth: number): LoadResult => {
    const line = parseScript(firstBytes(request.file))
    if (line === null) return -ENOEXEC
    if (request.inaccessible === true) return -ENOENT
    const { interpreter, argument } = line
    const argv = [interpreter, ...(argument === null ? [] : [argument]), path, ...request.argv.slice(1)]
    const file = request.open(interpreter)
    if (typeof file === 'number') return file
    if (depth > MAX_DEPTH) return -ELOOP
    request.replace?.(file)
    const inner: ExecRequest = { ...request, file, argv }
    const nested = load(inner, interpreter, depth + 1)
    if (nested !== -ENOEXEC) return nested
    for (const format of formats) {
      const image = format.load(inner)
      if (image !== -ENOEXEC) return image
    }
    return -ENOEXEC
  }
  return { name: 'script', load: (request) => load(request, request.filename, 1) }
}

/** {@link createScript} for ELF interpreters. */
export const script: BinaryFormat = /* @__PURE__ */ createScript(/* @__PURE__ */ Object.freeze([elf]))
