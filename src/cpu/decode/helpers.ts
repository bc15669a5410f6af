/** Numbers of the functions that ops of family HELPER ask TypeScript for. */
export const HELPER = {
  syscall: 0, sysenter: 1,
  /** imm2: 0xcd00 | n for int n, 0xcc, 0xce, 0xf1. */
  interrupt: 2,
  breakpoint: 3,
  cpuid: 4, rdtsc: 5, rdtscp: 6,
  /** imm2: number of the segment register, ES CS SS DS FS GS. src: slot of the selector, or memory. */
  loadSegment: 7, loadSegmentMemory: 8,
  /** imm2: segment register | operand size << 8. */
  popSegment: 9,
  /** LDS and its like; imm2: segment register | operand size << 8; dst: register. */
  loadFar: 10,
  /** imm2: operand size; selector in the op's disp for the direct forms. */
  farJump: 11, farCall: 12, farJumpMemory: 13, farCallMemory: 14,
  /** imm2: operand size | bytes to release << 8. */
  farReturn: 15,
  iret: 16,
  bound: 17, enter: 18, xlat: 19, into: 20,
  /** imm2: 0 LAR, 1 LSL, 2 VERR, 3 VERW; operand size << 8; dst, src slots, or memory. */
  describe: 21, describeMemory: 22,
  /** ARPL: dst, src slots, or memory. */
  arpl: 23, arplMemory: 24,
  /** A near branch with a 16-bit instruction pointer; imm2: 0 call rel, 1 call rm, 2 jmp rm, 3 ret. */
  near16: 25, near16Memory: 26,
} as const
