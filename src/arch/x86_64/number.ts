import { ABI } from '../../abi/number-table.js'
import type { CpuState } from '../x86/cpu-state.js'
import { ARGS_I386, ARGS_X86_64 } from '../x86/ways.js'

const X32_BIT = 0x40000000

/** Which call a 64-bit caller's RAX names (`do_syscall_64`): sets `cpu.entry`. */
export function setEntry64(cpu: CpuState, low: number, high: number): void {
  const { entry } = cpu
  entry.abi = ABI.x86_64
  entry.nr = low | 0
  entry.args = ARGS_X86_64
  const { numberWidth, x32MasksNumber } = cpu.profile.differences
  if (high !== 0 && numberWidth === 'long' && !(cpu.x32 && x32MasksNumber)) entry.nr = -1 // in no table
  else if (cpu.x32 && entry.nr >= X32_BIT) {
    entry.abi = ABI.x32
    entry.nr -= X32_BIT
  }
}

/** A 32-bit caller's call: sets `cpu.entry`. */
export function setEntry32(cpu: CpuState, nr: number): void {
  const { entry } = cpu
  entry.nr = nr
  if (entry.args !== ARGS_I386) {
    entry.args = ARGS_I386
    entry.abi = ABI.i386
  }
}
