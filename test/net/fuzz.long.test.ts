import { expect, test } from 'vitest'
import { flood, fuzz } from './fuzz.js'

const SEED = Number(process.env['SEED'] ?? 2)

test('1,000,000 random and mutated packets', { timeout: 3_600_000 }, () => {
  expect(fuzz(SEED, 1_000_000, (fed) => console.log(`${fed} packets`))).toEqual([])
})

test('a flood of 1,000,000 SYNs within a fixed memory', { timeout: 3_600_000 }, () => {
  const before = process.memoryUsage().heapUsed
  expect(flood(1_000_000, (sent) => console.log(`${sent} SYNs, heap ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB`))).toEqual([])
  globalThis.gc?.()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64e6)
})
