/**
 * The ways into the kernel. A task keeps the one it came in by at `THREAD.way`, because it decides the way out:
 * SYSRET is open only to those who came by SYSCALL, SYSEXIT only to SYSENTER.
 */
export const WAY = {
  /** Not in the kernel by an instruction of its own: a new task, or the timer. Leaves by IRET. */
  none: 0,
  /** SYSCALL in 64-bit mode. */
  syscall64: 1,
  /** `int $0x80`, from any mode. */
  int80: 2,
  /** SYSENTER through the vDSO of a 32-bit task. */
  sysenter32: 3,
  /** SYSCALL in 32-bit code; AMD only. */
  syscall32: 4,
  /** An exception: {@link CpuState.exception} says which. */
  exception: 5,
} as const

/** How `exitToUser` left. */
export const EXIT = {
  /** SYSRETQ to 64-bit code. */
  sysret64: 1,
  /** SYSRETL to 32-bit code. */
  sysret32: 2,
  /** SYSEXIT to 32-bit code; i386 kernels and x86_64 ones before 4.5. */
  sysexit32: 3,
  /** IRET. */
  iret: 4,
  /** IRET faulted on the user's frame: {@link CpuState.exception} is to be delivered as if user code had raised it. */
  fault: 5,
} as const

/** Byte offsets of a call's six arguments from `regs`. */
export type ArgSlots = readonly [number, number, number, number, number, number]
/** Those of 64-bit callers: rdi rsi rdx r10 r8 r9. */
export const ARGS_X86_64: ArgSlots = [112, 104, 96, 56, 72, 64]
/** Those of 32-bit callers: ebx ecx edx esi edi ebp; only the low halves count. */
export const ARGS_I386: ArgSlots = [40, 88, 96, 104, 112, 32]

/** What a system call asks for; one object per CPU, overwritten by the next entry. */
export interface SyscallEntry {
  /** Table the number belongs to: one of ABI. */
  abi: number
  /** Number in that table (x32: without bit 30); negative when it can be in none. */
  nr: number
  /** Where its arguments are. */
  args: ArgSlots
}

/** An exception to be handled by the kernel; one object per CPU, overwritten by the next one. */
export interface ExceptionRecord {
  /** Vector, 0 to 31. */
  vector: number
  /** Error code, 0 for vectors without one. */
  errorCode: number
  /** CR2 for #PF, else 0; canonical number. */
  address: number
}
