import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { V86 } from 'v86'
import { SyscallkitError } from '../../src/base/errors.js'
import type { Cpu } from '../../src/arch/cpu-port.js'
import { createV86Cpu } from '../../src/embed/index.js'
import { createHostStream } from '../../src/fs/console.js'
import { createLinux } from '../../src/presets/current.js'
import { cases, environment, type NativeCase } from '../native/cases.mjs'
import { outputLines, parseGoldens, title } from '../native/golden.mjs'

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const wasm = readFileSync(path('node_modules/v86/build/v86.wasm'))
const program = (name: string): Uint8Array => readFileSync(path(`fixtures/bin/i386/${name}`))
const v86 = (ramBytes?: number): Promise<Cpu> => createV86Cpu({ V86, wasm, ...(ramBytes === undefined ? {} : { ramBytes }) })

/** Runs a case of the native comparison on v86: what it wrote, and its status as a shell sees it. */
async function run(c: NativeCase, cpu: Cpu) {
  const output: Uint8Array[][] = [[], []]
  const machine = createLinux({
    cpu, stdout: (bytes) => output[0]!.push(bytes.slice()), stderr: (bytes) => output[1]!.push(bytes.slice()),
    ...(c.stdin === null ? {} : { stdin: Buffer.from(c.stdin) }),
  })
  const env = Object.fromEntries(environment.map((variable) => variable.split('=')))
  machine.spawn(program(c.program), { path: `/bin/${c.program}`, argv: [`/bin/${c.program}`, ...c.args], env })
  const { status, signal } = await machine.run({ maxInstructions: 50_000_000 })
  machine.dispose()
  return { output: output.flatMap((bytes, fd) => outputLines(fd === 0 ? '1' : '2', Buffer.concat(bytes))), status: signal === null ? status : 128 + signal }
}

/** What v86 is compared with: native runs, as the reference CPU is. Left out is what {@link Cpu.limits} names, NX, and far branches to 64-bit code. */
const PROGRAMS = ['hello-asm', 'hello', 'calls-signals', 'gates']
const FAULTS = ['null-read', 'null-write', 'null-exec', 'read-only', 'text-write', 'prot-none', 'crossing', 'div-zero', 'ud2', 'hlt', 'int3', 'int-3', 'int-81', 'into', 'stack-overflow', 'bus', 'load-ds']
const chosen = cases.filter((c) => c.archs.includes('i386') && (c.group === 'faults' ? FAULTS.includes(c.args[0]!) : PROGRAMS.includes(c.group) && c.args[0] !== '6'))
const goldenOf = (c: NativeCase) => parseGoldens(readFileSync(path(`test/native/goldens/i386/${c.group}.txt`), 'utf8')).get(title(c))

describe('programs on v86 do what they do natively', () => {
  test('nothing is missing', () => expect(chosen.length).toBe(PROGRAMS.length + 2 * FAULTS.length))
  test.each(chosen.map((c) => [title(c), c] as const))('%s', async (_title, c) => {
    const golden = goldenOf(c)
    expect(await run(c, await v86())).toEqual({ output: golden?.output, status: golden?.status })
  })

  test('a v86 with room for a few hundred pages gives copies back and goes on', async () => {
    const hello = chosen.find((c) => c.program === 'hello')!
    expect(await run(hello, await v86(4 << 20))).toEqual({ output: goldenOf(hello)?.output, status: goldenOf(hello)?.status })
  })
})

test('a read that waits for the host suspends v86, and goes on when bytes come', async () => {
  // mov eax, 3; xor ebx, ebx; mov ecx, buffer; mov edx, 16; int 0x80; write(1, buffer, eax); exit(7)
  const code = 'b803000000 31db b900900408 ba10000000 cd80 89c2 b804000000 bb01000000 b900900408 cd80 b801000000 bb07000000 cd80'
  let output = ''
  const stdin = createHostStream({ kind: 'pipe' })
  const machine = createLinux({ cpu: await v86(), stdin, stdout: (bytes) => (output += Buffer.from(bytes).toString()) })
  machine.spawn(tinyElf(Buffer.from(code.replaceAll(' ', ''), 'hex')))
  const done = machine.run()
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(output).toBe('')
  stdin.push(Buffer.from('from afar\n'))
  expect(await done).toMatchObject({ reason: 'exit', status: 7 })
  expect(output).toBe('from afar\n')
})

test('code that read(2) puts over code that ran already runs', async () => {
  // [d] = mov bl, 1; ret; call d; read(0, d, 3); call d; exit(bl)
  const code = 'c70500900408b301c390 be00900408 31db ffd6 b803000000 31db b900900408 ba03000000 cd80 31db ffd6 b801000000 cd80'
  const machine = createLinux({ cpu: await v86(), stdin: Uint8Array.of(0xb3, 7, 0xc3) })
  machine.spawn(tinyElf(Buffer.from(code.replaceAll(' ', ''), 'hex'), 7))
  expect(await machine.run({ maxInstructions: 100_000 })).toMatchObject({ reason: 'exit', status: 7 })
  machine.dispose()
})

test('programs take turns: each keeps its registers, FPU and memory', async () => {
  // mov [d], n; fild [d]; mov ecx, loops; mov ebx, ecx; l: dec ebx; jnz l; dec ecx; xor ebx, ebx; fistp [d]; mov ebx, [d]; exit
  const of = (n: number, loops: number): Uint8Array =>
    tinyElf(Buffer.from(`c70500900408${hex32(n)} db0500900408 b9${hex32(loops)} 89cb 4b 75fd 49 31db db1d00900408 8b1d00900408 b801000000 cd80`.replaceAll(' ', ''), 'hex'))
  const machine = createLinux({ cpu: await v86(), timeSlice: 20_000 })
  const switches: number[] = []
  machine.on('switch', ({ to }) => switches.push(to.pid))
  // the machine runs until its first program ends, so that one takes longest
  const tasks = [of(11, 3_000_000), of(22, 400_000), of(33, 400_000)].map((bytes) => machine.spawn(bytes))
  expect(await machine.run()).toMatchObject({ reason: 'exit', status: 11 })
  expect(tasks.map((t) => t.exitStatus >> 8)).toEqual([11, 22, 33])
  expect(switches.length).toBeGreaterThan(6)
  machine.dispose()
})

test('what cannot be is said', async () => {
  const machine = createLinux({ cpu: await v86() })
  machine.spawn(readFileSync(path('fixtures/bin/x86_64/hello-asm')))
  await expect(machine.run()).rejects.toMatchObject({ code: 'ERR_SYSCALLKIT_CPU_MODE' })
  await expect(createV86Cpu({ V86, wasm, ramBytes: 5 })).rejects.toBeInstanceOf(SyscallkitError)
  const cpu = await v86()
  expect(() => cpu.setBreakpoints([1])).toThrow(SyscallkitError)
  cpu.dispose()
})

function hex32(n: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(n)
  return bytes.toString('hex')
}

/** A static ELF32 with `code` at 0x8048074 and a page of data at 0x8049000 with p_flags `dataFlags`. */
function tinyElf(code: Uint8Array, dataFlags = 6): Uint8Array {
  const bytes = new Uint8Array(0x74 + code.length)
  const view = new DataView(bytes.buffer)
  const words = (at: number, ...values: number[]): void => values.forEach((v, i) => view.setUint32(at + 4 * i, v, true))
  words(0, 0x464c457f, 0x00010101, 0, 0, 0x00030002, 1, 0x8048074, 52, 0, 0, 0x00200034, 0x00000002)
  words(52, 1, 0, 0x8048000, 0x8048000, bytes.length, bytes.length, 5, 4096)
  words(84, 1, 0, 0x8049000, 0x8049000, 0, 4096, dataFlags, 4096)
  bytes.set(code, 0x74)
  return bytes
}
