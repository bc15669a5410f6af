import { E2BIG, ENOMEM } from '../abi/errno.js'
import { bytesOf } from '../base/bytes.js'
import type { AddressSpace } from '../memory/address-space.js'
import { PAGE_SIZE } from '../memory/layout.js'
import { UserMemory } from '../memory/user-memory.js'
import { PROT, VM } from '../memory/vma.js'
import { pageStart, type ProgramKind } from './layout.js'
import { insertMapping } from '../memory/mappings.js'

/** Longest argument or environment string with its NUL (MAX_ARG_STRLEN: 32 pages). */
const MAX_ARG_STRLEN = 131_072
/** Room the stack gets below the strings at once (setup_arg_pages). */
const STACK_EXPAND = 131_072

/** Strings of a new program on its stack. */
export interface ArgumentStack {
  /** Lowest address used. */
  readonly pointer: number
  /** The filename (AT_EXECFN). */
  readonly filename: number
  readonly argv: readonly string[]
  readonly envp: readonly string[]
  readonly bytes: Uint8Array
}

/**
 * Lays out the strings below the top of the stack: arguments, environment, filename, one kernel word.
 * Linux: bprm_stack_limits and copy_strings (fs/exec.c): a quarter of the stack's limit, at most 6 MiB, at least 128 KiB,
 * less the pointers to the strings.
 *
 * @returns -E2BIG when they are too long
 */
export function layOutStrings(
  kind: ProgramKind, filename: string, argv: readonly string[], envp: readonly string[], stackLimit: number,
): ArgumentStack | number {
  const args = argv.length === 0 ? [''] : argv // a program gets at least an empty argv[0] (Linux 5.18)
  const pointers = (Math.max(argv.length, 1) + envp.length) * kind.kernelWord
  const limit = Math.max(Math.min(6 << 20, Math.floor(stackLimit / 4)), 131_072)
  if (limit <= pointers) return -E2BIG
  let length = filename.length + 1
  for (const s of [...args, ...envp]) {
    if (s.length + 1 > MAX_ARG_STRLEN) return -E2BIG
    length += s.length + 1
  }
  if (length > limit - pointers) return -E2BIG
  const pointer = kind.taskSize - kind.kernelWord - length
  const text = [...args, ...envp, filename].join('\0') + '\0'
  return { pointer, filename: kind.taskSize - kind.kernelWord - filename.length - 1, argv: args, envp, bytes: bytesOf(text) }
}

/**
 * Maps the stack and writes the strings to it. Linux: setup_arg_pages.
 *
 * @param exec whether the stack is executable
 * @returns 0 or -ENOMEM
 */
export function mapStack(space: AddressSpace, kind: ProgramKind, strings: ArgumentStack, stackLimit: number, exec: boolean): number {
  const end = kind.taskSize
  const used = end - pageStart(strings.pointer)
  const limit = stackLimit === Infinity ? Infinity : pageStart(stackLimit)
  const start = end - Math.max(used, Math.min(limit, used + STACK_EXPAND))
  const prot = PROT.read | PROT.write | (exec ? PROT.exec : 0)
  insertMapping(space, { start, end, prot, maxProt: 7, flags: VM.growsDown, backing: null, offset: 0, label: '[stack]' })
  space.stackLimit = Math.max(stackLimit, PAGE_SIZE)
  return new UserMemory(space).copyTo(strings.pointer, strings.bytes) === strings.bytes.length ? 0 : -ENOMEM
}
