import { expect, test } from 'vitest'
import { flood, fuzz } from './fuzz.js'

test('20,000 random and mutated packets: no throw, no read outside, nothing grows', () => {
  expect(fuzz(1, 20_000)).toEqual([])
})

test('a flood of 20,000 SYNs leaves the listener usable within its memory', () => {
  expect(flood(20_000)).toEqual([])
})
