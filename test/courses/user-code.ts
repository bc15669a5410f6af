import type { SyscallHost } from 'syscallkit/x86_64'
import { PT_REGS } from 'syscallkit/x86_64'
import { createLinux, type LinuxOptions } from 'syscallkit/presets/current'
import { callingCpu } from '../machine/calling-cpu.js'

/** Runs a function as user code of a kernel, with the selectors of a new program there; gives what it returned. */
export async function asUserCode<T>(options: LinuxOptions, program: (caller: SyscallHost) => T): Promise<T> {
  const seen: T[] = []
  const cpu = callingCpu((caller) => void seen.push(program(caller)))
  const machine = createLinux({ ...options, cpu })
  const { selectors: { userCs, user32Cs, userDs }, kernel } = machine.cpuState.profile
  const { regs } = machine.spawn(null)
  const cs = kernel === 'i386' ? user32Cs : userCs
  const registers = [[PT_REGS.cs, cs], [PT_REGS.ss, userDs], [PT_REGS.rflags, 0x246], [PT_REGS.rip, 0x401000], [PT_REGS.rsp, 0x7fff0000]] as const
  for (const [at, value] of registers) machine.memory.view.setUint32(regs + at, value, true)
  await machine.run({ maxInstructions: 1 })
  machine.dispose()
  return seen[0]!
}
