import { PT_REGS_SIZE } from './context-layout.js'

/** Bytes of a task's kernel stack (THREAD_SIZE); the page of its thread area follows. */
export const THREAD_SIZE = 4 * 4096

/** A kernel's architecture: where a task's registers lie in its context frames. */
export interface Architecture {
  readonly name: 'x86_64' | 'i386'
  /** From the first byte of the context frames to the register file. */
  readonly regsOffset: number
}

/** x86_64 kernels: the register file is `struct pt_regs` at the top of the kernel stack. */
export const x86_64: Architecture = { name: 'x86_64', regsOffset: THREAD_SIZE - PT_REGS_SIZE }
/** i386 kernels: a register file of its own; entry code pushes a 17-word frame on the kernel stack. */
export const i386: Architecture = { name: 'i386', regsOffset: THREAD_SIZE + 2048 - PT_REGS_SIZE }
