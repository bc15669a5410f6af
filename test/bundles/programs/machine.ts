/** A machine with one gate, three calls and a CPU of thirty lines; its own table of numbers, so that the kernel's stays out. */
import { Machine, defineSyscall, int, userSyscall } from 'syscallkit'
import { PT_REGS, TRAP, syscallGate, x86_64 } from 'syscallkit/x86_64'
import type { Cpu, CpuHost } from 'syscallkit/x86_64'


type Call = readonly [nr: number, ...args: number[]]

/** A CPU whose program is a list of system calls. */
function scriptedCpu(program: readonly Call[], results: number[]): Cpu {
  let host: CpuHost
  let next = 0
  const arguments64 = [PT_REGS.rdi, PT_REGS.rsi, PT_REGS.rdx]
  return {
    name: 'scripted', modes: ['x86_64'], limits: [{ feature: 'fork', reason: 'the program is a list' }],
    attach: (to) => void (host = to),
    run(regs, _is64, budget) {
      for (let retired = 0; retired < budget; retired++) {
        const [nr, ...args] = program[next++]!
        const set = (offset: number, value: number): void => host.memory.view.setBigInt64(regs + offset, BigInt(value), true)
        set(PT_REGS.rax, nr)
        arguments64.forEach((offset, i) => set(offset, args[i] ?? 0))
        const goOn = host.trap({ kind: TRAP.syscall, vector: 0, errorCode: 0, address: 0, length: 2, software: 'int' })
        results.push(Number(host.memory.view.getBigInt64(regs + PT_REGS.rax, true)))
        if (!goOn) return retired + 1
      }
      return budget
    },
    flush() {}, invalidate() {}, codeWritten() {}, saveFpu() {}, loadFpu() {}, setBreakpoints() {}, dispose() {},
  }
}

const getpid = defineSyscall('getpid', { args: [], run: (task) => task.group.tgid })
const exit = defineSyscall('exit_group', { args: [['error_code', int]], run(task, code) {
  task.kernel.exitGroup(task.group, (code & 0xff) << 8)
  return 0
} })
const double = userSyscall('double', { nr: 1000, args: [['n', int]], run: (_task, n) => 2 * n })

const profile = {
  name: 'small', release: undefined, arch: syscallGate,
  system: { sysname: 'Linux', release: '6.18.0', version: '#1', machine: 'x86_64', cpus: 1 },
}
const abi = { name: 'x86_64', table: { abi: 'x86_64', bit: 0, base: '2.6', rows: '39 getpid\n231 exit_group' }, compat: false } as const

const results: number[] = []
const cpu = scriptedCpu([[39], [1000, 21], [999], [231, 3]], results)
const machine = new Machine({ arch: x86_64, profile, abis: [abi], syscalls: [getpid, exit, double], cpu })
const { regs } = machine.spawn(null) // no program: its registers are set here
for (const [offset, value] of [[PT_REGS.cs, 0x33], [PT_REGS.ss, 0x2b], [PT_REGS.rflags, 0x202], [PT_REGS.rip, 0x401000]] as const)
  machine.memory.view.setUint32(regs + offset, value, true)
const { status } = await machine.run()
console.log(`getpid ${results[0]}, double(21) ${results[1]}, number 999 ${results[2]}, exit status ${status}`)
