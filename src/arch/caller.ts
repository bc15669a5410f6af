import { SyscallkitError } from '../base/errors.js'
import type { SyscallHost } from './conventions.js'
import { type CpuHost, TRAP } from './cpu-port.js'
import { PT_REGS } from './x86/context-layout.js'

/**
 * The caller's side on a machine: registers of the context at `regs`, and traps that the machine answers. For CPUs
 * whose user code is written in JavaScript: use it inside `run`.
 *
 * @param host what the machine gave to the CPU's `attach`
 * @param regs byte offset of the register file, as `run` gets it
 * @throws SyscallkitError ERR_SYSCALLKIT_WAITS from a call that does not return at once: it waits, or has ended the task
 * @example
 * const { result } = inlineSyscall(callerOf(host, regs), 'x86_64', 39, []) // getpid
 */
export function callerOf(host: CpuHost, regs: number): SyscallHost {
  return {
    get: (slot) => host.memory.view.getBigInt64(regs + slot, true),
    set: (slot, value) => host.memory.view.setBigUint64(regs + slot, BigInt.asUintN(64, value), true),
    trap: (kind) => {
      const trap = { kind: kind === 'syscall' ? TRAP.syscall : TRAP.int, vector: kind === 'syscall' ? 0 : 0x80, errorCode: 0, address: 0, length: 2, software: 'int' } as const
      if (host.trap({ ...trap })) return
      const nr = host.memory.view.getInt32(regs + PT_REGS.orig_rax, true)
      throw new SyscallkitError('ERR_SYSCALLKIT_WAITS', `system call ${nr} does not return now`, { hint: 'It waits, gives way to another task, or has ended this one: return from `run`.' })
    },
  }
}
