import type { CpuState } from '../x86/cpu-state.js'
import { VECTOR_GP } from '../x86/vectors.js'
import { EXIT, WAY } from '../x86/ways.js'
import { iretToUser, sysretToUser64 } from './exit.js'
import { WAY_SLOT } from './slots.js'

/**
 * The way out of a kernel whose only gate is SYSCALL of 64-bit code, and which loads no GDT: IRET finds no descriptor
 * for any other selector than those of SYSRET.
 *
 * @returns one of EXIT, as exitToUser
 */
export function exitSyscall64(cpu: CpuState, regs: number): number {
  if (sysretToUser64(cpu, regs)) return EXIT.sysret64
  const w = cpu.memory.wordsAt(regs)
  w[WAY_SLOT] = WAY.none
  return iretToUser(cpu, w, noDescriptors)
}

const noDescriptors = (_cpu: CpuState, cs: number): number => (VECTOR_GP << 16) | (cs & 0xfffc)
