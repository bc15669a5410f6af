import { expect, test } from 'vitest'
import { invariantsEvery } from './invariants.js'
import { formatReport, randomCalls, successes } from './random-calls.js'

test('random system calls with arguments from their codecs: each comes back, waits or ends its task, none throws, the invariants hold', async () => {
  const report = await randomCalls(10_000, 20_261, invariantsEvery(25))
  expect([...report.thrown.keys()]).toEqual([])
  expect(successes(report), formatReport(report)).toBeGreaterThan(0.3)
})
