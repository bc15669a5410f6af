/**
 * Reading notes on fork and Linux 3.19 (x86_64), in their order: privilege, libc's macros, SYSCALL, system_call, the
 * table, SYSCALL_DEFINEx, the ways to switch stacks, syscall_init, syscall(2). docs/course-errata.md says where they err.
 * Oracle: arch/x86/kernel/{entry_64.S,cpu/common.c}, arch/x86/ia32/ia32entry.S, include/linux/syscalls.h of 3.19; glibc 2.21.
 */
import { describe, expect, it, test } from 'vitest'
import { CLONE, formatHeader, tableX86_64, unpackTable } from 'syscallkit/abi'
import { createLinux } from 'syscallkit/presets/current'
import { labs } from 'syscallkit/presets/labs'
import {
  allSyscalls, CLONE_BACKWARDS, CLONE_BACKWARDS2, CLONE_BACKWARDS3, CLONE_PLAIN, createSyscallTable, decodeArgs, syscallMetadata,
} from 'syscallkit/syscalls'
import { PhysicalMemory } from 'syscallkit/memory'
import { bootCpu, CpuState, CREG, inlineSyscall, libcSyscall, PT_REGS, symbolAddress, syscallInstruction, type SyscallHost } from 'syscallkit/x86_64'
import { DATA, Program } from '../system/assembler.js'
import { elf32 } from '../system/elf32.js'
import { asUserCode } from './user-code.js'
import { boot, courseMachine, nextTrap, pushes, symbols, wayTo } from './walk.js'

const KERNEL = '3.19'
const lab = labs[KERNEL]
const NR = { getpid: 39, clone: 56, exit: 60, gettid: 186 } as const
const { CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID } = CLONE
const SIGCHLD = 17
const exitElf = new Program().call(NR.exit, 0)

describe('two privilege levels', () => {
  it('user code is in ring 3; the kernel’s steps are in ring 0 until the way back', () => {
    const machine = courseMachine(KERNEL)
    machine.spawn(new Program().call(NR.getpid).call(NR.exit, 0).elf(), { path: '/program' })
    const levels = wayTo(machine, 'sys_getpid').map(({ cpl }) => cpl)
    expect(new Set(levels.slice(0, -1))).toEqual(new Set([0]))
    expect(levels.at(-1)).toBe(3)
  })
  it('a jump into the kernel does not raise it: SIGSEGV', async () => {
    const machine = createLinux({ lab, stdout: () => {} })
    machine.spawn(new Program().bytes(0x48, 0xc7, 0xc0, 0, 0, 0, 0x81, 0xff, 0xe0).elf(), { path: '/program' }) // mov $0xffffffff81000000, %rax; jmp *%rax
    expect((await machine.run()).signal).toBe(11)
  })
})

describe('libc’s macros', () => {
  test('fork is clone with four arguments, in rdi, rsi, rdx and r10', () => {
    const registers: bigint[] = []
    const file = new Map<number, bigint>()
    const host: SyscallHost = {
      get: (slot) => file.get(slot) ?? 0n, set: (slot, value) => void file.set(slot, value),
      trap: (kind) => {
        expect(kind).toBe('syscall')
        registers.push(...[PT_REGS.rax, PT_REGS.rdi, PT_REGS.rsi, PT_REGS.rdx, PT_REGS.r10].map((slot) => host.get(slot)))
      },
    }
    const flags = CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD
    inlineSyscall(host, 'x86_64', NR.clone, [flags, 0, 0, 0x7000])
    expect(registers).toEqual([56n, BigInt(flags), 0n, 0n, 0x7000n])
  })
  test('a result from -4095 to -1 becomes -1 and errno; what lies below is a result', () => {
    const with_ = (rax: bigint) => inlineSyscall({ get: () => rax, set: () => {}, trap: () => {} }, 'x86_64', 0, [])
    expect(with_(-4095n)).toEqual({ result: -1n, errno: 4095 })
    expect(with_(-4096n)).toEqual({ result: -4096n, errno: 0 })
  })
  test('at most six arguments', () => {
    expect(() => inlineSyscall({ get: () => 0n, set: () => {}, trap: () => {} }, 'x86_64', 0, [1, 2, 3, 4, 5, 6, 7])).toThrow(RangeError)
  })
  test('the child of such a clone starts behind the call with 0, and has its thread id where child_tidptr points', async () => {
    const machine = createLinux({ lab, stdout: () => {} })
    const made: number[] = []
    machine.on('task:new', ({ task }) => void made.push(task.pid))
    const tidOf = new Program().call(NR.clone, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, DATA).jumpIfZero('child')
      .call(61, -1, 0, 0, 0).call(NR.exit, 0).label('child').call(NR.exit, { at: DATA }).elf() // wait4; exit(tid)
    const statuses: number[] = []
    machine.on('task:exit', ({ task, status }) => void statuses.push(task.pid, status >> 8))
    const first = machine.spawn(tidOf, { path: '/fork' })
    await machine.run()
    const child = made.find((pid) => pid !== first.pid)!
    expect(statuses).toEqual([child, child, first.pid, 0])
  })
})

describe('SYSCALL', () => {
  it('takes cs, ss and rip from MSRs, keeps rip in rcx and the flags in r11', () => {
    const memory = new PhysicalMemory({ limit: 1 << 20 })
    const cpu = new CpuState(memory, lab.profile.arch.profile)
    bootCpu(cpu, lab.profile.arch.boot)
    const regs = memory.allocateRun(5) * 4096
    const get = (at: number): bigint => memory.view.getBigUint64(regs + at, true)
    const before = [[PT_REGS.rip, 0x401000n], [PT_REGS.cs, 0x33n], [PT_REGS.ss, 0x2bn], [PT_REGS.rsp, 0x7ffc0000n], [PT_REGS.rflags, 0x40746n]] as const
    for (const [at, value] of before) memory.view.setBigUint64(regs + at, value, true)
    syscallInstruction(cpu, regs, 2)
    expect([PT_REGS.rip, PT_REGS.cs, PT_REGS.ss, PT_REGS.rsp, PT_REGS.rcx, PT_REGS.r11, PT_REGS.rflags].map(get)).toEqual([
      BigInt.asUintN(64, BigInt(symbolAddress(cpu.profile, 'system_call'))), 0x10n, 0x18n, 0x7ffc0000n, 0x401002n, 0x40746n, 0x46n, // TF, IF, DF, AC are gone
    ])
  })
  it('leaves rsp and gs alone: the entry code brings its own, by SWAPGS and the per-CPU variables that it makes reachable', () => {
    const machine = courseMachine(KERNEL)
    const task = machine.spawn(new Program().call(NR.getpid).call(NR.exit, 0).elf(), { path: '/program' })
    boot(machine)
    const rsp = Number(machine.memory.view.getBigUint64(task.regs + PT_REGS.rsp, true))
    let step = machine.step()!
    while (step.kind !== 'hardware') step = machine.step()!
    expect(step.rsp).toBe(rsp)
    expect(step.gsBase).toBe(0)
    expect(machine.step()).toMatchObject({ symbol: 'system_call+0', gsBase: expect.toSatisfy((base: number) => base < 0) }) // swapgs
    expect(machine.step()!.rsp).toBe(rsp) // old_rsp takes it
    expect(machine.step()!.rsp).toBeLessThan(0) // kernel_stack
  })
})

describe('system_call', () => {
  const steps = () => {
    const machine = courseMachine(KERNEL)
    machine.spawn(new Program().call(NR.clone, SIGCHLD, 0, 0, 0).call(NR.exit, 0).elf(), { path: '/fork' })
    return wayTo(machine, 'SyS_clone')
  }
  it('has these pieces, in this order', () => {
    expect(symbols(steps())).toEqual(['hardware', 'system_call', 'system_call_after_swapgs', 'system_call_fastpath', 'ret_from_sys_call'])
  })
  it('does what the listing says, line by line', () => {
    const lines = steps().filter(({ symbol }) => symbol.startsWith('system_call')).map(({ what }) => what.replace(/:.*/, ''))
    expect(lines.filter((line) => !/^movq %r(di|si|dx|8|9|10|11), pt_regs/.test(line))).toEqual([
      'swapgs', 'movq %rsp, PER_CPU_VAR(old_rsp)', 'movq PER_CPU_VAR(kernel_stack), %rsp', 'sti', 'subq $80, %rsp', 'movq $-ENOSYS, pt_regs->ax',
      'movq %rax, pt_regs->orig_ax', 'movq %rcx, pt_regs->ip', 'cmpq $__NR_syscall_max, %rax',
      'movq %r10, %rcx; call *sys_call_table(, %rax, 8); movq %rax, pt_regs->ax',
    ])
  })
  it('leaves by SYSRET with rsp from old_rsp, unless there is work', () => {
    expect(steps().at(-3)!.what).toMatch(/old_rsp\), %rsp$/)
    expect(steps().at(-1)!.what).toMatch(/^sysretq/)
  })
})

describe('the table', () => {
  const numbers = unpackTable(tableX86_64, KERNEL)
  it('is made from syscall_64.tbl; a program sees its numbers in asm/unistd_64.h', () => {
    const table = createSyscallTable({ numbers, definitions: allSyscalls })
    expect([56, 50].map((nr) => [table.entries[nr]?.name, numbers.byNumber.get(nr)?.entry])).toEqual([['clone', 'clone'], ['listen', 'listen']])
    expect(numbers.nrSyscalls).toBe(323) // execveat is 3.19's last
    const header = formatHeader(numbers)
    for (const number of ['clone 56', 'fork 57', 'gettid 186', 'execveat 322']) expect(header).toContain(`#define __NR_${number}\n`)
  })
  it('is called by way of rax * 8; 32-bit programs have one of their own, by rax * 8 too, and i386 kernels one by eax * 4', () => {
    const call = (kernel: keyof typeof labs, routine: string): string => {
      const machine = courseMachine(kernel)
      machine.spawn(elf32([0xb8, 20, 0, 0, 0, 0xcd, 0x80]), { path: '/program' }) // getpid by int $0x80
      return wayTo(machine, routine).find((step) => step.routine === routine)!.what
    }
    expect(call('3.19', 'sys_getpid')).toContain('*ia32_sys_call_table(, %rax, 8)')
    expect(call('3.19-i386', 'sys_getpid')).toContain('*sys_call_table(,%eax,4)')
  })
})

describe('SYSCALL_DEFINEx', () => {
  const clone = allSyscalls.find(({ name }) => name === 'clone')!
  it('declares a routine and its metadata, whose number is -1 until the table is built', () => {
    expect(syscallMetadata(clone)).toEqual({
      name: 'sys_clone', syscallNr: -1, nbArgs: 5, types: ['unsigned long', 'unsigned long', 'int *', 'int *', 'unsigned long'],
      args: ['clone_flags', 'newsp', 'parent_tidptr', 'child_tidptr', 'tls'],
    })
    const entry = createSyscallTable({ numbers: unpackTable(tableX86_64, KERNEL), definitions: allSyscalls }).entries[NR.clone]!
    expect(syscallMetadata(entry.def, entry.nr).syscallNr).toBe(56)
  })
  it('has four orders of arguments for clone, by configuration', () => {
    const names = (list: readonly (readonly [string, unknown])[]): string => list.map(([name]) => name).join(' ')
    expect([CLONE_PLAIN, CLONE_BACKWARDS, CLONE_BACKWARDS2, CLONE_BACKWARDS3].map(names)).toEqual([
      'clone_flags newsp parent_tidptr child_tidptr tls', 'clone_flags newsp parent_tidptr tls child_tidptr', 'newsp clone_flags parent_tidptr child_tidptr tls',
      'clone_flags newsp stack_size parent_tidptr child_tidptr tls',
    ])
  })
  it('casts: every argument comes as a long and becomes its declared type', () => {
    const machine = createLinux({ lab, stdout: () => {} })
    const task = machine.spawn(exitElf.elf(), { path: '/program' })
    const listen = machine.calls.tables.x86_64!.entries[50]!
    const { view } = machine.memory
    view.setBigUint64(task.regs + PT_REGS.rdi, 0xdeadbeef_00000003n, true)
    view.setBigUint64(task.regs + PT_REGS.rsi, 0x1_ffffffffn, true)
    expect(decodeArgs(listen, task, machine.memory, [PT_REGS.rdi, PT_REGS.rsi, PT_REGS.rdx, PT_REGS.r10, PT_REGS.r8, PT_REGS.r9])).toEqual([3, -1])
  })
})

describe('three ways to switch stacks', () => {
  const code: Readonly<Record<string, readonly number[]>> = { sysenter: [0x0f, 0x34], int80: [0xcd, 0x80], syscall: [0x0f, 0x05] }
  const entered = (way: string, vendor: 'intel' | 'amd') => {
    const machine = courseMachine(KERNEL, { vendor })
    machine.spawn(elf32([0x89, 0xe5, 0xb8, 20, 0, 0, 0, ...code[way]!]), { path: '/program' }) // mov %esp, %ebp; getpid
    return wayTo(machine, 'sys_getpid')
  }
  test.each([
    ['int80', 'intel', 'ia32_syscall', true], ['sysenter', 'intel', 'ia32_sysenter_target', false], ['syscall', 'amd', 'ia32_cstar_target', false],
  ] as const)('32-bit code by %s on %s: %s', (way, vendor, symbol, saved) => {
    const steps = entered(way, vendor)
    expect(symbols(steps)[1]).toBe(symbol)
    // an interrupt gate is the only one that switches to the TSS's stack and saves ss, esp, eflags, cs and eip there
    expect(steps[0]!.rsp < 0).toBe(saved)
    expect(steps[0]!.what).toMatch(saved ? /are pushed$/ : way === 'sysenter' ? /nothing is saved$/ : /rcx takes rip/)
  })
  test('64-bit code: the selectors that SYSRET gives back come from STAR, not from what was saved', () => {
    const machine = courseMachine(KERNEL)
    const task = machine.spawn(new Program().call(NR.getpid).call(NR.exit, 0).elf(), { path: '/program' })
    const steps = wayTo(machine, 'sys_getpid')
    expect(pushes(steps, 8)).toEqual([]) // SAVE_ARGS moves, and leaves ss, sp, flags and cs of pt_regs as they were
    expect([PT_REGS.cs, PT_REGS.ss].map((at) => machine.memory.view.getUint32(task.regs + at, true))).toEqual([0x33, 0x2b])
  })
})

describe('syscall_init', () => {
  const booted = (vendor: 'intel' | 'amd') => {
    const machine = courseMachine(KERNEL, { vendor })
    return { machine, steps: boot(machine) }
  }
  it('writes STAR, LSTAR, CSTAR, what 32-bit programs need, and the flags to clear, in this order', () => {
    const names = booted('intel').steps.filter(({ what }) => what.startsWith('MSR_')).map(({ symbol, what }) => `${symbol} ${what.replace(/[:,].*/, '')}`)
    expect(names).toEqual([
      'syscall_init MSR_STAR', 'syscall_init MSR_LSTAR', 'syscall_init MSR_CSTAR',
      'syscall32_cpu_init MSR_IA32_SYSENTER_CS', 'syscall32_cpu_init MSR_CSTAR', 'syscall_init MSR_SYSCALL_MASK',
    ])
  })
  it('STAR holds selectors, LSTAR and CSTAR entry points, SYSCALL_MASK TF, DF, IF, IOPL, AC and NT', () => {
    const { machine: { cpuState } } = booted('amd')
    const { profile } = cpuState
    expect([cpuState.get(CREG.lstar), cpuState.get(CREG.cstar)]).toEqual([symbolAddress(profile, 'system_call'), symbolAddress(profile, 'ia32_cstar_target')])
    expect(cpuState.high(CREG.star)).toBe((0x23 << 16) | 0x10)
    expect(cpuState.low(CREG.sfmask)).toBe(0x100 | 0x400 | 0x200 | 0x3000 | 0x40000 | 0x4000)
    expect(cpuState.get(CREG.sysenterEsp)).toBe(0) // entry code loads its own
  })
})

describe('syscall(2)', () => {
  test('syscall(__NR_gettid) makes the call without a wrapper of its own', async () => {
    expect(await asUserCode({ lab }, (caller) => libcSyscall(caller, 'x86_64', NR.gettid))).toEqual({ result: 2n, errno: 0 })
  })
  test('a number behind the table gives ENOSYS, by the same way', () => {
    const machine = courseMachine(KERNEL)
    machine.spawn(new Program().call(400).call(NR.exit, 0).elf(), { path: '/program' })
    boot(machine)
    expect(symbols(nextTrap(machine))).toEqual(['hardware', 'system_call', 'system_call_after_swapgs', 'system_call_fastpath', 'ret_from_sys_call'])
  })
})
