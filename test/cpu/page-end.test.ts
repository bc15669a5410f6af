import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { arch, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PROT, PT_REGS, TestMachine, TRAP } from './host.js'

const here = (name: string): string => fileURLToPath(new URL(`page-end/${name}`, import.meta.url))
const CODE = 0x4000, PAGE = 4096 // within 64 KiB: branches of 16 bits stay there
const STACK = 0x700000

/** A machine with `pages` pages of code from CODE, and a stack. */
function machineWith(is64: boolean, pages: number): TestMachine {
  const machine = new TestMachine(is64)
  machine.map(CODE, pages * PAGE, PROT.read | PROT.exec)
  machine.map(STACK, PAGE, PROT.read | PROT.write)
  return machine
}
function run(machine: TestMachine, at: number, code: readonly number[], instructions: number): TestMachine {
  machine.reset()
  machine.last = null
  machine.write(at - 256, new Uint8Array(machine.pages.size > 2 ? 512 : 256)) // operands relative to RIP read the same bytes each time
  machine.write(STACK, new Uint8Array(PAGE)) // what instructions before have left there follows from where they were
  machine.write(at, code)
  for (let n = 0; n < 8; n++) machine.setGpr(n, BigInt(STACK + 0x800))
  machine.set(PT_REGS.rip, BigInt(at))
  machine.run(instructions)
  return machine
}

const VECTORS: Readonly<Record<number, string>> = { 6: 'u', 13: 'g' }
function outcome({ last }: TestMachine): string {
  if (last?.kind !== TRAP.fault) return '.'
  if (last.vector === 14) return last.address === CODE + PAGE ? 'f' : '.'
  return VECTORS[last.vector] ?? '.'
}

/** The table of page-end.c, as this CPU has it; characters that were not recorded are left out here too. */
function table(recorded: string, is64: boolean): string {
  const machine = machineWith(is64, 1)
  return recorded.split('\n').map((line) => {
    const [prefix, map, high, outcomes] = line.split(' ')
    if (prefix === undefined || map === undefined || high === undefined || outcomes === undefined) return line
    const before = [...(prefix === '00' ? [] : [Number.parseInt(prefix, 16)]), ...(map === '0f' ? [0x0f] : [])]
    const mine = [...outcomes].map((c, i) => {
      const code = [...before, Number.parseInt(high, 16) + i]
      return c === '-' ? c : outcome(run(machine, CODE + PAGE - code.length, code, 4))
    })
    return `${prefix} ${map} ${high} ${mine.join('')}`
  }).join('\n')
}

/** Everything that a run shows: what trapped and the registers, those that follow from where the code is as if it were at `like`. */
function shown(machine: TestMachine, at: number, like: TestMachine, other: number): unknown {
  const moved = (value: bigint, there: bigint): bigint => ([64, 16].some((bits) => BigInt.asUintN(bits, value - there - BigInt(at - other)) === 0n) ? there : value)
  const { last } = machine
  return [
    last?.kind, last?.kind === TRAP.fault ? [last.vector, last.errorCode] : null, moved(machine.rip, like.rip), machine.flags,
    Array.from({ length: machine.is64 ? 16 : 8 }, (_, n) => moved(machine.gpr(n), like.gpr(n))),
  ]
}

describe.each(['x86_64', 'i386'])('instructions at the end of a page, %s', (name) => {
  const is64 = name === 'x86_64'
  const recorded = readFileSync(here(`${name}.txt`), 'utf8')

  it('fault in their fetch, or before it, as the processor does', () => {
    expect(table(recorded, is64)).toBe(recorded)
  })

  it('do the same in one page and across two', () => {
    const opcode = fc.tuple(fc.subarray([0x66, 0xf2, 0xf3, ...(is64 ? [0x48] : [])], { maxLength: 2 }), fc.subarray([0x0f]), fc.uint8Array({ minLength: 15, maxLength: 15 }))
    const one = machineWith(is64, 2), other = machineWith(is64, 2)
    fc.assert(fc.property(opcode, fc.integer({ min: 1, max: 14 }), ([prefixes, escape, rest], inFirst) => {
      const code = [...prefixes, ...escape, ...rest].slice(0, 15)
      const cut = CODE + PAGE - inFirst, whole = cut - PAGE / 2 // alike in alignment, which operands relative to RIP see
      const across = run(one, cut, code, 1), within = run(other, whole, code, 1)
      expect(shown(across, cut, within, whole)).toEqual(shown(within, whole, within, whole))
    }), { numRuns: 3000 })
  })

  it('PSLLDQ of which the page has three bytes is executed', () => {
    const at = CODE + PAGE - 3
    expect(run(machineWith(is64, 2), at, [0x66, 0x0f, 0x73, 0xfa, 0x03], 1).rip).toBe(BigInt(at + 5))
  })

  const isAmd = platform() === 'linux' && arch() === 'x64' && readFileSync('/proc/cpuinfo', 'latin1').includes('AuthenticAMD')
  it.skipIf(!isAmd)('natively the table is the recorded one', ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), 'page-end-'))
    try {
      try {
        execFileSync('gcc', [...(is64 ? [] : ['-m32']), '-O1', '-static', '-o', join(folder, 'page-end'), here('page-end.c')], { stdio: 'ignore' })
      } catch {
        skip(`no gcc for ${name}`)
      }
      expect(execFileSync(join(folder, 'page-end'), { encoding: 'latin1' })).toBe(recorded)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
