import { callerOf } from '../../src/arch/caller.js'
import type { SyscallHost } from '../../src/arch/conventions.js'
import type { Cpu, CpuHost } from '../../src/arch/cpu-port.js'

/** A CPU whose user code is a function of JavaScript, which runs once. */
export function callingCpu(program: (caller: SyscallHost) => void): Cpu {
  let host: CpuHost
  let ran = false
  return {
    name: 'calling', modes: ['x86_64', 'i386'], limits: [{ feature: 'fork', reason: 'the program is a function' }],
    attach: (to) => void (host = to),
    run(regs, _is64, budget) {
      if (ran) return budget
      ran = true
      program(callerOf(host, regs))
      return 1
    },
    flush() {}, invalidate() {}, codeWritten() {}, saveFpu() {}, loadFpu() {}, setBreakpoints() {}, dispose() {},
  }
}
