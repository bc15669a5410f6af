import { describe, expect, it } from 'vitest'
import { current } from '../../src/arch/profiles/current.js'
import { currentPaths } from '../../src/arch/profiles/current-paths.js'
import { Equivalence, type PathCase, trapOf } from './equivalence.js'

const STATES = Number(process.env['STATES'] ?? 100_000)
const TF_NT_RF_IF_DF = 0x14700
const SYSCALL_CLEARS = 0x257fd5

const paths: PathCase[] = [
  { name: 'SYSCALL of 64-bit code', mode: 64, trap: () => trapOf('syscall'), kernelFlagsClear: SYSCALL_CLEARS },
  { name: 'int $0x80 of 64-bit code', mode: 64, trap: () => trapOf('int', { vector: 0x80 }), kernelFlagsClear: TF_NT_RF_IF_DF },
]

describe('stepping equals the fast path: current', () => {
  for (const path of paths)
    it(path.name, () => {
      const e = new Equivalence(current, currentPaths(), path.options ?? {})
      for (let seed = 1; seed <= STATES; seed++) {
        const difference = e.run(path, seed)
        if (difference !== '') expect.fail(`seed ${seed}: ${difference}`)
      }
      console.log(path.name, [...e.seen])
    })
})
