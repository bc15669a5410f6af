import { describe, expect, it } from 'vitest'
import { compareStates } from './equivalence.js'
import { profiles } from './stepping-cases.js'

for (const profile of profiles)
  describe(`stepping equals the fast path from 100,000 states: ${profile.name}`, () => {
    it.each(profile.paths.map((path) => [path.name, path] as const))('%s', (_name, path) => {
      expect(compareStates(profile, path, 100_000)).toBe('')
    })
  })
