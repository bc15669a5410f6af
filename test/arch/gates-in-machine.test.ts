import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { arch, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { PT_REGS } from '../../src/arch/x86/context-layout.js'
import type { Machine } from '../../src/machine/machine.js'
import { createLinux, type LinuxOptions } from '../../src/presets/current.js'
import { DATA, Program } from '../system/assembler.js'

const [SIGILL, SIGTRAP, SIGSEGV] = [4, 5, 11]

/** What ran: the status as a shell tells it, and the output as 64-bit numbers. */
interface Outcome { readonly status: number; readonly words: readonly bigint[]; readonly calls?: readonly string[] }

const wordsOf = (bytes: Uint8Array): bigint[] => Array.from({ length: bytes.length >> 3 }, (_, i) => Buffer.from(bytes).readBigUInt64LE(8 * i))

async function run(elf: Uint8Array, args: readonly string[], options: LinuxOptions): Promise<Outcome & { machine: Machine }> {
  const written: Uint8Array[] = []
  const calls: string[] = []
  const machine = createLinux({ ...options, stdout: (bytes: Uint8Array) => void written.push(bytes.slice()) })
  machine.on('syscall:enter', ({ abi, nr }) => void calls.push(`${abi} ${nr}`))
  machine.spawn(elf, { path: '/gates', argv: ['gates', ...args] })
  const { status, signal } = await machine.run({ maxInstructions: 1_000_000 })
  return { status: signal === null ? status! : 128 + signal, words: wordsOf(Buffer.concat(written)), calls, machine }
}

const scratch = mkdtempSync(join(tmpdir(), 'gates-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Whether this machine is the kind that the goldens come from: Linux on an AMD processor. */
const isAmd = platform() === 'linux' && arch() === 'x64' && readFileSync('/proc/cpuinfo', 'latin1').includes('AuthenticAMD')

function runNative(elf: Uint8Array, args: readonly string[]): Outcome | null {
  const path = join(scratch, 'program')
  writeFileSync(path, elf)
  chmodSync(path, 0o755)
  const { status, signal, stdout, error } = spawnSync(path, [...args])
  if (error !== undefined) return null // a kernel without IA32 emulation
  const SIGNAL: Record<string, number> = { SIGILL, SIGTRAP, SIGSEGV }
  return { status: signal === null ? status! : 128 + SIGNAL[signal]!, words: wordsOf(stdout) }
}

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../../fixtures/bin/${name}/gates`, import.meta.url))

/**
 * The letters of fixtures/src/gates64.asm and gates32.asm. `amd` was recorded on an AMD machine with Linux 6.18 and is
 * asked again where there is one; `intel` follows the manual (Intel SDM volume 2, SYSCALL and SYSENTER) and Linux's
 * entry_SYSENTER_compat, which returns to the 32-bit landing pad whatever the caller was.
 */
const letters = [
  { arch: 'x86_64', letter: 'e', what: 'SYSENTER in 64-bit code', amd: 128 + SIGILL, intel: 128 + SIGSEGV },
  { arch: 'x86_64', letter: '3', what: 'SYSCALL in 32-bit code of a 64-bit program', amd: 128 + SIGSEGV, intel: 128 + SIGILL },
  { arch: 'x86_64', letter: 'd', what: 'a software interrupt whose gate is closed', amd: 128 + SIGSEGV, intel: 128 + SIGSEGV },
  { arch: 'i386', letter: 'c', what: 'SYSCALL in a 32-bit program outside the vDSO', amd: 128 + SIGSEGV, intel: 128 + SIGILL },
  { arch: 'i386', letter: 'e', what: 'SYSENTER in a 32-bit program outside the vDSO', amd: 128 + SIGILL, intel: 128 + SIGSEGV },
  { arch: 'i386', letter: 'b', what: 'SYSENTER with a sixth argument that cannot be read', amd: 128 + SIGILL, intel: 128 + SIGSEGV },
  { arch: 'i386', letter: '6', what: 'SYSCALL in 64-bit code of a 32-bit program', amd: 8, intel: 8 },
] as const

describe('gates that die, by vendor', () => {
  for (const { arch: name, letter, what, ...expected } of letters) {
    for (const vendor of ['intel', 'amd'] as const)
      it(`${vendor}: ${what}`, async () => expect((await run(fixture(name), [letter], { vendor })).status).toBe(expected[vendor]))
    it.skipIf(!isAmd)(`${what}, natively on an AMD machine`, () => expect(runNative(fixture(name), [letter])?.status ?? expected.amd).toBe(expected.amd))
  }

  it.each(['intel', 'amd'] as const)('%s: __kernel_vsyscall makes its calls, by SYSENTER or SYSCALL', async (vendor) => {
    expect((await run(fixture('i386'), [], { vendor })).status).toBe(6)
  })
})

const quad = (value: bigint): number[] => [...new Uint8Array(BigUint64Array.of(BigInt.asUintN(64, value)).buffer)]
const SYSCALL = [0x0f, 0x05], INT80 = [0xcd, 0x80]
const movRax = (value: bigint): number[] => [0x48, 0xb8, ...quad(value)]
const movRcx = (value: bigint): number[] => [0x48, 0xb9, ...quad(value)]
const movR11 = (value: bigint): number[] => [0x49, 0xbb, ...quad(value)]
const word32 = (value: number): number[] => quad(BigInt(value)).slice(0, 4)
const storeRcx = (at: number): number[] => [0x48, 0x89, 0x0c, 0x25, ...word32(at)]
const storeR11 = (at: number): number[] => [0x4c, 0x89, 0x1c, 0x25, ...word32(at)]

/** mov $stack, %esp; mov $stack, %ebp: below 4 GiB, where 32-bit entry code finds a sixth argument; mov $20, %eax */
const lowStack = [0xbc, ...word32(DATA + 0x800), 0xbd, ...word32(DATA + 0x800), 0xb8, ...word32(20)]
const CODE32 = DATA + 0x200
/** jmp far *(DATA + 0x100), to 32-bit code that does SYSCALL */
const compat = new Program().put(DATA + 0x100, [...word32(CODE32), 0x23, 0]).put(CODE32, [...SYSCALL, 0xf4]).bytes(...lowStack, 0xff, 0x2c, 0x25, ...word32(DATA + 0x100)).elf()
const sysenter64 = new Program().bytes(...lowStack, 0x0f, 0x34).elf()

describe('32-bit gates of a 64-bit program: the call is made, and the return has nowhere to go', () => {
  it.each([
    ['AMD: SYSCALL goes to CSTAR', compat, 'amd', SIGSEGV, ['i386 20']],
    ['Intel: SYSCALL is no instruction there', compat, 'intel', SIGILL, []],
    ['Intel: SYSENTER', sysenter64, 'intel', SIGSEGV, ['i386 20']],
    ['AMD: SYSENTER is no instruction there', sysenter64, 'amd', SIGILL, []],
  ] as const)('%s', async (_what, elf, vendor, signal, calls) => {
    const outcome = await run(elf, [], { vendor })
    expect([outcome.status, outcome.calls]).toEqual([128 + signal, calls])
  })
  it.skipIf(!isAmd)('natively on an AMD machine the same signals', () => {
    expect([runNative(compat, [])!.status, runNative(sysenter64, [])!.status]).toEqual([128 + SIGSEGV, 128 + SIGILL])
  })
})

/** A program that writes its own pid, then what each part leaves in rax, rcx and r11. */
function reporting(...parts: readonly (readonly number[])[]): Uint8Array {
  const program = new Program().call(39).store(DATA)
  parts.forEach((part, i) => {
    const at = DATA + 8 + 24 * i
    program.bytes(...part).store(at).bytes(...storeRcx(at + 8), ...storeR11(at + 16))
  })
  return program.call(1, 1, DATA, 8 + 24 * parts.length).call(60, 0).elf()
}

const ENOSYS = BigInt.asUintN(64, -38n)
/** Numbers that are none, or hardly. `current` takes the number as an int (6.18: do_syscall_64). */
const numbers: readonly (readonly [what: string, code: readonly number[], result: 'pid' | bigint])[] = [
  ['int $0x80 of 64-bit code: number 20 is getpid', [...movRax(20n), ...INT80], 'pid'],
  ['int $0x80 with garbage above 32 bits', [...movRax(0xffffffff00000014n), ...INT80], 'pid'],
  ['int $0x80 with -1', [...movRax(-1n), ...INT80], ENOSYS],
  ['SYSCALL with garbage above 32 bits', [...movRax(0x100000027n), ...SYSCALL], 'pid'],
  ['SYSCALL with garbage in all upper bits', [...movRax(0xffffffff00000027n), ...SYSCALL], 'pid'],
  ['SYSCALL with -1', [...movRax(-1n), ...SYSCALL], ENOSYS],
  ['SYSCALL with 32 bits of -1', [...movRax(0xffffffffn), ...SYSCALL], ENOSYS],
  ['SYSCALL past the table', [...movRax(5000n), ...SYSCALL], ENOSYS],
  ['SYSCALL with the x32 bit, x32 off', [...movRax(0x40000027n), ...SYSCALL], ENOSYS],
]
const numbered = reporting(...numbers.map(([, code]) => code))

describe('numbers', () => {
  const check = (words: readonly bigint[]): void => {
    const [pid] = words
    const results = numbers.map(([what], i) => [what, words[1 + 3 * i]])
    expect(results).toEqual(numbers.map(([what, , result]) => [what, result === 'pid' ? pid : result]))
  }
  it.each(['intel', 'amd'] as const)('%s: which are calls', async (vendor) => check((await run(numbered, [], { vendor })).words))
  it.skipIf(!isAmd)('natively the same', () => check(runNative(numbered, [])!.words))
  it('x32 numbers are calls where x32 is on', async () => { // CONFIG_X86_X32_ABI; off on the machines that the goldens come from
    const { words, calls } = await run(reporting([...movRax(0x40000027n), ...SYSCALL]), [], { x32: true })
    expect(words[1]).toBe(words[0])
    expect(calls![1]).toBe('x32 39')
  })
})

describe('rcx and r11 after the return', () => {
  const marks = [...movRcx(0x1111111122222222n), ...movR11(0x3333333344444444n)]
  const elf = reporting([...marks, ...movRax(39n), ...SYSCALL], [...marks, ...movRax(20n), ...INT80])
  const check = ([, , rcx, r11, , rcx80, r1180]: readonly bigint[]): void => {
    expect(rcx! & ~0xfffn).toBe(0x400000n) // the next instruction
    expect(r11! & 0x700n).toBe(0x200n) // the flags: IF, no TF, no DF
    expect([rcx80, r1180]).toEqual([0x1111111122222222n, 0x3333333344444444n])
  }
  it.each(['intel', 'amd'] as const)('%s: SYSCALL takes them, int $0x80 leaves them', async (vendor) => check((await run(elf, [], { vendor })).words))
  it.skipIf(!isAmd)('natively the same', () => check(runNative(elf, [])!.words))
})

describe('what leaves by IRET', () => {
  /** pushfq; orl $0x100, (%rsp); popfq; mov $39, %eax; syscall; nop: the trap comes after the call's return. */
  const traced = new Program().bytes(0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d, 0xb8, 39, 0, 0, 0, ...SYSCALL, 0x90).call(60, 0).elf()

  /** Symbols on the way of the first getpid, whose frame a listener may change. */
  function symbolsOf(elf: Uint8Array, change: (machine: Machine, regs: number) => void = () => {}): { symbols: Set<string>; machine: Machine; status: () => number | null } {
    const machine = createLinux({ stepping: true })
    const task = machine.spawn(elf, { path: '/gates' })
    machine.on('syscall:enter', ({ nr }) => nr === 39 && change(machine, task.regs))
    const symbols = new Set<string>()
    let calls = 0
    for (let step = machine.step(); step !== null; step = machine.step()) {
      if (step.what.includes('SYSCALL at')) calls++
      if (calls === 1 && step.kind === 'kernel') symbols.add(step.symbol.replace(/\+\d+$/, ''))
    }
    return { symbols, machine, status: () => task.group.exitStatus }
  }
  const plain = new Program().call(39).call(60, 0).elf()
  const set = (machine: Machine, at: number, value: bigint): void => machine.memory.view.setBigUint64(at, value, true)
  const IRET = 'swapgs_restore_regs_and_return_to_usermode', SYSRET = 'syscall_return_via_sysret'

  it('a plain return is by SYSRET', () => {
    const { symbols, status } = symbolsOf(plain)
    expect([symbols.has(SYSRET), symbols.has(IRET), status()]).toEqual([true, false, 0])
  })
  it('TF', async () => {
    const machine = createLinux({ stepping: true })
    const task = machine.spawn(traced, { path: '/gates' })
    machine.kernel.signals!.force = () => {} // as a debugger that takes the traps
    const symbols: string[] = []
    for (let step = machine.step({ maxInstructions: 100 }); step !== null; step = machine.step({ maxInstructions: 100 })) {
      if (step.kind === 'kernel' && step.symbol.startsWith('do_syscall_64')) symbols.push('call')
      if (symbols.length > 0 && (step.symbol.startsWith(IRET) || step.symbol.startsWith(SYSRET))) {
        symbols.push(step.symbol.replace(/\+\d+$/, ''))
        break
      }
    }
    expect(symbols.at(-1)).toBe(IRET)
    expect(task.group.exitStatus).toBe(null)
  })
  it.each(['intel', 'amd'] as const)('%s: TF kills by SIGTRAP', async (vendor) => expect((await run(traced, [], { vendor })).status).toBe(128 + SIGTRAP))
  it.skipIf(!isAmd)('TF kills by SIGTRAP natively', () => expect(runNative(traced, [])!.status).toBe(128 + SIGTRAP))
  it('RF, as a tracer sets it', () => {
    const { symbols, status } = symbolsOf(plain, (machine, regs) => {
      for (const slot of [PT_REGS.rflags, PT_REGS.r11]) set(machine, regs + slot, 0x10246n)
    })
    expect([symbols.has(SYSRET), symbols.has(IRET), status()]).toEqual([false, true, 0])
  })
  it('a return address that is not canonical: IRET refuses it, and the task dies of SIGSEGV in user mode', () => {
    const { symbols, status } = symbolsOf(plain, (machine, regs) => {
      for (const slot of [PT_REGS.rip, PT_REGS.rcx]) set(machine, regs + slot, 0x800000000000n)
    })
    expect([symbols.has(SYSRET), symbols.has(IRET), symbols.has('error_bad_iret')]).toEqual([false, true, true])
    expect(status()! & 0x7f).toBe(SIGSEGV)
  })
})
