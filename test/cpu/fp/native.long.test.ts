import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { lookupSse } from '../../../src/cpu/sse-table.js'
import { lookupX87 } from '../../../src/cpu/x87-table.js'
import { compile } from './build.js'
import { createRunner } from './machine.js'
import { createOracle } from './native.js'
import { IMAGE, RECORD } from './record.js'
import { describeFailure, differences, draw, maskFlags, randomOf, SUITES, type Suite } from './suites.js'

/** Cases per group and seed: FP_CASES=10000 FP_SEED=7 npx vitest run --project long test/cpu/fp */
const CASES = Number(process.env['FP_CASES'] ?? 1000)
const SEED = Number(process.env['FP_SEED'] ?? 2)

const oracle = createOracle(fileURLToPath(new URL('oracle.c', import.meta.url)))
let run: (record: Uint8Array) => void

beforeAll(() => {
  run = createRunner(compile())
}, 60_000)

function failures(suite: Suite): string[] {
  const out: string[] = []
  for (const group of suite.groups()) {
    const before = draw(group, CASES, randomOf(group, SEED))
    const after = oracle!(before)
    for (let at = 0; at < before.length; at += RECORD.size) {
      const theirs = after.subarray(at, at + RECORD.size)
      const ours = before.slice(at, at + RECORD.size)
      run(ours)
      maskFlags(ours)
      maskFlags(theirs)
      if (differences(suite.name, ours, theirs).length === 0) continue
      out.push(describeFailure(group.name, before.subarray(at, at + RECORD.size), theirs, ours))
      break
    }
  }
  return out
}

// needs gcc on x86-64; approximations and out-of-domain results are those of AMD's Zen 3
describe.skipIf(oracle === null)('floating point against this processor', () => {
  for (const suite of SUITES) {
    test(`${suite.name}: ${CASES} fresh cases of each form`, () => {
      expect(failures(suite)).toEqual([])
    }, 3_600_000)
  }
})

/** Instructions of SSE3 and SSE4a that this processor has and a baseline x86-64 has not. */
const NEWER = /^(d[bdf] f$|(66|f2) 0f (7c|7d|d0) |f[23] 0f (12|16|2b) |f2 0f f0 )/

describe.skipIf(oracle === null)('undefined encodings', () => {
  test('the tables know exactly what the processor knows, but for newer extensions', () => {
    const forms: { name: string; code: number[]; known: boolean }[] = []
    const hex = (n: number): string => n.toString(16)
    for (let opcode = 0xd8; opcode < 0xe0; opcode++) {
      for (let modrm = 0; modrm < 256; modrm++) {
        if (modrm < 0xc0 && (modrm & 0xc7) !== 7) continue
        forms.push({ name: `${hex(opcode)} ${hex(modrm)}`, code: [opcode, modrm], known: lookupX87(opcode, modrm, false) !== null })
      }
    }
    for (const opcode of sseOpcodes()) {
      const immediate = opcode >= 0x70 && opcode <= 0x73 || opcode === 0xc2 || opcode >= 0xc4 && opcode <= 0xc6
      for (const prefix of [0, 0x66, 0xf3, 0xf2] as const) {
        for (const modrm of [0x07, 0x17, 0x1f, 0x27, 0x37, 0x3f, 0xc1, 0xd1, 0xd9, 0xe1, 0xf1, 0xf9]) {
          const e = lookupSse(prefix, opcode, modrm, false, true)
          const known = e !== null && !(modrm < 0xc0 && (e.dst.endsWith('-rm') || e.src.endsWith('-rm')))
          const code = [...(prefix ? [prefix] : []), 0x0f, opcode, modrm, ...(immediate ? [1] : [])]
          forms.push({ name: `${hex(prefix)} 0f ${hex(opcode)} ${hex(modrm)}`, code, known })
        }
      }
    }
    const after = oracle!(bareRecords(forms))
    const wrong = forms.filter(({ name, known }, i) => (after[i * RECORD.size + RECORD.trap] !== 6) !== known && !NEWER.test(name))
    expect(wrong.map(({ name }) => name)).toEqual([])
  })
})

describe.skipIf(oracle === null)('alignment', () => {
  test('#GP for operands that are not aligned comes from exactly the forms that the table marks', () => {
    const forms: { name: string; code: number[]; aligned: boolean }[] = []
    for (const opcode of sseOpcodes()) {
      for (const prefix of [0, 0x66, 0xf3, 0xf2] as const) {
        const e = lookupSse(prefix, opcode, 0x47, false, true)
        if (e === null || e.dst.endsWith('-rm') || e.src.endsWith('-rm')) continue
        const code = [...(prefix ? [prefix] : []), 0x0f, opcode, 0x47, 8, ...(e.imm8 ? [1] : [])]
        forms.push({ name: `${prefix.toString(16)} 0f ${opcode.toString(16)}`, code, aligned: e.align16 })
      }
    }
    const after = oracle!(bareRecords(forms))
    expect(forms.length).toBeGreaterThan(200)
    expect(forms.filter(({ aligned }, i) => (after[i * RECORD.size + RECORD.trap] === 13) !== aligned).map(({ name }) => name)).toEqual([])
  })
})

/** Records of instructions with zero operands and everything masked. */
function bareRecords(forms: readonly { code: readonly number[] }[]): Uint8Array {
  const records = new Uint8Array(forms.length * RECORD.size)
  for (const [i, { code }] of forms.entries()) {
    const record = records.subarray(i * RECORD.size, (i + 1) * RECORD.size)
    record[0] = code.length
    record.set(code, RECORD.code)
    const view = new DataView(record.buffer, record.byteOffset)
    view.setUint32(RECORD.eflags, 0x202, true)
    view.setUint16(IMAGE.fcw, 0x37f, true)
    view.setUint32(IMAGE.mxcsr, 0x1f80, true)
  }
  return records
}

/** Opcodes after 0F that belong to MMX, SSE and SSE2; emms, which has no ModRM, and AMD's own 78 and 79 apart. */
function sseOpcodes(): number[] {
  const ranges = [[0x10, 0x17], [0x28, 0x2f], [0x50, 0x76], [0x7a, 0x7f], [0xc2, 0xc2], [0xc4, 0xc6], [0xd0, 0xfe]] as const
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i))
}
