import { expect, test } from 'vitest'
import { simulate } from './simulation.js'

const SEEDS = Number(process.env['SEEDS'] ?? 3_000)
const FROM = Number(process.env['FROM'] ?? 1)

/** `npm run test:simulation` runs 100,000, FROM=n SEEDS=m others; a failing seed runs alone with SEED=n in simulation.test.ts. */
test(`${SEEDS} seeds of random applications over a faulty line`, { timeout: 24 * 3_600_000 }, () => {
  const failed: string[] = []
  let events = 0
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    const outcome = simulate(seed, 3)
    events += outcome.events
    if (outcome.problems.length > 0) {
      failed.push(`seed ${seed}: ${outcome.problems.join('; ')}`)
      console.log(failed.at(-1))
    }
    if (seed % 1000 === 0) console.log(`${seed - FROM + 1} of ${SEEDS} seeds, ${events} events, ${failed.length} failed`)
  }
  expect(failed).toEqual([])
})
