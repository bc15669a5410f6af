import { expect, it } from 'vitest'
import { inlineSyscall, libcSyscall, type SyscallHost } from '../../src/arch/conventions.js'
import { PT_REGS } from '../../src/arch/x86/context-layout.js'
import { createLinux } from '../../src/presets/current.js'
import { callingCpu } from './calling-cpu.js'

/** Runs a function as the user code of a whole machine; its memory has a page at 0x10000 with a text. */
async function asUserCode(program: (caller: SyscallHost, pid: number) => unknown): Promise<{ seen: unknown; output: string; status: number | null }> {
  let seen: unknown
  let output = ''
  const cpu = callingCpu((caller) => {
    caller.set(PT_REGS.cs, 0x33n)
    caller.set(PT_REGS.ss, 0x2bn)
    caller.set(PT_REGS.rflags, 0x246n)
    caller.set(PT_REGS.rip, 0x401000n)
    seen = program(caller, task.group.tgid)
    expect(() => inlineSyscall(caller, 'x86_64', 231, [3])).toThrow(/does not return/)
  })
  const machine = createLinux({ cpu, stdout: (bytes: Uint8Array) => void (output += Buffer.from(bytes).toString('latin1')) })
  const task = machine.spawn(null)
  const { status } = await machine.run({ maxInstructions: 1000 })
  return { seen, output, status }
}

it('inlineSyscall makes real calls of a machine, by SYSCALL and by int $0x80', async () => {
  const { seen, output, status } = await asUserCode((caller, pid) => {
    expect(inlineSyscall(caller, 'x86_64', 39, [])).toEqual({ result: BigInt(pid), errno: 0 })
    expect(inlineSyscall(caller, 'i386', 20, [])).toEqual({ result: BigInt(pid), errno: 0 }) // getpid of the i386 table
    const page = inlineSyscall(caller, 'x86_64', 9, [0x10000, 4096, 3, 0x32, -1, 0]) // six arguments: mmap, fixed
    expect(page).toEqual({ result: 0x10000n, errno: 0 })
    expect(inlineSyscall(caller, 'x86_64', 0, [0, 0x10000, 0])).toEqual({ result: 0n, errno: 0 })
    return inlineSyscall(caller, 'x86_64', 1, [1, 0x10000, 3])
  })
  expect(seen).toEqual({ result: 3n, errno: 0 })
  expect(output).toBe('\0\0\0')
  expect(status).toBe(3)
})

it('errors become -1 and errno: EBADF, EFAULT, ENOSYS', async () => {
  const { seen } = await asUserCode((caller) => [
    inlineSyscall(caller, 'x86_64', 3, [99]), inlineSyscall(caller, 'x86_64', 1, [1, 0, 5]), inlineSyscall(caller, 'x86_64', 5000, []), inlineSyscall(caller, 'i386', 6, [99]),
  ])
  expect(seen).toEqual([9, 14, 38, 9].map((errno) => ({ result: -1n, errno })))
})

it('registers: rcx and r11 are lost by SYSCALL and kept by int $0x80', async () => {
  const { seen } = await asUserCode((caller) => {
    const all: bigint[][] = []
    for (const abi of ['x86_64', 'i386'] as const) {
      caller.set(PT_REGS.rip, 0x401000n)
      caller.set(PT_REGS.rcx, 5n)
      caller.set(PT_REGS.r11, 6n)
      inlineSyscall(caller, abi, abi === 'x86_64' ? 39 : 20, [])
      all.push([PT_REGS.rcx, PT_REGS.r11, PT_REGS.rip].map(caller.get))
    }
    return all
  })
  expect(seen).toEqual([[0x401002n, 0x246n, 0x401002n], [5n, 6n, 0x401002n]])
})

it('libcSyscall takes number and arguments as syscall(2) does', async () => {
  const { seen } = await asUserCode((caller, pid) => {
    expect(libcSyscall(caller, 'x86_64', 39)).toEqual({ result: BigInt(pid), errno: 0 })
    expect(libcSyscall(caller, 'x86_64', 9, 0x20000, 4096, 3, 0x32, -1, 0)).toEqual({ result: 0x20000n, errno: 0 })
    expect(libcSyscall(caller, 'i386', 20)).toEqual({ result: BigInt(pid), errno: 0 })
    return libcSyscall(caller, 'x86_64', -1)
  })
  expect(seen).toEqual({ result: -1n, errno: 38 })
})
