import { PT_REGS as P } from './x86/context-layout.js'
import type { SyscallAbi } from '../abi/number-table.js'

/** Where a system call's number, arguments and result are, and what does not survive it: the kernel's side. */
export interface CallingConvention {
  readonly abi: SyscallAbi
  /** Slot of the number and of the result. */
  readonly number: number
  /** Slots of the six arguments. */
  readonly args: readonly number[]
  /** Slots that the call changes besides the result. */
  readonly clobbers: readonly number[]
  /** Width of a register, in bytes. */
  readonly width: 4 | 8
  /** Instruction that libc uses. */
  readonly trap: 'syscall' | 'int80'
}

/** SYSCALL of 64-bit programs (System V ABI x86-64, A.2.1): rcx and r11 are the processor's. */
export const SYSCALL_X86_64: CallingConvention = /* @__PURE__ */ conventionOfSyscall('x86_64')
/** SYSCALL of x32 programs: numbers have bit 30 set. */
export const SYSCALL_X32: CallingConvention = /* @__PURE__ */ conventionOfSyscall('x32')
/** `int $0x80`: everything but eax survives. */
export const SYSCALL_I386: CallingConvention = {
  abi: 'i386', number: P.rax, args: [P.rbx, P.rcx, P.rdx, P.rsi, P.rdi, P.rbp], clobbers: [], width: 4, trap: 'int80',
}

function conventionOfSyscall(abi: 'x86_64' | 'x32'): CallingConvention {
  return { abi, number: P.rax, args: [P.rdi, P.rsi, P.rdx, P.r10, P.r8, P.r9], clobbers: [P.rcx, P.r11], width: 8, trap: 'syscall' }
}

/** A C function's arguments in registers, 64-bit (System V ABI x86-64, 3.2.3): the fourth is rcx, which SYSCALL takes. */
export const FUNCTION_ARGS_X86_64: readonly number[] = [P.rdi, P.rsi, P.rdx, P.rcx, P.r8, P.r9]

/** Something with registers that can trap: a machine's CPU, or anything that answers like one. */
export interface SyscallHost {
  /** Reads a slot of PT_REGS, sign-extended to 64 bits. */
  get: (slot: number) => bigint
  /** Writes a slot of PT_REGS. */
  set: (slot: number, value: bigint) => void
  /** Takes the gate: returns when user code would go on. */
  trap: (kind: 'syscall' | 'int80') => void
}

/** What libc's wrappers hand to C: the result, or -1 and errno. */
export interface LibcResult {
  readonly result: bigint
  /** 0 when the call succeeded. */
  readonly errno: number
}

const conventionOf = (abi: SyscallAbi): CallingConvention => (abi === 'i386' ? SYSCALL_I386 : abi === 'x32' ? SYSCALL_X32 : SYSCALL_X86_64)
const X32_BIT = 0x40000000n

/**
 * A system call as libc's `INLINE_SYSCALL` makes it: number and arguments into registers, the trap, and results from
 * -4095 to -1 turned into -1 and errno. Registers that hold no argument keep what they had.
 *
 * @example
 * inlineSyscall(host, 'x86_64', 39, []) // getpid
 */
export function inlineSyscall(host: SyscallHost, abi: SyscallAbi, nr: number, args: readonly (number | bigint)[]): LibcResult {
  const convention = conventionOf(abi)
  if (args.length > 6) throw new RangeError(`a system call has at most 6 arguments, got ${args.length}`)
  args.forEach((arg, i) => host.set(convention.args[i]!, truncate(BigInt(arg), convention.width)))
  host.set(convention.number, abi === 'x32' ? BigInt(nr) | X32_BIT : truncate(BigInt(nr), convention.width))
  host.trap(convention.trap)
  const raw = host.get(convention.number)
  const result = convention.width === 4 ? BigInt.asIntN(32, raw) : BigInt.asIntN(64, raw)
  return result < 0n && result >= -4095n ? { result: -1n, errno: Number(-result) } : { result, errno: 0 }
}

const truncate = (value: bigint, width: 4 | 8): bigint => BigInt.asUintN(width * 8, value)

/**
 * `long syscall(long number, …)`: the function's arguments lie where C puts them, one register behind the kernel's, and
 * the sixth on the stack; they are moved as libc's assembly moves them, then the gate is taken.
 *
 * @param args number, then up to six arguments
 */
export function libcSyscall(host: SyscallHost, abi: SyscallAbi, ...args: readonly (number | bigint)[]): LibcResult {
  const [nr = 0, ...rest] = args
  if (abi !== 'i386') { // rdi=nr rsi rdx rcx r8 r9, sixth argument on the stack
    [nr, ...rest].slice(0, 6).forEach((arg, i) => host.set(FUNCTION_ARGS_X86_64[i]!, truncate(BigInt(arg), 8)))
    const moved = [P.rsi, P.rdx, P.rcx, P.r8, P.r9].map((slot) => host.get(slot))
    return inlineSyscall(host, abi, Number(BigInt.asIntN(64, BigInt(nr))), [...moved, BigInt.asUintN(64, BigInt(rest[5] ?? 0))]) // all six, given or not
  }
  const saved = [P.rbx, P.rsi, P.rdi, P.rbp].map((slot) => [slot, host.get(slot)] as const) // callee-saved in C
  const out = inlineSyscall(host, abi, Number(nr), rest)
  for (const [slot, value] of saved) host.set(slot, value)
  return out
}
