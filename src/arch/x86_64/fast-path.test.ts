import { describe, expect, it } from 'vitest'
import { ABI } from '../../abi/number-table.js'
import { PhysicalMemory } from '../../memory/physical.js'
import { TRAP, type Trap } from '../cpu-port.js'
import { current } from '../profiles/current.js'
import { bootCpu } from '../x86/boot.js'
import { PT_REGS as P, THREAD } from '../x86/context-layout.js'
import { CpuState, type CpuStateOptions } from '../x86/cpu-state.js'
import { EFLAGS } from '../x86/flags.js'
import { CREG, EFER } from '../x86/msr.js'
import { EXIT, WAY } from '../x86/ways.js'

const noStack = (): number => -1

function machine(options: CpuStateOptions = {}) {
  const memory = new PhysicalMemory()
  const cpu = new CpuState(memory, current.profile, options)
  bootCpu(cpu, current.boot)
  const regs = memory.allocateRun(5) * 4096 + 4 * 4096 - THREAD.zero
  const get = (at: number): bigint => memory.view.getBigUint64(regs + at, true)
  const set = (at: number, v: bigint): void => memory.view.setBigUint64(regs + at, v, true)
  const user = (cs: 0x33 | 0x23, values: Partial<Record<keyof typeof P, bigint>>): void => {
    for (const [name, v] of Object.entries({ rip: 0x401000n, cs: BigInt(cs), ss: 0x2bn, rflags: 0x202n, rsp: 0x7ff0n, ...values }))
      for (const [key, at] of Object.entries(P)) if (key === name) set(at, v)
  }
  const trap = (kind: number, more: Partial<Trap> = {}, read: (a: number) => number = noStack): number =>
    current.takeTrap(cpu, regs, { kind, vector: 0, errorCode: 0, address: 0, length: 2, software: 'int', ...more }, read)
  return { memory, cpu, regs, get, set, user, trap, exit: () => current.exitToUser(cpu, regs) }
}

describe('SYSCALL in 64-bit mode', () => {
  it('saves the next rip in rcx and the flags in r11, the number in orig_rax and -ENOSYS in rax', () => {
    const m = machine()
    m.user(0x33, { rax: 39n, rflags: 0x246n, rcx: 7n, r11: 8n })
    expect(m.trap(TRAP.syscall)).toBe(WAY.syscall64)
    expect(m.cpu.entry).toMatchObject({ abi: ABI.x86_64, nr: 39 })
    expect([P.rcx, P.rip, P.r11, P.rflags, P.orig_rax, P.rax].map(m.get)).toEqual([0x401002n, 0x401002n, 0x246n, 0x246n, 39n, 2n ** 64n - 38n])
    expect(m.exit()).toBe(EXIT.sysret64)
  })
  it('compares the number as an int: garbage above 32 bits is no matter', () => {
    const m = machine()
    m.user(0x33, { rax: 0xdeadbeef00000027n })
    m.trap(TRAP.syscall)
    expect(m.cpu.entry.nr).toBe(39)
    expect(m.get(P.orig_rax)).toBe(0xdeadbeef00000027n)
  })
  it('takes x32 numbers for x32 calls only where enabled', () => {
    for (const x32 of [false, true]) {
      const m = machine({ x32 })
      m.user(0x33, { rax: 0x40000027n })
      m.trap(TRAP.syscall)
      expect(m.cpu.entry).toMatchObject(x32 ? { abi: ABI.x32, nr: 39 } : { abi: ABI.x86_64, nr: 0x40000027 })
    }
  })
  it('is #UD without EFER.SCE', () => {
    const m = machine()
    m.cpu.setHalves(CREG.efer, m.cpu.low(CREG.efer) & ~EFER.SCE, 0)
    m.user(0x33, {})
    expect(m.trap(TRAP.syscall)).toBe(WAY.exception)
    expect(m.cpu.exception.vector).toBe(6)
    expect(m.get(P.rip)).toBe(0x401000n)
  })
  it.each([
    ['rcx that is not rip', { rcx: 1n }], ['r11 that is not rflags', { r11: 1n }], ['a rip above TASK_SIZE_MAX', { rip: 0x7ffffffff000n, rcx: 0x7ffffffff000n }],
    ['RF', { rflags: 0x10202n, r11: 0x10202n }], ['TF', { rflags: 0x302n, r11: 0x302n }], ['another cs', { cs: 0x23n }],
  ] as const)('leaves by IRET with %s', (_name, change) => {
    const m = machine()
    m.user(0x33, { rax: 39n })
    m.trap(TRAP.syscall)
    for (const [key, v] of Object.entries(change)) for (const [name, at] of Object.entries(P)) if (name === key) m.set(at, v)
    expect(m.exit()).toBe(EXIT.iret)
  })
  it('never leaves by SYSRET to a non-canonical rip: IRET faults and the kernel hears #GP(0) of the user frame', () => {
    const m = machine()
    m.user(0x33, { rax: 39n, rip: 0x7ffffffffffen })
    m.trap(TRAP.syscall)
    expect(m.get(P.rcx)).toBe(0x800000000000n)
    expect(m.exit()).toBe(EXIT.fault)
    expect(m.cpu.exception).toEqual({ vector: 13, errorCode: 0, address: 0 })
  })
})

describe('int $0x80', () => {
  it('uses the i386 table from 64-bit code and keeps all 64 bits of the registers', () => {
    const m = machine()
    m.user(0x33, { rax: 0xffffffff00000014n, rbx: 0x123456789abcdef0n, r8: 5n, r11: 6n, rcx: 9n })
    expect(m.trap(TRAP.int, { vector: 0x80 })).toBe(WAY.int80)
    expect(m.cpu.entry).toMatchObject({ abi: ABI.i386, nr: 20 })
    expect(m.get(P.orig_rax)).toBe(20n)
    expect(m.exit()).toBe(EXIT.iret)
    expect([P.rbx, P.r8, P.r11, P.rcx].map(m.get)).toEqual([0x123456789abcdef0n, 5n, 6n, 9n])
  })
  it('any other vector that is closed to ring 3 is #GP with its index', () => {
    const m = machine()
    m.user(0x33, {})
    for (const vector of [0, 1, 2, 5, 13, 14, 32, 0x7f, 0x81, 255]) {
      expect(m.trap(TRAP.int, { vector })).toBe(WAY.exception)
      expect(m.cpu.exception).toEqual({ vector: 13, errorCode: vector * 8 + 2, address: 0 })
      expect(m.get(P.rip)).toBe(0x401000n)
    }
  })
  it('int3 and into arrive after the instruction, with RF clear', () => {
    const m = machine()
    m.user(0x33, { rflags: 0x10202n })
    m.trap(TRAP.int, { vector: 3, length: 1, software: 'int3' })
    expect(m.cpu.exception.vector).toBe(3)
    expect([m.get(P.rip), m.get(P.rflags), m.get(P.orig_rax)]).toEqual([0x401001n, 0x202n, 2n ** 64n - 1n])
  })
})

describe('SYSENTER of 32-bit code', () => {
  it('returns to the landing pad and takes the sixth argument from the user stack', () => {
    const m = machine()
    m.user(0x23, { rax: 192n, rbp: 0xffffd000n, rflags: 0x246n })
    m.set(THREAD.landingPad, 0xf7fc8579n)
    const asked: number[] = []
    expect(m.trap(TRAP.sysenter, {}, (a) => (asked.push(a), 0x1234))).toBe(WAY.sysenter32)
    expect(asked).toEqual([0xffffd000])
    expect([P.rip, P.rsp, P.rbp, P.cs, P.orig_rax].map(m.get)).toEqual([0xf7fc8579n, 0xffffd000n, 0x1234n, 0x23n, 192n])
    expect(m.exit()).toBe(EXIT.sysret32)
    expect(m.get(P.rcx)).toBe(0xf7fc8579n)
  })
  it('fails with -EFAULT when the stack cannot be read, and leaves by IRET', () => {
    const m = machine()
    m.user(0x23, { rax: 20n, rbp: 4n })
    m.set(THREAD.landingPad, 0xf7fc8579n)
    expect(m.trap(TRAP.sysenter)).toBe(-14)
    expect(m.get(P.rax)).toBe(2n ** 64n - 14n)
    expect(m.exit()).toBe(EXIT.iret)
  })
  it('is #UD on AMD', () => {
    const m = machine({ vendor: 'amd' })
    m.user(0x23, {})
    expect(m.trap(TRAP.sysenter)).toBe(WAY.exception)
    expect(m.cpu.exception.vector).toBe(6)
  })
  it('has NT, AC and TF in the frame, and TF leaves by IRET', () => {
    const m = machine()
    m.user(0x23, { rflags: BigInt(2 | EFLAGS.IF | EFLAGS.TF | EFLAGS.NT | EFLAGS.AC) })
    m.trap(TRAP.sysenter, {}, () => 0)
    expect(m.get(P.rflags)).toBe(BigInt(2 | EFLAGS.IF | EFLAGS.TF | EFLAGS.NT | EFLAGS.AC))
    expect(m.exit()).toBe(EXIT.iret)
  })
})

describe('SYSCALL in 32-bit code', () => {
  it('is #UD on Intel', () => {
    const m = machine()
    m.user(0x23, {})
    expect(m.trap(TRAP.syscall)).toBe(WAY.exception)
    expect(m.cpu.exception.vector).toBe(6)
  })
  it('goes to CSTAR on AMD: ecx from ebp, ebp from the stack', () => {
    const m = machine({ vendor: 'amd' })
    m.user(0x23, { rax: 20n, rbp: 0xaaaan, rcx: 1n, rsp: 0xffffd000n })
    m.set(THREAD.landingPad, 0xf7fc8579n)
    expect(m.trap(TRAP.syscall, {}, () => 0x5678)).toBe(WAY.syscall32)
    expect([P.rcx, P.rbp, P.rip].map(m.get)).toEqual([0xaaaan, 0x5678n, 0xf7fc8579n])
    expect(m.exit()).toBe(EXIT.sysret32)
  })
})

describe('exceptions', () => {
  it('a page fault sets CR2, keeps rip, saves RF and leaves no call to restart', () => {
    const m = machine()
    m.user(0x33, { rax: 5n })
    expect(m.trap(TRAP.fault, { vector: 14, errorCode: 6, address: 0x7000_1234_5678 })).toBe(WAY.exception)
    expect(m.cpu.exception).toEqual({ vector: 14, errorCode: 6, address: 0x7000_1234_5678 })
    expect(m.cpu.get(CREG.cr2)).toBe(0x7000_1234_5678)
    expect([m.get(P.rip), m.get(P.rflags), m.get(P.orig_rax), m.get(P.rax)]).toEqual([0x401000n, 0x10202n, 2n ** 64n - 1n, 5n])
  })
})
