/** System calls of the library alone: the "CPU" only raises the trap again and again. */
import { TRAP, type Cpu, type CpuHost, type Trap } from '../src/arch/cpu-port.js'
import { x86_64 } from '../src/arch/x86/architecture.js'
import { current as arch } from '../src/arch/profiles/current.js'
import { PT_REGS } from '../src/arch/x86/context-layout.js'
import { tableI386 } from '../src/abi/generated/table-i386.js'
import { tableX86_64 } from '../src/abi/generated/table-x86_64.js'
import { Machine } from '../src/machine/machine.js'
import { defineSyscall, userSyscall, type SyscallDef } from '../src/syscalls/define.js'
import type { Operation } from './measure.js'
import { insertMapping } from '../src/memory/mappings.js'

const getpid = defineSyscall('getpid', { args: [], run: (task) => task.group.tgid })
const FIRST_OWN = 1000

/** Handlers that are functions of their own, as those of a kernel are: closures of one function would share their shape. */
const handlers = (count: number): SyscallDef<string, [], []>[] =>
  Array.from({ length: count }, (_, i) => userSyscall(`own${i}`, { nr: FIRST_OWN + i, args: [], run: new Function('task', `return task.group.tgid + ${i} - ${i}`) as () => number }))

const profile = {
  name: 'current', release: undefined, arch,
  system: { sysname: 'Linux', release: '6.18.0', version: '#1 SMP', machine: 'x86_64', cpus: 1 },
}

/** A machine whose one task is the current one, in user mode with the given code segment. */
async function machineWith(cs: number, count: number): Promise<{ host: CpuHost; regs: number; u32: Uint32Array; pid: number }> {
  let host!: CpuHost
  const cpu: Cpu = {
    name: 'none', modes: ['x86_64', 'i386'], limits: [],
    attach: (to) => void (host = to),
    run: (_regs, _is64, budget) => budget,
    flush() {}, invalidate() {}, codeWritten() {}, saveFpu() {}, loadFpu() {}, setBreakpoints() {}, dispose() {},
  }
  const machine = new Machine({
    arch: x86_64, profile, cpu, syscalls: [getpid, ...handlers(count)],
    abis: [{ name: 'x86_64', table: tableX86_64, compat: false }, { name: 'i386', table: tableI386, compat: true }],
  })
  const task = machine.spawn(null)
  insertMapping(task.mm, { start: 0x10000, end: 0x20000, prot: 3, maxProt: 7, flags: 0, backing: null, offset: 0, label: null })
  await machine.run({ maxInstructions: 2 })
  const { u32 } = host.memory
  const put = (offset: number, value: number): void => void (u32[(task.regs + offset) >> 2] = value)
  for (const [offset, value] of [[PT_REGS.cs, cs], [PT_REGS.ss, 0x2b], [PT_REGS.rflags, 0x246], [PT_REGS.rip, 0x11000], [PT_REGS.rsp, 0x18000], [PT_REGS.rbp, 0x18000]] as const) put(offset, value)
  task.memory.putU32(0x18000, 0)
  return { host, regs: task.regs, u32, pid: task.pid }
}

/**
 * Calls through the whole modelled path: hardware, entry code, dispatch, handler, work on the way out, exit code, with
 * pt_regs in memory throughout.
 *
 * @param kind one of TRAP
 * @param count 0 for number `nr`, else how many handlers are called in turn
 */
export async function gate(name: string, kind: number, cs: number, nr: number, count: number, aim?: number): Promise<Operation> {
  const { host, regs, u32, pid } = await machineWith(cs, count)
  const trap: Trap = { kind, vector: kind === TRAP.int ? 0x80 : 0, errorCode: 0, address: 0, length: 2, software: 'int' }
  const rax = (regs + PT_REGS.rax) >> 2, rip = (regs + PT_REGS.rip) >> 2, bp = (regs + PT_REGS.rbp) >> 2
  const numbers = count === 0 ? [nr] : Array.from({ length: count }, (_, i) => FIRST_OWN + i)
  return {
    name, ...(aim === undefined ? {} : { aim }),
    run(n) {
      for (let i = 0, k = 0; i < n; i++) {
        u32[rax] = numbers[k]!
        u32[rax + 1] = 0
        u32[rip] = 0x11000
        u32[bp] = 0x18000
        if (!host.trap(trap)) throw new Error(`${name}: the task does not go on`)
        if (++k === numbers.length) k = 0
      }
      if (u32[rax] !== pid) throw new Error(`${name}: getpid gave ${u32[rax]}`)
    },
  }
}
