import type { CpuState } from './cpu-state.js'
import { fetchDescriptor } from './gdt.js'
import { VECTOR_GP, VECTOR_NP, VECTOR_SS } from './vectors.js'

/**
 * Checks that IRET makes at CPL 0 before it returns to an outer ring (Intel SDM volume 2, IRET, RETURN-TO-OUTER-PRIVILEGE-LEVEL).
 *
 * @param low low half of the new RIP
 * @param high high half of it
 * @returns -1 when the frame is good, else vector << 16 | error code
 */
export function iretFault(cpu: CpuState, cs: number, ss: number, low: number, high: number): number {
  const rpl = cs & 3
  if ((cs & 0xfffc) === 0) return VECTOR_GP << 16
  const code = fetchDescriptor(cpu, cs)
  if (code === null || !code.s || (code.type & 8) === 0) return (VECTOR_GP << 16) | (cs & 0xfffc)
  if ((code.type & 4) !== 0 ? code.dpl > rpl : code.dpl !== rpl) return (VECTOR_GP << 16) | (cs & 0xfffc)
  if (code.long && code.big) return (VECTOR_GP << 16) | (cs & 0xfffc)
  if (!code.present) return (VECTOR_NP << 16) | (cs & 0xfffc)
  if ((ss & 0xfffc) === 0) return VECTOR_GP << 16 // never valid in ring 3
  const stack = fetchDescriptor(cpu, ss)
  if (stack === null || (ss & 3) !== rpl || !stack.s || (stack.type & 10) !== 2 || stack.dpl !== rpl) return (VECTOR_GP << 16) | (ss & 0xfffc)
  if (!stack.present) return (VECTOR_SS << 16) | (ss & 0xfffc)
  const long = cpu.profile.kernel === 'x86_64' && code.long
  if (long ? high !== low48Sign(high) : low >>> 0 > code.limit) return VECTOR_GP << 16
  return -1
}

/** The high half with bits 48 to 63 equal to bit 47: what a canonical address has. */
function low48Sign(high: number): number {
  return (high << 16) >> 16
}

/** Whether a code selector is 64-bit code. */
export function isLongCode(cpu: CpuState, cs: number): boolean {
  if (cpu.profile.kernel === 'i386') return false
  const code = fetchDescriptor(cpu, cs)
  return code !== null && code.long
}

/** Fault-class vectors save RF set: all but #DB, #BP and #OF (Intel SDM volume 3, 18.3.1.1). */
export function isFault(vector: number): boolean {
  return vector !== 1 && vector !== 3 && vector !== 4
}
