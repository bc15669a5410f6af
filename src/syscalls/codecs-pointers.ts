/** Codecs of pointers. The handler gets a canonical address; 0 is NULL. Reading or writing through it is the handler's job. */
import type { Codec, Direction } from './codec.js'
import { CODE_ADDRESS } from './decode.js'

/**
 * A pointer to one object.
 *
 * @param of the pointee's C type, such as `struct stat` or `const struct iovec`
 * @param dir whether the call reads the object, writes it, or both
 * @example
 * const statOut = /* @__PURE__ *\/ pointer('struct stat', 'out')
 */
export function pointer(of: string, dir: Direction): Codec {
  return { type: `${of} *`, code: CODE_ADDRESS, print: 'struct', kind: 'struct', dir, of: of.replace('const ', '') }
}

/**
 * A pointer to an array whose number of elements is another argument.
 *
 * @param length how many arguments further on the number is; negative is before (default 1)
 */
export function array(of: string, dir: Direction, length = 1): Codec {
  return { type: `${of} *`, code: CODE_ADDRESS, print: 'array', kind: 'array', dir, of: of.replace('const ', ''), length }
}

/**
 * A buffer of bytes whose size is the next argument.
 *
 * @param type the C type, such as `const void *`
 */
export function bytes(dir: Direction, type: string): Codec {
  return { type, code: CODE_ADDRESS, print: 'bytes', kind: 'bytes', dir, length: 1 }
}

/** `void *` of no known extent. */
export const voidPointer: Codec = { type: 'void *', code: CODE_ADDRESS, print: 'address', kind: 'address' }
/** A path: `const char *`, at most PATH_MAX bytes with its NUL. */
export const path: Codec = { type: 'const char *', code: CODE_ADDRESS, print: 'path', kind: 'path', dir: 'in' }
/** A string that ends in NUL: `const char *`. */
export const cstring: Codec = { type: 'const char *', code: CODE_ADDRESS, print: 'string', kind: 'string', dir: 'in' }
/** argv or envp: `const char *const *`. */
export const strings: Codec = { type: 'const char *const *', code: CODE_ADDRESS, print: 'strings', kind: 'strings', dir: 'in' }
/** `const char *`: a buffer that the call reads, its size in the next argument. */
export const bytesIn: Codec = { type: 'const char *', code: CODE_ADDRESS, print: 'bytes', kind: 'bytes', dir: 'in', length: 1 }
/** `char *`: a buffer that the call writes, its size in the next argument. */
export const bytesOut: Codec = { type: 'char *', code: CODE_ADDRESS, print: 'bytes', kind: 'bytes', dir: 'out', length: 1 }
/** `const struct iovec *` whose buffers the call reads; the count is the next argument. */
export const iovecIn: Codec = { type: 'const struct iovec *', code: CODE_ADDRESS, print: 'iovec', kind: 'iovec', dir: 'in', length: 1 }
/** `const struct iovec *` whose buffers the call writes; the count is the next argument. */
export const iovecOut: Codec = { type: 'const struct iovec *', code: CODE_ADDRESS, print: 'iovec', kind: 'iovec', dir: 'out', length: 1 }
/** `sigset_t *` that the call reads. */
export const sigsetIn: Codec = { type: 'sigset_t *', code: CODE_ADDRESS, print: 'sigset', kind: 'sigset', dir: 'in', of: 'sigset_t' }
/** `sigset_t *` that the call writes. */
export const sigsetOut: Codec = { type: 'sigset_t *', code: CODE_ADDRESS, print: 'sigset', kind: 'sigset', dir: 'out', of: 'sigset_t' }
/** `const struct __kernel_timespec *`. */
export const timespecIn: Codec = { type: 'const struct __kernel_timespec *', code: CODE_ADDRESS, print: 'struct', kind: 'struct', dir: 'in', of: 'struct __kernel_timespec' }
/** `struct __kernel_timespec *` that the call writes. */
export const timespecOut: Codec = { type: 'struct __kernel_timespec *', code: CODE_ADDRESS, print: 'struct', kind: 'struct', dir: 'out', of: 'struct __kernel_timespec' }
/** `int *` that the call writes. */
export const intOut: Codec = { type: 'int *', code: CODE_ADDRESS, print: 'struct', kind: 'struct', dir: 'out', of: 'int' }
