import type { PhysicalMemory } from '../memory/physical.js'

/** Why user code stopped. */
export const TRAP = {
  /** The SYSCALL instruction; rip is still at the instruction, {@link Trap.length} is its length. */
  syscall: 1,
  /** The SYSENTER instruction. */
  sysenter: 2,
  /** `int n`, int3 (0xcc), into, int1: {@link Trap.vector} is n; `software` says which. */
  int: 3,
  /** A fault or exception: vector, error code and address (CR2) are set; rip is at the instruction. */
  fault: 4,
  /** The instruction budget is used up. */
  budget: 5,
  /** A breakpoint set by a debugger was reached; rip is at it, the instruction did not run. */
  breakpoint: 6,
} as const

/** What access a translation is for: the page-fault error code's W and I/D bits (Intel SDM volume 3, 4.7). */
export const ACCESS = { read: 0, write: 2, execute: 16 } as const

/** The record of the last trap; one mutable object per CPU, valid until the next `run`. */
export interface Trap {
  /** One of {@link TRAP}. */
  kind: number
  /** Vector of an interrupt or fault. */
  vector: number
  /** Error code of a fault that pushes one, else 0. */
  errorCode: number
  /** Faulting linear address for #PF as a canonical number; 0 otherwise. */
  address: number
  /** Bytes of the trapping instruction (system calls and software interrupts). */
  length: number
  /** For TRAP.int: 'int' for CD n, 'int3' for CC, 'into' for CE, 'int1' for F1. */
  software: 'int' | 'int3' | 'into' | 'int1'
}

/** What a CPU asks of the machine it drives. */
export interface CpuHost {
  readonly memory: PhysicalMemory
  /**
   * Resolves a page of the current task's address space, bringing it in when the kernel can.
   *
   * @param page linear address of a page, canonical number
   * @param access one of {@link ACCESS}
   * @returns byte offset of the frame in memory, plus 1 when it may also be written without asking again; negative:
   *   the access faults, `~result` is the #PF error code (P, W, U, I bits)
   */
  translate: (page: number, access: number) => number
  /** Answers a trap in place, as hardware would by entering the kernel. True: go on running the current context. */
  trap: (trap: Trap) => boolean
  /** Reads the 8 bytes of the descriptor that a selector names into `out` (low, high half); false beyond the table's limit. */
  readDescriptor?: (selector: number, out: Int32Array) => boolean
  /** RDTSC's value as [low, high] 32-bit halves; written to the two elements of `out`. */
  readTsc: (out: Int32Array) => void
}

/**
 * A CPU that executes user code. Property functions, so that TypeScript rejects an embedder that lacks one.
 * The reference CPU works on the context in place; a foreign CPU copies it in and out around each trap.
 */
export interface Cpu {
  /** Name for messages. */
  readonly name: string
  /** Which code it can run. */
  readonly modes: readonly ('x86_64' | 'i386')[]
  /** What it cannot do, each with its reason; shown in the support table. */
  readonly limits: readonly { feature: 'fork' | 'shared-mappings' | 'fpu-state' | 'single-step' | 'x86_64'; reason: string }[]
  /** Connects it to its machine; called once. */
  attach: (host: CpuHost) => void
  /**
   * Runs the context at `regs` (see context-layout) until `host.trap` answers false.
   *
   * @param regs byte offset of the register file
   * @param is64 whether user code runs in 64-bit mode (cs.L)
   * @param budget most instructions to retire; REP counts each iteration
   * @returns instructions retired
   */
  run: (regs: number, is64: boolean, budget: number) => number
  /** The current address space changed: all translations are stale. */
  flush: () => void
  /** Translations of `pages` pages from `page` on are stale (unmapped, protected, replaced, made copy-on-write). */
  invalidate: (page: number, pages: number) => void
  /** Bytes of frame `frame` were written by somebody else: code decoded from it is stale. */
  codeWritten: (frame: number) => void
  /** Writes the context's FPU and SSE state as an FXSAVE image (512 bytes) to `out`, byte offset in memory; `is64` as for FXSAVE64's XMM8-15. */
  saveFpu: (regs: number, out: Uint8Array) => void
  /** Loads an FXSAVE image; reserved MXCSR bits were checked by the caller. */
  loadFpu: (regs: number, image: Uint8Array) => void
  /** Sets breakpoints, all at once; canonical linear addresses. */
  setBreakpoints: (addresses: readonly number[]) => void
  /** Gives back the memory that it can do without, such as decoded code; called between runs. */
  release?: () => void
  /** Frees what attach took. */
  dispose: () => void
}
