/**
 * From registers to arguments, as `SYSCALL_DEFINEx` does it (include/linux/syscalls.h): `__SC_LONG` makes every
 * argument a 64-bit register, `__SC_CAST` casts it to the declared type, so an `int` takes the low 32 bits and a
 * `umode_t` the low 16, whatever lies above; `__SC_TEST` refuses types wider than a register. For 32-bit tasks
 * `SC_IA32_REGS_TO_ARGS` cuts every register to 32 bits first: `long` is then sign-extended, everything else is
 * zero-extended (arch/x86/include/asm/syscall_wrapper.h), and a 64-bit argument comes as two.
 */
import { addressFrom, signed64, unsigned64 } from '../abi/int64.js'

/** `int`, `pid_t`, `compat_long_t`: the low 32 bits, signed. */
export const CODE_I32 = 0
/** `unsigned int`, `u32`, compat pointers: the low 32 bits, unsigned. */
export const CODE_U32 = 1
/** `long`: signed, exact to 2^53, beyond that rounded away from zero. */
export const CODE_LONG = 2
/** `loff_t`: like `long`, but zero-extended from 32 bits when a 32-bit task passes it in one register. */
export const CODE_LOFF = 3
/** `size_t`, `unsigned long`: unsigned, exact to 2^53, beyond that rounded up to a multiple of 2048 (so that page rounding is still right). */
export const CODE_SIZE = 4
/** A pointer: a canonical number, or {@link nonCanonical}. */
export const CODE_ADDRESS = 5
/** `umode_t`, `old_uid_t`: the low 16 bits, unsigned. */
export const CODE_U16 = 6
/** An exact `u64` as a bigint. */
export const CODE_U64 = 7
/** An exact `u64` of which a 32-bit task passes the low half. */
export const CODE_U64_LOW = 8

/** Any of the `CODE_*` numbers. */
export type DecodeCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** The memory that holds the registers; `PhysicalMemory` is one. */
export interface RegisterView {
  readonly u32: Uint32Array
}

/** The code that reads the same argument of a 32-bit task. */
export function decodeCode32(code: DecodeCode): DecodeCode {
  switch (code) {
    case CODE_LONG: return CODE_I32
    case CODE_LOFF: case CODE_SIZE: case CODE_ADDRESS: return CODE_U32
    case CODE_U64: return CODE_U64_LOW
    default: return code
  }
}

/**
 * Reads one argument.
 *
 * @param code one of `CODE_*`
 * @param u32 the memory that holds the registers, as 32-bit words
 * @param index of the register's low half
 */
export function decodeArg(code: DecodeCode, u32: Uint32Array, index: number): number | bigint {
  // V8 inlines this only while it is small; values that fit 32 bits must not become doubles (measured: 15 ns an argument)
  if (code === CODE_I32) return u32[index]! | 0
  if (code <= CODE_ADDRESS) {
    // from 0 to 2^47 the wide codes read the same
    const high = u32[index + 1]!
    if (high === 0 || code === CODE_U32) return u32[index]!
    if (high < 0x8000) return high * 0x100000000 + u32[index]!
  }
  return decodeRest(code, u32[index]!, u32[index + 1]!)
}

function decodeRest(code: DecodeCode, low: number, high: number): number | bigint {
  switch (code) {
    case CODE_U16: return low & 0xffff
    case CODE_ADDRESS: return addressFrom(low, high)
    case CODE_SIZE: return unsigned64(low, high)
    case CODE_U64: return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
    case CODE_U64_LOW: return BigInt(low >>> 0)
    default: return signed64(low, high)
  }
}
