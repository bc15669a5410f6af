import { TRAP } from '../cpu-port.js'
import type { ArchKernel } from '../x86/kernel.js'
import { setTopOfStack } from '../x86/switch-to.js'
import { VECTOR_GP } from '../x86/vectors.js'
import { WAY } from '../x86/ways.js'
import { bootSyscall64 } from '../x86_64/boot.js'
import { enterException, syscall64 } from '../x86_64/enter.js'
import { exitSyscall64 } from '../x86_64/exit-syscall64.js'
import { syscallProfile } from './current.js'

/**
 * The `current` kernel with SYSCALL as its only gate: for small compositions whose programs are 64-bit code that makes
 * system calls in no other way. `int n` and SYSENTER raise #GP here, as with an empty IDT and a null IA32_SYSENTER_CS.
 */
export const syscallGate: ArchKernel = {
  profile: syscallProfile,
  boot: /* @__PURE__ */ bootSyscall64('entry_SYSCALL_64'),
  takeTrap(cpu, regs, trap) {
    if (trap.kind === TRAP.syscall) return syscall64(cpu, cpu.memory.wordsAt(regs), trap.length)
    if (trap.kind === TRAP.fault) enterException(cpu, regs, trap.vector, trap.errorCode, trap.address)
    else enterException(cpu, regs, VECTOR_GP, trap.kind === TRAP.int ? trap.vector * 8 + 2 : 0, 0)
    return WAY.exception
  },
  enterException,
  exitToUser: exitSyscall64,
  switchTo: (cpu, _regs, stackTop) => setTopOfStack(cpu, cpu.address(stackTop)),
}
