/**
 * Layout of a task's architectural context in the machine's memory, as byte offsets from `regs`, the base of its
 * register file. On kernels of x86_64 `regs` is the task's `struct pt_regs` at the top of its kernel stack, so that
 * user registers are already where the entry code would save them. Decoded instructions hold these offsets.
 *
 * A task owns 5 consecutive frames: 16 KiB of kernel stack, then one page whose start is `regs + THREAD_AREA` on
 * x86_64 kernels. On i386 kernels (lab profiles) `regs` is a register file of its own in the same format inside that
 * page (`regs + THREAD_AREA` = page + 2048), and entry code really pushes a 17-word frame on the kernel stack.
 */
/** Offsets in `struct pt_regs` of x86_64 (arch/x86/include/asm/ptrace.h, Linux 6.18). */
export const PT_REGS = {
  r15: 0, r14: 8, r13: 16, r12: 24, rbp: 32, rbx: 40, // callee-saved
  r11: 48, r10: 56, r9: 64, r8: 72, rax: 80, rcx: 88, rdx: 96, rsi: 104, rdi: 112, // caller-saved
  orig_rax: 120, // system call number, error code or interrupt number
  rip: 128, cs: 136, rflags: 144, rsp: 152, ss: 160, // what hardware pushes
} as const
/** Bytes of `struct pt_regs`. */
export const PT_REGS_SIZE = 168
/** Offset of general register n in x86 numbering: AX CX DX BX SP BP SI DI R8..R15. */
export const GPR_OFFSET: readonly number[] = [80, 88, 96, 40, 152, 32, 104, 112, 72, 64, 56, 48, 24, 16, 8, 0]

/** Start of the thread area, from `regs`. */
export const THREAD_AREA = 168
/** Offsets in the thread area, from `regs`. */
export const THREAD = {
  zero: 168, // u64, always 0: the register file's "no index, no base"
  tmp0: 176, tmp1: 184, // u64, scratch of the executor
  fsBase: 192, gsBase: 200, kernelGsBase: 208, // u64; kernelGsBase is the inactive one while user code runs
  es: 216, ds: 218, fs: 220, gs: 222, // u16 selectors
  way: 224, // u32, how user code came in (arch/x86/ways.ts): decides the way out
  fpu: 232, // an image in FXSAVE's layout (512 bytes), except that ST registers stand at their *physical* index
  tls: 744, // 3 descriptors of 8 bytes, copied to the GDT's TLS slots when the task runs
  landingPad: 768, // u64, where SYSENTER and 32-bit SYSCALL return to: the vDSO's int80_landing_pad; 0 without a vDSO
  end: 776,
} as const
/** Offsets in the FPU image, from `regs + THREAD.fpu` (Intel SDM volume 1, table 10-2). FTW is FXSAVE's abridged byte (1 = not empty, bit n = physical register n). */
export const FPU = { fcw: 0, fsw: 2, ftw: 4, fop: 6, fip: 8, fdp: 16, mxcsr: 24, mxcsrMask: 28, st: 32, xmm: 160, size: 512 } as const
