/** A system call as strace's printers see it: raw registers, user memory, and, when it has returned, its result. */

/** Bytes of user memory, or null when any of them cannot be read. */
export type ReadMemory = (address: number, length: number) => Uint8Array | null

/** One call that is being traced. */
export class TracedCall {
  /** Six arguments as 32-bit halves, low first, copied when the call came in. */
  readonly halves: Int32Array
  /** Bytes of a `long` of the calling ABI. */
  readonly word: 4 | 8
  readonly read: ReadMemory
  /** The user's stack pointer when the call came in; sigreturn's frame is there. */
  readonly sp: number
  /** The result; 0 until the call returned. */
  result = 0
  /** Whether the result is an errno. */
  failed = false
  /** What {@link CallPrinter.entry} read when the call came in. */
  noted: readonly (string | number | null)[] = []

  constructor(halves: Int32Array, word: 4 | 8, read: ReadMemory, sp = 0) {
    this.halves = halves
    this.word = word
    this.read = read
    this.sp = sp
  }

  /** Argument as `int`. */
  i32(i: number): number {
    return this.halves[2 * i]! | 0
  }
  /** Argument as `unsigned int`. */
  u32(i: number): number {
    return this.halves[2 * i]! >>> 0
  }
  /** Argument as `unsigned long`: all that the register holds. */
  ulong(i: number): bigint {
    return (BigInt(this.halves[2 * i + 1]! >>> 0) << 32n) | BigInt(this.u32(i))
  }
  /** Argument as `long`. */
  long(i: number): bigint {
    return this.word === 4 ? BigInt(this.i32(i)) : BigInt.asIntN(64, this.ulong(i))
  }
  /** 64-bit number in one register, or on i386 in two from `i` on. */
  wide(i: number): bigint {
    return this.word === 8 ? this.ulong(i) : (BigInt(this.u32(i + 1)) << 32n) | BigInt(this.u32(i))
  }
  /** Bytes at the address that an argument holds. */
  at(i: number, length: number): Uint8Array | null {
    return readAt(this, this.ulong(i), length)
  }
}

/** Bytes at a 64-bit address; null when it is not canonical, above what a 32-bit call can mean, or not readable. */
export function readAt(call: TracedCall, address: bigint, length: number): Uint8Array | null {
  const signed = BigInt.asIntN(64, address)
  if (signed < -(1n << 47n) || signed >= 1n << 47n || (call.word === 4 && address >> 32n !== 0n)) return null
  return length === 0 ? new Uint8Array(0) : call.read(Number(signed), length)
}

/** Prints one argument; `i` is the register it starts in. */
export type Print = (call: TracedCall, i: number) => string

/** A printer that has to wait for the call's return, because the call writes what it prints. */
export interface AfterPrint {
  readonly after: Print
  /** No comma before it: it goes on with the argument before. */
  readonly glue?: true
}

/** An argument of a call's printer. */
export type Arg = Print | AfterPrint

/** How a whole call is printed, where its arguments alone do not say it. */
export interface CallPrinter {
  /** One printer per shown argument, in order; argument n uses register n unless {@link from} says otherwise. */
  readonly args: readonly Arg[] | ((call: TracedCall) => readonly Arg[])
  /** Reads what the call will overwrite and its printers need; runs when the call comes in. */
  readonly entry?: (call: TracedCall) => readonly (string | number | null)[]
  /** What stands after `= ` when the call succeeded. */
  readonly result?: (call: TracedCall) => string
}

/** The printer of argument `i` at another place of the list. */
export function from(i: number, arg: Arg): Arg {
  return typeof arg === 'function' ? (call) => arg(call, i) : { ...arg, after: (call) => arg.after(call, i) }
}

/** Prints when the call has returned: what it wrote, or the address when it failed. */
export function out(print: Print): AfterPrint {
  return { after: (call, i) => (call.failed ? address(call, i) : print(call, i)) }
}

/** `0x1f`, and 0 for zero, as C's `%#lx`. */
export function hexText(value: bigint | number): string {
  return value === 0 || value === 0n ? '0' : `0x${value.toString(16)}`
}

/** An address: NULL or hexadecimal. */
export function addressText(value: bigint): string {
  return value === 0n ? 'NULL' : hexText(value)
}

/** `int`. */
export const int: Print = (call, i) => String(call.i32(i))
/** `unsigned int`. */
export const uint: Print = (call, i) => String(call.u32(i))
/** `long`. */
export const long: Print = (call, i) => String(call.long(i))
/** `unsigned long`. */
export const ulong: Print = (call, i) => String(call.ulong(i))
/** `int` in hexadecimal. */
export const hex32: Print = (call, i) => hexText(call.u32(i))
/** `long` in hexadecimal. */
export const hex: Print = (call, i) => hexText(call.ulong(i))
/** A pointer that is not followed. */
export const address: Print = (call, i) => addressText(call.ulong(i))
/** A descriptor. */
export const fd: Print = int
/** A directory's descriptor. */
export const dirfd: Print = (call, i) => (call.i32(i) === -100 ? 'AT_FDCWD' : int(call, i))
/** Permission bits: `0644`, at least three digits. */
export const mode: Print = (call, i) => octalText(call.u32(i) & 0xffff)
/** A user or group id; all ones is -1. */
export const id: Print = (call, i) => (call.u32(i) === 0xffffffff ? '-1' : uint(call, i))
/** A 16-bit user or group id. */
export const id16: Print = (call, i) => ((call.u32(i) & 0xffff) === 0xffff ? '-1' : String(call.u32(i) & 0xffff))

/** C's `%#03o`. */
export function octalText(value: number): string {
  const digits = value.toString(8)
  return value === 0 ? '000' : `0${digits}`.padStart(3, '0')
}
