import { expect, it } from 'vitest'
import { ABI } from '../abi/number-table.js'
import { PhysicalMemory } from '../memory/physical.js'
import { inlineSyscall, libcSyscall, type SyscallHost } from './conventions.js'
import { TRAP } from './cpu-port.js'
import { current } from './profiles/current.js'
import { bootCpu } from './x86/boot.js'
import { PT_REGS as P } from './x86/context-layout.js'
import { CpuState } from './x86/cpu-state.js'

/** The gate without a CPU: `answer` is the handler. */
function host(answer: (nr: number, args: bigint[], abi: number) => bigint): SyscallHost & { at: (slot: number) => bigint } {
  const memory = new PhysicalMemory()
  const cpu = new CpuState(memory, current.profile)
  bootCpu(cpu, current.boot)
  const regs = memory.allocateRun(5) * 4096 + 4 * 4096 - 168
  const get = (slot: number): bigint => memory.view.getBigInt64(regs + slot, true)
  const set = (slot: number, value: bigint): void => memory.view.setBigUint64(regs + slot, BigInt.asUintN(64, value), true)
  for (const [slot, value] of [[P.cs, 0x33n], [P.ss, 0x2bn], [P.rip, 0x401000n], [P.rflags, 0x246n]] as const) set(slot, value)
  return {
    get, set, at: get,
    trap(kind) {
      current.takeTrap(cpu, regs, { kind: kind === 'syscall' ? TRAP.syscall : TRAP.int, vector: 0x80, errorCode: 0, address: 0, length: 2, software: 'int' }, () => -1)
      const { nr, args, abi } = cpu.entry
      set(P.rax, answer(nr, args.map(get), abi))
      current.exitToUser(cpu, regs)
    },
  }
}

it('inlineSyscall puts six arguments where the kernel takes them, the fourth in r10, and loses rcx and r11', () => {
  let seen: unknown
  const h = host((nr, args, abi) => { seen = [nr, args, abi]; return 7n })
  h.set(P.rcx, 99n)
  expect(inlineSyscall(h, 'x86_64', 9, [1, 2, 3, 4, 5, 6n])).toEqual({ result: 7n, errno: 0 })
  expect(seen).toEqual([9, [1n, 2n, 3n, 4n, 5n, 6n], ABI.x86_64])
  expect([h.at(P.rcx), h.at(P.r11), h.at(P.rip)]).toEqual([0x401002n, 0x246n, 0x401002n])
})
it('results from -4095 to -1 are errors, others are not', () => {
  for (const [raw, want] of [[-1n, { result: -1n, errno: 1 }], [-4095n, { result: -1n, errno: 4095 }], [-4096n, { result: -4096n, errno: 0 }], [0n, { result: 0n, errno: 0 }]] as const)
    expect(inlineSyscall(host(() => raw), 'x86_64', 0, [])).toEqual(want)
  expect(inlineSyscall(host(() => 0xffffffdan), 'i386', 0, [])).toEqual({ result: -1n, errno: 38 })
})
it('i386 goes by int 0x80 with ebx ecx edx esi edi ebp, 32 bits each', () => {
  let seen: unknown
  inlineSyscall(host((nr, args, abi) => { seen = [nr, args, abi]; return 0n }), 'i386', 192, [-1, 2, 3, 4, 5, 6])
  expect(seen).toEqual([192, [0xffffffffn, 2n, 3n, 4n, 5n, 6n], ABI.i386])
})
it('libcSyscall shifts: the C function’s second argument is the kernel’s first, the fourth moves from rcx to rdx, the last comes from the stack', () => {
  let seen: unknown
  const h = host((nr, args) => { seen = [nr, args]; return -9n })
  expect(libcSyscall(h, 'x86_64', 9, 11, 12, 13, 14, 15, 16)).toEqual({ result: -1n, errno: 9 })
  expect(seen).toEqual([9, [11n, 12n, 13n, 14n, 15n, 16n]])
})
it('libcSyscall on i386 gives the callee-saved registers back', () => {
  const h = host(() => 3n)
  for (const slot of [P.rbx, P.rsi, P.rdi, P.rbp]) h.set(slot, 0x77n)
  expect(libcSyscall(h, 'i386', 4, 1, 2, 3, 4, 5, 6)).toEqual({ result: 3n, errno: 0 })
  expect([P.rbx, P.rsi, P.rdi, P.rbp].map(h.at)).toEqual([0x77n, 0x77n, 0x77n, 0x77n])
})
it('a seventh argument is a mistake of the host', () => {
  expect(() => inlineSyscall(host(() => 0n), 'x86_64', 0, [1, 2, 3, 4, 5, 6, 7])).toThrow(RangeError)
})
