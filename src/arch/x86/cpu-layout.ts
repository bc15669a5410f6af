/**
 * Where a CPU's own bytes lie, from `CpuState.base`: two frames of the machine's memory. Interrupt stacks are small
 * because nothing nests on them here; the I/O bitmap gets frames of its own when a task first asks for ports.
 */
export const CPU = {
  gdt: 0, // 32 descriptors
  tss: 256, // 104 bytes; see TSS64 and TSS32
  percpu: 384, // what gs: or fs: reaches inside the kernel; see PERCPU
  file: 512, // register file of the stepper, in context-layout's format up to THREAD.fpu
  entryStack: 768, // 512 bytes, the stack that interrupts from user mode start on since 4.15
  ist: 1280, // four stacks of 512 bytes: #DF, NMI, #DB, #MC
  registers: 3328, // quadwords, see CREG
  idt: 4096, // 256 gates of 16 (long mode) or 8 bytes
  size: 8192,
  entryStackSize: 512, istSize: 512,
} as const

/** The 64-bit TSS (Intel SDM volume 3, figure 8-11). */
export const TSS64 = { rsp0: 4, rsp1: 12, rsp2: 20, ist1: 36, ioMapBase: 102, size: 104 } as const
/** The 32-bit TSS (Intel SDM volume 3, figure 8-2). */
export const TSS32 = { esp0: 4, ss0: 8, esp1: 12, ss1: 16, esp2: 20, ss2: 24, ioMapBase: 102, size: 104 } as const

/** Per-CPU variables that entry code uses, from `CpuState.base + CPU.percpu`. */
export const PERCPU = {
  /** Top of the running task's kernel stack: `cpu_current_top_of_stack`, `kernel_stack` before 4.2. */
  topOfStack: 0,
  /** Scratch for the user's RSP: `old_rsp`, before the TSS's sp2 took over in 4.11. */
  oldRsp: 8,
} as const
