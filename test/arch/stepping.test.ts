import { describe, expect, it } from 'vitest'
import { compareStates, everyMutantIsCaught } from './equivalence.js'
import { profiles } from './stepping-cases.js'

/** Random states for each path; `npm run test:long` takes 100,000. */
const STATES = 2000

for (const profile of profiles)
  describe(`stepping equals the fast path: ${profile.name}`, () => {
    it.each(profile.paths.map((path) => [path.name, path] as const))('%s', (_name, path) => {
      expect(compareStates(profile, path, STATES)).toBe('')
    })
    it('leaving out any step is noticed', () => {
      expect(everyMutantIsCaught(profile)).toEqual(Object.keys(profile.dead))
    })
  })
