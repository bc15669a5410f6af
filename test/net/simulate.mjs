#!/usr/bin/env node
// Runs random applications over a faulty line, each from a seed of its own: every byte arrives in order, or both ends hear of
// the failure. Bundled first, which makes it many times as fast as within the test runner.
// usage: npm run test:simulation -- [SEEDS [FIRST]]      default 100,000 from 1; SEED=n npx vitest run test/net/simulation.test.ts looks at one
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const [seeds, first] = [process.argv[2] ?? 100_000, process.argv[3] ?? 1].map(Number)
if (!(seeds > 0) || !Number.isSafeInteger(first)) {
  console.error('usage: npm run test:simulation -- [SEEDS [FIRST]]: two numbers')
  process.exit(2)
}
const outfile = here('../../build/simulation.mjs')
await build({ entryPoints: [here('simulation.ts')], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' })
const { simulate } = await import(outfile)

let failed = 0
let events = 0
for (let done = 0; done < seeds; done++) {
  const outcome = simulate(first + done, 3)
  events += outcome.events
  if (outcome.problems.length > 0) {
    failed++
    console.log(`seed ${first + done}: ${outcome.problems.join('; ')}`)
  }
  if ((done + 1) % 1000 === 0 || done + 1 === seeds) console.log(`${done + 1} of ${seeds} seeds, ${events} events, ${failed} failed`)
}
process.exit(failed === 0 ? 0 : 1)
