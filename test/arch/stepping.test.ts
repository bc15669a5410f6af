import { describe, expect, it } from 'vitest'
import type { Trap } from '../../src/arch/cpu-port.js'
import type { SeededRandom } from '../../src/base/random.js'
import { current } from '../../src/arch/profiles/current.js'
import { currentPaths } from '../../src/arch/profiles/current-paths.js'
import { compareStates, everyMutantIsCaught, type Profile, trapOf } from './equivalence.js'

/** Random states for each path; STATES in the environment makes it quicker while working. */
const STATES = Number(process.env['STATES'] ?? 100_000)
const TF_NT_RF_IF_DF = 0x14700
const SYSCALL_CLEARS = 0x257fd5
const AMD = { vendor: 'amd' } as const
const VECTORS = [0, 1, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19]

/** A fault as a CPU reports it: an error code only where the vector has one. */
function randomFault(random: SeededRandom): Trap {
  const vector = VECTORS[random.u32() % VECTORS.length]!
  return trapOf('fault', { vector, errorCode: (vector >= 10 && vector <= 14) || vector === 17 ? random.u32() & 0xffff : 0, address: random.u32() })
}

const profiles: Profile[] = [{
  name: 'current', kernel: current, program: currentPaths,
  paths: [
    { name: 'SYSCALL of 64-bit code', mode: 64, trap: () => trapOf('syscall'), kernelFlagsClear: SYSCALL_CLEARS },
    { name: 'SYSCALL of 64-bit code, x32 on', mode: 64, options: { x32: true }, trap: () => trapOf('syscall'), kernelFlagsClear: SYSCALL_CLEARS },
    { name: 'SYSCALL of 32-bit code on AMD', mode: 32, options: AMD, trap: () => trapOf('syscall'), kernelFlagsClear: SYSCALL_CLEARS },
    { name: 'SYSCALL of 32-bit code on Intel', mode: 32, trap: () => trapOf('syscall'), kernelFlagsClear: TF_NT_RF_IF_DF },
    { name: 'SYSENTER of 32-bit code on Intel', mode: 32, trap: () => trapOf('sysenter'), kernelFlagsClear: TF_NT_RF_IF_DF | 0x40000 },
    { name: 'SYSENTER of 64-bit code on Intel', mode: 64, trap: () => trapOf('sysenter'), kernelFlagsClear: TF_NT_RF_IF_DF | 0x40000 },
    { name: 'SYSENTER of 64-bit code on AMD', mode: 64, options: AMD, trap: () => trapOf('sysenter'), kernelFlagsClear: TF_NT_RF_IF_DF },
    { name: 'int $0x80 of 64-bit code', mode: 64, trap: () => trapOf('int', { vector: 0x80 }), kernelFlagsClear: TF_NT_RF_IF_DF },
    { name: 'int $0x80 of 32-bit code', mode: 32, trap: () => trapOf('int', { vector: 0x80 }), kernelFlagsClear: TF_NT_RF_IF_DF },
    { name: 'int n of 64-bit code', mode: 64, trap: (r) => trapOf('int', { vector: r.u32() & 255 }), kernelFlagsClear: TF_NT_RF_IF_DF },
    {
      name: 'exceptions of 64-bit code', mode: 64, kernelFlagsClear: TF_NT_RF_IF_DF,
      trap: randomFault,
    },
    {
      name: 'exceptions of 32-bit code', mode: 32, kernelFlagsClear: TF_NT_RF_IF_DF,
      trap: randomFault,
    },
  ],
  dead: { 'entry_SYSCALL_64 xorl %rsi': 'movslq loads rsi again before C reads it' },
}]

for (const profile of profiles)
  describe(`stepping equals the fast path: ${profile.name}`, () => {
    it.each(profile.paths.map((path) => [path.name, path] as const))('%s', (_name, path) => {
      expect(compareStates(profile, path, STATES)).toBe('')
    })
    it('leaving out any step is noticed', () => {
      expect(everyMutantIsCaught(profile)).toEqual(Object.keys(profile.dead))
    })
  })
