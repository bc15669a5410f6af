/**
 * Codecs of numbers: how they are declared in C, read from a register and shown. Each is a constant of its own, so
 * that a bundle carries those that are used. Pointers are in codecs-pointers.ts.
 */
import type { Codec } from './codec.js'
import { CODE_ADDRESS, CODE_I32, CODE_LOFF, CODE_LONG, CODE_SIZE, CODE_U16, CODE_U32, CODE_U64, type DecodeCode } from './decode.js'

/** `int`. */
export const int: Codec = { type: 'int', code: CODE_I32, print: 'int', kind: 'integer' }
/** `unsigned int`. */
export const uint: Codec = { type: 'unsigned int', code: CODE_U32, print: 'uint', kind: 'integer' }
/** `long`. */
export const long: Codec = { type: 'long', code: CODE_LONG, print: 'long', kind: 'integer' }
/** `unsigned long` that is a number: exact to 2^53, above it rounded up. */
export const ulong: Codec = { type: 'unsigned long', code: CODE_SIZE, print: 'ulong', kind: 'integer' }
/** `unsigned long` that is an address (brk, mmap, futex arguments): a canonical number. */
export const address: Codec = { type: 'unsigned long', code: CODE_ADDRESS, print: 'address', kind: 'address' }
/** `unsigned long` of any meaning, exact (ptrace data, prctl arguments). */
export const ulong64: Codec<bigint> = { type: 'unsigned long', code: CODE_U64, print: 'u64', kind: 'value' }
/** `__u64`, exact. */
export const u64: Codec<bigint> = { type: '__u64', code: CODE_U64, print: 'u64', kind: 'value' }
/** `u32`. */
export const u32: Codec = { type: 'u32', code: CODE_U32, print: 'uint', kind: 'integer' }
/** `size_t`. */
export const sizeT: Codec = { type: 'size_t', code: CODE_SIZE, print: 'size', kind: 'size' }
/** `unsigned long` that is a length in bytes (mmap's len) or a count. */
export const ulongSize: Codec = { type: 'unsigned long', code: CODE_SIZE, print: 'size', kind: 'size' }
/** `loff_t`. */
export const loffT: Codec = { type: 'loff_t', code: CODE_LOFF, print: 'offset', kind: 'offset' }
/** `off_t` (a `long`). */
export const offT: Codec = { type: 'off_t', code: CODE_LONG, print: 'offset', kind: 'offset' }
/** `pid_t`. */
export const pid: Codec = { type: 'pid_t', code: CODE_I32, print: 'pid', kind: 'pid' }
/** `uid_t`; -1 is 0xffffffff. */
export const uid: Codec = { type: 'uid_t', code: CODE_U32, print: 'uid', kind: 'uid' }
/** `gid_t`; -1 is 0xffffffff. */
export const gid: Codec = { type: 'gid_t', code: CODE_U32, print: 'gid', kind: 'gid' }
/** `old_uid_t`, 16 bits; -1 is 0xffff. */
export const uid16: Codec = { type: 'old_uid_t', code: CODE_U16, print: 'uid', kind: 'uid' }
/** `old_gid_t`, 16 bits; -1 is 0xffff. */
export const gid16: Codec = { type: 'old_gid_t', code: CODE_U16, print: 'gid', kind: 'gid' }
/** A descriptor declared `int`. */
export const fd: Codec = { type: 'int', code: CODE_I32, print: 'fd', kind: 'fd' }
/** A descriptor declared `unsigned int` (read, write, close, ioctl, …). */
export const ufd: Codec = { type: 'unsigned int', code: CODE_U32, print: 'fd', kind: 'fd' }
/** A descriptor declared `unsigned long` (readv and its kin). */
export const fdLong: Codec = { type: 'unsigned long', code: CODE_SIZE, print: 'fd', kind: 'fd' }
/** A directory's descriptor or AT_FDCWD, declared `int`. */
export const atFd: Codec = { type: 'int', code: CODE_I32, print: 'dirfd', kind: 'dirfd' }
/** `umode_t`: 16 bits. */
export const mode: Codec = { type: 'umode_t', code: CODE_U16, print: 'mode', kind: 'mode' }
/** A device number as user space passes it: 32 bits, declared `unsigned`. */
export const dev: Codec = { type: 'unsigned', code: CODE_U32, print: 'device', kind: 'device' }
/** A signal number, declared `int`. */
export const signal: Codec = { type: 'int', code: CODE_I32, print: 'signal', kind: 'signal' }
/** `const clockid_t`. */
export const clockId: Codec = { type: 'const clockid_t', code: CODE_I32, print: 'clock', kind: 'clock' }
/** `key_t` of System V IPC. */
export const keyT: Codec = { type: 'key_t', code: CODE_I32, print: 'hex', kind: 'integer' }
/** `timer_t`. */
export const timerId: Codec = { type: 'timer_t', code: CODE_I32, print: 'int', kind: 'integer' }
/** `mqd_t`. */
export const mqd: Codec = { type: 'mqd_t', code: CODE_I32, print: 'fd', kind: 'fd' }

/**
 * A set of flags.
 *
 * @param set the set's name; printers find special forms by it
 * @param values the flags by name, as in `src/abi/flags`
 * @param type the C type (default `int`)
 * @example
 * const openFlags = /* @__PURE__ *\/ flags('open', OPEN_FLAGS)
 */
export function flags(set: string, values: Readonly<Record<string, number>>, type = 'int'): Codec {
  return { type, code: numberCode(type), print: 'flags', kind: 'flags', set, values }
}

/**
 * One of a list of values; parameters as for {@link flags}.
 *
 * @example
 * const whence = /* @__PURE__ *\/ enumeration('seek', SEEK, 'unsigned int')
 */
export function enumeration(set: string, values: Readonly<Record<string, number>>, type = 'int'): Codec {
  return { type, code: numberCode(type), print: 'enum', kind: 'enum', set, values }
}

/**
 * The same argument under another C type: `typed(pid, 'const pid_t')`. How it is read does not change.
 *
 * @example
 * const clock = /* @__PURE__ *\/ typed(clockId, 'clockid_t')
 */
export function typed<T extends number | bigint>(codec: Codec<T>, type: string): Codec<T> {
  return { ...codec, type }
}

function numberCode(type: string): DecodeCode {
  switch (type) {
    case 'unsigned long': case 'size_t': return CODE_SIZE
    case 'long': return CODE_LONG
    case 'unsigned int': case 'unsigned': case 'u32': case '__u32': case 'const __u32': return CODE_U32
    default: return CODE_I32
  }
}
