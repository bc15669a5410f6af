/**
 * The ops that the executor's loop does itself where their memory is in the TLB; all others are a call away. They are
 * nine of ten ops of busybox's sort, awk, sed, gzip and sha256sum, and of compiled loops, for x86_64 and i386 (counted).
 * The loop has to stay small: beyond about 30 kB of WebAssembly V8 gives up its better register allocator (loops take
 * 1.4 times as long, measured), and compiling it outlasts short programs.
 *
 * Families of op-table.mjs with the numbers of their ops in it.
 */
export const HOT = {
  ALU_RR: [2, 3, 6, 18, 22, 23, 26, 28], // add, or, and, sub, xor; cmp of bytes
  ALU_RI: [2, 3, 18, 19, 22, 23, 26],
  ALU_RM: [2, 3, 23],
  ALU_MR: [2, 26, 28, 30, 31],
  TEST_RR: [2],
  MOV_RR: [2, 3],
  MOV_RI: [0, 2],
  MOV_RM: [0, 2, 3],
  MOV_MR: [0, 2, 3],
  MOV_RM_BASE: [0, 2, 3],
  MOV_MR_BASE: [0, 2, 3],
  MOV_MI: [0, 2, 3],
  ZX_RR: [1],
  ZX_RM: [1, 2],
  SX_RR: [5],
  SX_RM: [3, 5],
  LEA: [1, 2],
  ADDRESS: [0],
  INC_R: [2, 3],
  INC_M: [2],
  DEC_R: [2, 3],
  SHL_RI: [0, 1],
  SHR_RI: [0, 1],
  ROL_QUIET: [0],
  ROR_QUIET: [0],
  IMUL_RR: [1],
  IMUL_RRI: [1],
  CMOV32_R: [5],
  PUSH_R: [1, 2],
  POP_R: [1, 2],
  VECTOR_RR: [0, 4, 12, 17],
  SSE_R: [0],
  X87_R: [0],
  JMP: [0],
  JMP_M: [1],
  // Conditions: 4 and 5 are E and NE, 6 and 7 BE and A, 14 and 15 LE and G.
  JCC: [4, 5],
  JCC_SUB: [4, 5, 14],
  JCC_LOGIC: [4, 5],
  CMPJ_RR: [2, 5, 15, 21],
  CMPJ_RI: [4, 20, 21, 22, 23, 36, 37, 38],
  CMPJ_RM: [19],
  CMPJ_MI: [4, 5, 21, 37],
  TESTJ_RR: [4, 5, 20, 21, 36, 37],
  TESTJ_RI: [4, 5],
  CALL: [0, 1],
  RET: [0, 1],
  GATE: [0],
}
