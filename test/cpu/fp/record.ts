/** The record that oracle.c reads and writes: one instruction, its operands and what it left. */
export const RECORD = { size: 672, code: 1, rax: 16, eflags: 24, trap: 28, memory: 32, fxsave: 160 } as const

/** Offsets of the FXSAVE image in the record. */
export const IMAGE = { fcw: 160, fsw: 162, ftw: 164, mxcsr: 184, st: 192, xmm: 320 } as const

/** Bytes of a record that are compared: all but code, instruction pointers and MXCSR_MASK, and what FXSAVE leaves alone. */
export function compared(offset: number): boolean {
  if (offset < RECORD.rax) return false
  if (offset >= 166 && offset < 184 || offset >= 188 && offset < 192) return false
  return offset < IMAGE.xmm + 256
}
