import { PhysicalMemory } from '../../src/memory/physical.js'
import { TRAP, type Trap } from '../../src/arch/cpu-port.js'
import { bootCpu } from '../../src/arch/x86/boot.js'
import { PT_REGS, PT_REGS_SIZE } from '../../src/arch/x86/context-layout.js'
import { CpuState, type CpuStateOptions } from '../../src/arch/x86/cpu-state.js'
import type { ArchKernel } from '../../src/arch/x86/kernel.js'
import { switchTo } from '../../src/arch/x86/switch-to.js'

/** Names of pt_regs slots that programs see. */
export const USER_REGS = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rflags', 'rip'] as const
/** One of {@link USER_REGS}. */
export type UserReg = (typeof USER_REGS)[number]

/** A booted CPU with one task, whose registers can be set and read. */
export function machineOf(kernel: ArchKernel, options: CpuStateOptions = {}) {
  const memory = new PhysicalMemory()
  const cpu = new CpuState(memory, kernel.profile, options)
  bootCpu(cpu, kernel.boot)
  const task = memory.allocateRun(5) * 4096
  const regs = kernel.profile.kernel === 'x86_64' ? task + 4 * 4096 - PT_REGS_SIZE : task + 4 * 4096 + 2048 - PT_REGS_SIZE
  switchTo(cpu, regs, task + 4 * 4096)
  const get = (at: number): bigint => memory.view.getBigUint64(regs + at, true)
  const set = (at: number, v: bigint): void => memory.view.setBigUint64(regs + at, BigInt.asUintN(64, v), true)
  return {
    memory, cpu, regs, task, get, set,
    /** Sets registers of a native case. */
    load(values: Record<string, string>): void {
      for (const name of USER_REGS) set(PT_REGS[name], BigInt(values[name] ?? '0'))
    },
    /** All user registers. */
    registers: () => Object.fromEntries(USER_REGS.map((name) => [name, get(PT_REGS[name])])),
    trap: (kind: keyof typeof TRAP, more: Partial<Trap> = {}, read: (a: number) => number = () => -1): number =>
      kernel.takeTrap(cpu, regs, { kind: TRAP[kind], vector: 0, errorCode: 0, address: 0, length: 2, software: 'int', ...more }, read),
    exit: () => kernel.exitToUser(cpu, regs),
  }
}
