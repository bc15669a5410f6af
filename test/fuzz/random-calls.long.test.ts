import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EXEMPT } from './exempt.js'
import { invariantsEvery } from './invariants.js'
import { formatReport, randomCalls, successes, summary } from './random-calls.js'

/** Calls between two full checks; what is cheap is checked after every call. */
const FULL_CHECK = 50
const ENOUGH = 100

test('1,000,000 random system calls: none throws, at least 30 % succeed, each succeeds and fails at least 100 times, the invariants hold', async () => {
  const start = performance.now()
  const report = await randomCalls(1_000_000, 1, invariantsEvery(FULL_CHECK))
  console.log(formatReport(report))
  expect([...report.thrown.keys()]).toEqual([])
  expect(successes(report)).toBeGreaterThan(0.3)
  const rare = [...report.tallies].filter(([call, { ok, failed, lost }]) => {
    const cannot = EXEMPT[call.slice(call.indexOf(' ') + 1)]?.cannot
    return (cannot !== 'succeed' && cannot !== 'return' && ok < ENOUGH) || (cannot === undefined && failed < ENOUGH) || (cannot === 'succeed' && failed < ENOUGH) || (cannot === 'return' && lost + ok + failed < ENOUGH)
  })
  expect(rare.map(([call, { ok, failed }]) => `${call}: ${ok} succeeded, ${failed} failed`)).toEqual([])
  expect(report.calls).toBeGreaterThanOrEqual(1_000_000)
  const seconds = Math.round((performance.now() - start) / 1000)
  writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify({ ...summary(report), fullCheckEvery: FULL_CHECK, seconds }, null, 2)}\n`)
}, 3_600_000)
