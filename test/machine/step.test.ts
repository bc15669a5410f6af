import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SyscallkitError } from '../../src/base/errors.js'
import { PT_REGS, PT_REGS_SIZE } from '../../src/arch/x86/context-layout.js'
import type { Task } from '../../src/kernel/task.js'
import type { Machine } from '../../src/machine/machine.js'
import type { MachineStep } from '../../src/machine/stepping.js'
import { createLinux, type LinuxOptions } from '../../src/presets/current.js'
import { DATA, Program } from '../system/assembler.js'
import { blockingPrograms, type BlockingName } from '../system/blocking-programs.js'

const NR = { write: 1, getpid: 39, exit: 60 } as const

const names = Object.keys(blockingPrograms) as BlockingName[]

/** getpid, write, exit(7). */
const program = new Program().put(DATA, 'stepped\n').call(NR.getpid).call(NR.write, 1, DATA, 8).call(NR.exit, 7).elf()

function start(elf: Uint8Array, options: LinuxOptions = {}): { machine: Machine; task: Task; output: () => string } {
  const written: Uint8Array[] = []
  const machine = createLinux({ stepping: true, stdout: (bytes: Uint8Array) => void written.push(bytes.slice()), ...options })
  return { machine, task: machine.spawn(elf, { argv: ['/program'], path: '/program' }), output: () => Buffer.concat(written).toString('latin1') }
}

const registers = ({ machine, task }: { machine: Machine; task: Task }): number[] => [...machine.memory.u8.subarray(task.regs, task.regs + PT_REGS_SIZE)]
const low = ({ machine, task }: { machine: Machine; task: Task }, slot: number): number => machine.memory.i32[(task.regs + slot) >> 2]!

/** All steps to the end of the first process. */
function walk(machine: Machine): MachineStep[] {
  const steps: MachineStep[] = []
  for (let step = machine.step(); step !== null; step = machine.step()) {
    steps.push(step)
    if (steps.length > 100_000) throw new Error('no end')
  }
  return steps
}

describe('machine.step', () => {
  it('shows the boot first: syscall_init programs the registers of SYSCALL', () => {
    const { machine } = start(program)
    const boot: MachineStep[] = []
    for (let step = machine.step()!; step.kind === 'boot'; step = machine.step()!) boot.push(step)
    expect(boot.map(({ symbol }) => symbol)).toContain('idt_setup_traps')
    expect(boot.filter(({ symbol }) => symbol === 'syscall_init').map(({ what }) => what.slice(0, 9))).toEqual(['MSR_STAR:', 'MSR_LSTAR', 'MSR_CSTAR', 'MSR_IA32_', 'MSR_SYSCA'])
    expect(boot.find(({ what }) => what.startsWith('MSR_LSTAR'))!.writes!.map(({ after }) => Buffer.from(after).readBigUInt64LE())).toEqual([0xffffffff81000000n])
  })

  it('walks a real getpid from SYSCALL to SYSRET, and leaves the registers that the fast path leaves', async () => {
    const slow = start(program), fast = start(program)
    let step = slow.machine.step()!
    while (!(step.kind === 'user' && step.what.includes('SYSCALL'))) step = slow.machine.step()!
    const before = low(slow, PT_REGS.rip)
    const kernel: MachineStep[] = []
    do kernel.push(slow.machine.step()!)
    while (kernel.at(-1)!.cpl !== 3)
    const symbols = kernel.map(({ symbol }) => symbol.replace(/\+\d+$/, ''))
    expect([...new Set(symbols)]).toEqual(['hardware', 'entry_SYSCALL_64', 'do_syscall_64', 'syscall_return_via_sysret'])
    expect(kernel.filter(({ what }) => what === 'regs->ax = x64_sys_call(regs, nr)')).toHaveLength(1)
    // the user's rip is pushed as pt_regs->ip: real bytes on the kernel stack
    const ip = kernel.find(({ what }) => what.includes('pt_regs->ip'))!
    expect(Buffer.from(ip.pushed).readUInt32LE()).toBe(before + 2)
    expect(new Set(kernel.slice(0, -1).map(({ cpl }) => cpl))).toEqual(new Set([0]))
    expect([low(slow, PT_REGS.rax), low(slow, PT_REGS.rip), low(slow, PT_REGS.rcx)]).toEqual([slow.task.group.tgid, before + 2, before + 2])

    while (low(fast, PT_REGS.rip) !== before + 2) await fast.machine.run({ maxInstructions: 1 })
    expect(registers(slow)).toEqual(registers(fast))
  })

  it('takes a whole program to its end', async () => {
    const slow = start(program), fast = start(program)
    const steps = walk(slow.machine)
    const result = await fast.machine.run()
    expect(result.status).toBe(7)
    expect(slow.task.group.exitStatus).toBe(7 << 8)
    expect(slow.output()).toBe('stepped\n')
    expect(fast.output()).toBe('stepped\n')
    expect(steps.filter(({ kind }) => kind === 'hardware')).toHaveLength(3)
    expect(slow.machine.step()).toBe(null)
    expect(slow.task.retired).toBe(fast.task.retired)
  })

  it.each(['x86_64', 'i386'] as const)('runs the fixture hello of %s as run does', async (arch) => {
    const elf = readFileSync(new URL(`../../fixtures/bin/${arch}/hello-asm`, import.meta.url))
    for (const vendor of ['intel', 'amd'] as const) {
      const slow = start(elf, { vendor }), fast = start(elf, { vendor })
      walk(slow.machine)
      await fast.machine.run()
      expect([slow.output(), slow.task.group.exitStatus]).toEqual([fast.output(), fast.task.group.exitStatus])
      expect(slow.output()).toMatch(/^Hello, /)
    }
  })

  it('a fault is walked too, to the death of the task', () => {
    const { machine, task } = start(new Program().bytes(0x0f, 0x0b).elf())
    const steps = walk(machine)
    expect(steps.filter(({ symbol }) => symbol.startsWith('asm_exc_invalid_op')).length).toBeGreaterThan(3)
    expect(task.group.exitStatus! & 0x7f).toBe(4)
  })

  it.each(names)('calls that wait, with several tasks: %s', async (name) => {
    const elf = blockingPrograms[name].elf
    const slow = start(elf), fast = start(elf)
    const steps = walk(slow.machine)
    await fast.machine.run()
    expect([slow.output(), slow.task.group.exitStatus]).toEqual([fast.output(), fast.task.group.exitStatus])
    expect(steps.some(({ waiting }) => waiting)).toBe(true)
  })

  it.each(names)('run goes on wherever stepping stopped: %s', async (name) => {
    const elf = blockingPrograms[name].elf
    const fast = start(elf)
    await fast.machine.run()
    for (let n = 20; n < 2000; n += 77) {
      const mixed = start(elf)
      for (let i = 0; i < n; i++) mixed.machine.step()
      await mixed.machine.run({ maxInstructions: 9 })
      for (let i = 0; i < n; i++) mixed.machine.step()
      await mixed.machine.run()
      expect([n, mixed.output(), mixed.task.group.exitStatus]).toEqual([n, fast.output(), fast.task.group.exitStatus])
    }
  })

  it('a machine that was composed without stepping says what is missing', () => {
    const machine = createLinux()
    expect(() => machine.step()).toThrow(SyscallkitError)
    expect(() => machine.step()).toThrow(/stepping/)
  })
})
