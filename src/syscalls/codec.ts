import type { DecodeCode } from './decode.js'

/** What an argument is: which values make sense for it, for printers, fuzzers and documentation. */
export type ArgumentKind =
  | 'integer' | 'size' | 'offset' | 'address' | 'value'
  | 'fd' | 'dirfd' | 'path' | 'string' | 'strings' | 'bytes' | 'iovec' | 'struct' | 'array'
  | 'flags' | 'enum' | 'mode' | 'device' | 'signal' | 'sigset'
  | 'pid' | 'uid' | 'gid' | 'clock'

/** Which way data goes through a pointer. */
export type Direction = 'in' | 'out' | 'inout'

/** How an argument is written in traces. `syscallkit/trace` has one printer for each. */
export type PrinterKey =
  | 'int' | 'uint' | 'long' | 'ulong' | 'hex' | 'octal' | 'u64' | 'size' | 'offset' | 'address'
  | 'fd' | 'dirfd' | 'path' | 'string' | 'strings' | 'bytes' | 'iovec' | 'struct' | 'array'
  | 'flags' | 'enum' | 'mode' | 'device' | 'signal' | 'sigset' | 'pid' | 'uid' | 'gid' | 'clock'

/** A raw argument: the two halves of its register. */
export interface RawArgument {
  readonly low: number
  readonly high: number
}

/** What a printer of one's own may look at. */
export interface PrintContext {
  /** All arguments of the call. */
  readonly args: readonly RawArgument[]
  /** The result, or undefined while the call has not returned. */
  readonly result: number | undefined
  /** Bytes of user memory, or null when they cannot be read. */
  readonly bytes: (address: number, length: number) => Uint8Array | null
}

/** The printer of a codec of one's own. */
export type PrintFunction = (raw: RawArgument, context: PrintContext) => string

/**
 * How an argument is declared, decoded and shown. Plain data; `T` is what the handler gets.
 *
 * @example
 * const milliseconds: Codec = { type: 'unsigned int', code: CODE_U32, print: (raw) => `${raw.low >>> 0} ms`, kind: 'integer' }
 */
export interface Codec<T extends number | bigint = number> {
  /** The C type as the kernel declares it. */
  readonly type: string
  /** How it is read from its register. */
  readonly code: DecodeCode
  /** The printer's key, or a printer of one's own. */
  readonly print: PrinterKey | PrintFunction
  readonly kind: ArgumentKind
  /** For pointers: which way data goes. */
  readonly dir?: Direction
  /** For pointers to one or more objects: the pointee, such as `struct stat`, `int`; for bytes it is absent. */
  readonly of?: string
  /** Where the number of bytes or elements is: so many arguments further on (bytes, iovec, array). */
  readonly length?: number
  /** For flags and enumerations: the name of the set, such as `open`. */
  readonly set?: string
  /** For flags and enumerations: the values by name. */
  readonly values?: Readonly<Record<string, number>>
  /** Carries the type of the value; never set. */
  readonly __value?: T
}
