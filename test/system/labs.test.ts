import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createHostStream } from '../../src/fs/console.js'
import { createLinux } from '../../src/presets/current.js'
import { labs } from '../../src/presets/labs.js'
import { int } from '../../src/syscalls/codecs.js'
import { userSyscall } from '../../src/syscalls/define.js'
import { elf32 } from './elf32.js'

const fixture = (path: string): Uint8Array => readFileSync(fileURLToPath(new URL(`../../fixtures/bin/${path}`, import.meta.url)))

declare module '../../src/kernel/progress.js' {
  interface ProgressTypes {
    six: Record<string, never>
  }
}

async function run(name: keyof typeof labs, path: string): Promise<{ status: number | null; output: string; entry: Set<string> }> {
  const pieces: Uint8Array[] = []
  const machine = createLinux({ lab: labs[name], stdout: createHostStream({ kind: 'pipe', write: (bytes) => pieces.push(bytes.slice()) }) })
  const entry = new Set<string>()
  machine.on('syscall:enter', (event) => entry.add(event.abi))
  machine.spawn(fixture(path), { argv: [`/${path}`] })
  const { status } = await machine.run({ maxInstructions: 50_000_000 })
  machine.dispose()
  return { status, output: Buffer.concat(pieces).toString('latin1'), entry }
}

describe('programs run on the kernels of the course', () => {
  test.each(['5.4.34', '3.19'] as const)('%s: x86_64 by SYSCALL', async (name) => {
    const { status, output, entry } = await run(name, 'x86_64/hello-asm')
    expect({ status, output, entry: [...entry] }).toEqual({ status: 0, output: 'Hello, x86_64 world!\n', entry: ['x86_64'] })
  })

  test.each(['5.4.34', '5.4.34-i386', '3.19', '3.19-i386', '2.4.18'] as const)('%s: i386 by INT 0x80', async (name) => {
    const { status, output, entry } = await run(name, 'i386/hello-asm')
    expect({ status, output, entry: [...entry] }).toEqual({ status: 0, output: 'Hello, i386 world!\n', entry: ['i386'] })
  })

  test.each(['5.4.34-i386', '3.19-i386', '2.4.18'] as const)('%s: a program with TLS (by modify_ldt before 2.5.29), malloc and printf', async (name) => {
    const { status, output } = await run(name, 'i386/hello')
    expect(status).toBe(7)
    expect(output).toContain('sum 332833500\n')
  })

  test('3.19 on AMD: the sixth argument of a 32-bit SYSCALL comes from the stack, also when the call waits in between', async () => {
    const seen: number[][] = []
    const six = userSyscall('six', {
      nr: 223, abi: 'i386', args: [['a', int], ['b', int], ['c', int], ['d', int], ['e', int], ['f', int]],
      run(task, ...args) {
        seen.push(args)
        return task.progressOf('six') === null ? task.block('six', {}, [], { deadline: task.kernel.clock.monotonic() + 1000 }) : 42
      },
    })
    const machine = createLinux({ lab: labs['3.19'], vendor: 'amd', syscalls: [six] })
    machine.spawn(elf32([
      ...[0xbb, 1, 0, 0, 0], ...[0xbd, 2, 0, 0, 0], ...[0xba, 3, 0, 0, 0], ...[0xbe, 4, 0, 0, 0], ...[0xbf, 5, 0, 0, 0], // ebx ebp edx esi edi; ecx comes in ebp
      ...[0x6a, 6], ...[0xb8, 223, 0, 0, 0], ...[0x0f, 0x05], // push 6; mov eax, 223; syscall
      ...[0x89, 0xc3], ...[0xb8, 1, 0, 0, 0], ...[0xcd, 0x80], // exit(eax)
    ]))
    const { status } = await machine.run({ maxInstructions: 1000 })
    machine.dispose()
    expect(seen).toEqual([[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]])
    expect(status).toBe(42)
  })

  test('numbers later than a kernel give -ENOSYS', async () => {
    const machine = createLinux({ lab: labs['2.4.18'] })
    expect(machine.calls.tables.i386?.numbers.byName.has('set_thread_area')).toBe(false)
    expect(machine.calls.tables.i386?.numbers.byName.has('read')).toBe(true)
    expect(machine.kernel.system).toMatchObject({ release: '2.4.18', machine: 'i686' })
    machine.dispose()
  })
})
