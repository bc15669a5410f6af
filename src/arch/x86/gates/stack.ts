import { PT_REGS as P } from '../context-layout.js'
import type { CpuState } from '../cpu-state.js'
import { slotAddress } from '../words.js'

/*
 * Gates work on a register file at byte offset `file`, in context-layout's format: the user's own on a task's kernel
 * stack, or the stepper's. Kernel stacks are reached through the direct map.
 */

/** Pushes 8 bytes, given as halves, onto the stack that rsp names. */
export function push64(cpu: CpuState, file: number, low: number, high: number): void {
  const rsp = slotAddress(cpu.memory, file + P.rsp) - 8
  setRsp(cpu, file, rsp)
  const at = cpu.offset(rsp)
  cpu.memory.view.setUint32(at, low, true)
  cpu.memory.view.setUint32(at + 4, high, true)
}

/** Pushes 4 bytes. */
export function push32(cpu: CpuState, file: number, value: number): void {
  const esp = cpu.memory.u32[(file + P.rsp) >>> 2]! - 4
  setRsp(cpu, file, esp)
  cpu.memory.view.setUint32(cpu.offset(esp), value, true)
}

/** Sets rsp to an address. */
export function setRsp(cpu: CpuState, file: number, rsp: number): void {
  cpu.memory.u32[(file + P.rsp) >>> 2] = rsp >>> 0
  cpu.memory.i32[(file + P.rsp + 4) >>> 2] = Math.floor(rsp / 0x100000000)
}

/** The privilege level: the low bits of cs. */
export function cplOf(cpu: CpuState, file: number): number {
  return cpu.memory.u16[(file + P.cs) >>> 1]! & 3
}

/** Writes a selector, high bytes cleared. */
export function setCs(cpu: CpuState, file: number, cs: number, ss: number): void {
  const i = cpu.memory.i32
  i[(file + P.cs) >>> 2] = cs & 0xffff
  i[(file + P.cs + 4) >>> 2] = 0
  i[(file + P.ss) >>> 2] = ss & 0xffff
  i[(file + P.ss + 4) >>> 2] = 0
}
