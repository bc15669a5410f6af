import { expect, test } from 'vitest'
import { formatReport, randomCalls } from './random-calls.js'

test('1,000,000 random system calls: none throws, and at least 30 % succeed', async () => {
  const report = await randomCalls(1_000_000, 1)
  console.log(formatReport(report))
  const rare = [...report.tallies].filter(([, { ok, failed }]) => ok < 100 || failed < 100).map(([name, { ok, failed }]) => `${name} (${ok} succeeded, ${failed} failed)`)
  console.log(`fewer than 100 successes or failures: ${rare.join(', ') || 'none'}`)
  expect([...report.thrown.keys()]).toEqual([])
  let ok = 0, failed = 0
  for (const tally of report.tallies.values()) {
    ok += tally.ok
    failed += tally.failed
  }
  expect(ok / (ok + failed)).toBeGreaterThan(0.3)
}, 3_600_000)
