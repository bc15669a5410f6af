/** Numbers of the functions that ops of family HELPER ask TypeScript for. */
export const HELPER = {
  /** int3 and int1; imm2: 0xcc, 0xf1. */
  interrupt: 0,
  breakpoint: 1,
  cpuid: 2, rdtsc: 3, rdtscp: 4,
  /** imm2: number of the segment register, ES CS SS DS FS GS. src: slot of the selector, or memory. */
  loadSegment: 5, loadSegmentMemory: 6,
  /** imm2: segment register | operand size << 8. */
  popSegment: 7,
  /** LDS and its like; imm2: segment register | operand size << 8; dst: register. */
  loadFar: 8,
  /** imm2: operand size; selector in the op's disp for the direct forms. */
  farJump: 9, farCall: 10, farJumpMemory: 11, farCallMemory: 12,
  /** imm2: operand size | bytes to release << 8. */
  farReturn: 13,
  iret: 14,
  bound: 15, enter: 16, xlat: 17, into: 18,
  /** imm2: 0 LAR, 1 LSL, 2 VERR, 3 VERW; operand size << 8; dst, src slots, or memory. */
  describe: 19, describeMemory: 20,
  /** ARPL: dst, src slots, or memory. */
  arpl: 21, arplMemory: 22,
  /** A near branch with a 16-bit instruction pointer; imm2: 0 call rel, 1 call rm, 2 jmp rm, 3 ret. */
  near16: 23, near16Memory: 24,
} as const
