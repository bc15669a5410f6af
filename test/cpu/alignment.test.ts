import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { arch, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createLinux } from '../../src/presets/current.js'
import { DATA, Program } from '../system/assembler.js'

const SIGBUS = 7
const AT = DATA + 0x1000
const word32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >> shift) & 255)

/** Accesses of [disp32], and what they must be aligned to under EFLAGS.AC. Recorded on an AMD machine, and asked again where there is one. */
const accesses: readonly (readonly [name: string, opcode: readonly number[], alignment: number, after?: readonly number[]])[] = [
  ['movb', [0x8a, 0x04, 0x25], 1],
  ['movw', [0x66, 0x8b, 0x04, 0x25], 2],
  ['movl', [0x8b, 0x04, 0x25], 4],
  ['movl, a store', [0x89, 0x04, 0x25], 4],
  ['movq', [0x48, 0x8b, 0x04, 0x25], 8],
  ['btl', [0x0f, 0xba, 0x24, 0x25], 4, [3]],
  ['movss', [0xf3, 0x0f, 0x10, 0x04, 0x25], 4],
  ['movsd', [0xf2, 0x0f, 0x10, 0x04, 0x25], 8],
  ['movups', [0x0f, 0x10, 0x04, 0x25], 16],
  ['flds', [0xd9, 0x04, 0x25], 4],
  ['fldl', [0xdd, 0x04, 0x25], 8],
  ['fldt', [0xdb, 0x2c, 0x25], 8],
  ['fnstcw', [0xd9, 0x3c, 0x25], 2],
  ['fnstenv', [0xd9, 0x34, 0x25], 4],
  ['fnsave', [0xdd, 0x34, 0x25], 4],
]
const REP_MOVSL = [0xf3, 0xa5], REP_MOVSB = [0xf3, 0xa4]
const stringAt = (offset: number, code: readonly number[]): number[] => [0xbe, ...word32(AT + offset), 0xbf, ...word32(AT + 0x400 + offset), 0xb9, 4, 0, 0, 0, ...code]
/** pushfq; orl $0x40000, (%rsp); popfq */
const SET_AC = [0x9c, 0x81, 0x0c, 0x24, ...word32(0x40000), 0x9d]
const program = (code: readonly number[]): Uint8Array => new Program().bytes(...SET_AC, ...code).call(60, 0).elf()

const cases: (readonly [string, Uint8Array, number])[] = [
  ...[1, 2, 4, 8, 16].flatMap((offset) => accesses.map(([name, opcode, alignment, after = []]) =>
    [`${name} +${offset}`, program([...opcode, ...word32(AT + offset), ...after]), offset % alignment === 0 ? 0 : 128 + SIGBUS] as const)),
  ['rep movsb +1', program(stringAt(1, REP_MOVSB)), 0],
  ['rep movsl +2', program(stringAt(2, REP_MOVSL)), 128 + SIGBUS],
  ['rep movsl +4', program(stringAt(4, REP_MOVSL)), 0],
  ['a load over the end of a page', program([0x8b, 0x04, 0x25, ...word32(AT + 0xffe)]), 128 + SIGBUS],
  ['a load of an unmapped page: before the page fault', program([0x8b, 0x04, 0x25, ...word32(0x1001)]), 128 + SIGBUS],
  ['AC cleared again', program([0x9c, 0x81, 0x24, 0x24, ...word32(~0x40000), 0x9d, 0x8b, 0x04, 0x25, ...word32(AT + 1)]), 0],
]

const scratch = mkdtempSync(join(tmpdir(), 'alignment-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const isAmd = platform() === 'linux' && arch() === 'x64' && readFileSync('/proc/cpuinfo', 'latin1').includes('AuthenticAMD')

describe('alignment checks under EFLAGS.AC', () => {
  it.each(cases)('%s', async (_name, elf, expected) => {
    const machine = createLinux()
    machine.spawn(elf)
    const { status, signal } = await machine.run()
    expect(signal === null ? status : 128 + signal).toBe(expected)
  })
  it.skipIf(!isAmd)('natively the same', () => {
    const path = join(scratch, 'program')
    const outcomes = cases.map(([name, elf]) => {
      writeFileSync(path, elf, { mode: 0o755 })
      const { status, signal } = spawnSync(path)
      return [name, signal === null ? status : signal === 'SIGBUS' ? 128 + SIGBUS : signal]
    })
    expect(outcomes).toEqual(cases.map(([name, , expected]) => [name, expected]))
  })
})
