import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { compile } from './build.js'
import { createRunner } from './machine.js'
import { createOracle } from './native.js'
import { RECORD } from './record.js'
import { describeRecord, differences, draw, maskFlags, randomOf, SUITES, type Suite } from './suites.js'

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
      out.push(`${group.name}\n  before    ${describeRecord(before.subarray(at, at + RECORD.size))}\n  processor ${describeRecord(theirs)}\n  here      ${describeRecord(ours)}`)
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
