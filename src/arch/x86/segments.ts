import { THREAD } from './context-layout.js'
import type { CpuState } from './cpu-state.js'
import { descriptorOffset, fetchDescriptor } from './gdt.js'
import { VECTOR_GP, VECTOR_NP, VECTOR_SS } from './vectors.js'

/** Segment registers in x86 numbering; CS cannot be loaded by a move. */
export const SREG = { es: 0, cs: 1, ss: 2, ds: 3, fs: 4, gs: 5 } as const

/** Byte offset of a selector from `regs`: es, cs, ss, ds, fs, gs. cs and ss live in pt_regs. */
export const SELECTOR_OFFSET: readonly number[] = [THREAD.es, 136, 160, THREAD.ds, THREAD.fs, THREAD.gs]

/**
 * `mov sreg, r16` (and pop, lds …) of user code: null, limit, type, privilege and presence checks, then selector and
 * hidden base (Intel SDM volume 2, MOV). A null selector in fs or gs clears the base on Intel and leaves it on AMD.
 *
 * @param sreg one of SREG, not cs
 * @returns -1, or vector << 16 | error code of the fault that it raises
 */
export function loadSegment(cpu: CpuState, regs: number, sreg: number, selector: number): number {
  const error = selector & 0xfffc
  const cpl = cpu.memory.u16[(regs + SELECTOR_OFFSET[SREG.cs]!) >>> 1]! & 3
  const rpl = selector & 3
  if (error === 0) {
    if (sreg === SREG.ss) return VECTOR_GP << 16 // ring 3 never runs on a null stack segment
    setSelector(cpu, regs, sreg, selector)
    if (sreg >= SREG.fs && !cpu.amd) setBase(cpu, regs, sreg, 0)
    return -1
  }
  const d = fetchDescriptor(cpu, selector)
  if (d === null || !d.s) return (VECTOR_GP << 16) | error
  if (sreg === SREG.ss) {
    if (rpl !== cpl || (d.type & 10) !== 2 || d.dpl !== cpl) return (VECTOR_GP << 16) | error
    if (!d.present) return (VECTOR_SS << 16) | error
  } else {
    if ((d.type & 10) === 8) return (VECTOR_GP << 16) | error // execute-only code
    if ((d.type & 12) !== 12 && Math.max(rpl, cpl) > d.dpl) return (VECTOR_GP << 16) | error
    if (!d.present) return (VECTOR_NP << 16) | error
  }
  if ((d.type & 1) === 0) cpu.memory.u8[descriptorOffset(cpu, selector) + 5]! |= 1 // accessed
  setSelector(cpu, regs, sreg, selector)
  if (sreg >= SREG.fs) setBase(cpu, regs, sreg, d.base)
  return -1
}

/**
 * Checks a far jump, call or return of user code within ring 3, and says what the new code segment is.
 *
 * @returns -1 when cs may become `selector` (its RPL forced to 3), or vector << 16 | error code
 */
export function checkFarBranch(cpu: CpuState, selector: number, isReturn: boolean): number {
  const error = selector & 0xfffc
  if (error === 0) return VECTOR_GP << 16
  const d = fetchDescriptor(cpu, selector)
  if (d === null || !d.s || (d.type & 8) === 0) return (VECTOR_GP << 16) | error // call gates and task gates are not modelled: Linux has none
  const rpl = selector & 3
  if (isReturn && rpl !== 3) return (VECTOR_GP << 16) | error
  if ((d.type & 4) !== 0 ? d.dpl > 3 : d.dpl !== 3) return (VECTOR_GP << 16) | error
  if (d.long && d.big) return (VECTOR_GP << 16) | error
  return d.present ? -1 : (VECTOR_NP << 16) | error
}

/** Writes a selector without loading anything. */
export function setSelector(cpu: CpuState, regs: number, sreg: number, selector: number): void {
  cpu.memory.u16[(regs + SELECTOR_OFFSET[sreg]!) >>> 1] = selector
}
/** Reads a selector. */
export function getSelector(cpu: CpuState, regs: number, sreg: number): number {
  return cpu.memory.u16[(regs + SELECTOR_OFFSET[sreg]!) >>> 1]!
}

/** Writes the hidden base of fs or gs; canonical number. Bases of other segments are zero for Linux's programs. */
export function setBase(cpu: CpuState, regs: number, sreg: number, base: number): void {
  const i = (regs + (sreg === SREG.fs ? THREAD.fsBase : THREAD.gsBase)) >>> 2
  cpu.memory.u32[i] = base >>> 0
  cpu.memory.i32[i + 1] = Math.floor(base / 0x100000000)
}
/** Reads the hidden base of fs or gs; canonical number. */
export function getBase(cpu: CpuState, regs: number, sreg: number): number {
  const i = (regs + (sreg === SREG.fs ? THREAD.fsBase : THREAD.gsBase)) >>> 2
  return cpu.memory.i32[i + 1]! * 0x100000000 + cpu.memory.u32[i]!
}
