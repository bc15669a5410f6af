import { expect, test } from 'vitest'
import { formatReport, randomCalls } from './random-calls.js'

test('random system calls with arguments from their codecs: each comes back, waits or ends its task, none throws', async () => {
  const report = await randomCalls(10_000, 20_261)
  expect([...report.thrown.keys()]).toEqual([])
  let ok = 0, failed = 0
  for (const tally of report.tallies.values()) {
    ok += tally.ok
    failed += tally.failed
  }
  expect(ok / (ok + failed), formatReport(report)).toBeGreaterThan(0.3)
})
