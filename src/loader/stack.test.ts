import { describe, expect, test } from 'vitest'
import { KINDS, mmapBase } from './layout.js'
import { layOutStrings } from './stack.js'

describe('arguments and environment take at most what Linux lets them', () => {
  const path = '/tmp/sk-e/p64'
  // found natively (Linux 6.18) by bisection: stack limit in KiB, strings of 131071 bytes, of 1 byte, longest last string
  test.each([
    [8192, 15, 0, 130919], [8192, 15, 100, 129919], [8192, 14, 5000, 131071], [400, 0, 10, 130939], [1000, 1, 3, 124857], [65536, 47, 3, 130633],
  ] as const)(
    'stack of %i KiB, %i long strings and %i short ones', (kib, long, short, last) => {
      const others = [...Array<string>(long).fill('a'.repeat(131071)), ...Array<string>(short).fill('b')]
      const of = (n: number) => layOutStrings(KINDS.x86_64, path, ['p'], [...others, 'c'.repeat(n)], kib * 1024)
      expect(of(last)).not.toBe(-7)
      expect(of(last + 1)).toBe(-7)
    },
  )

  test('a program without arguments gets an empty argv[0]', () => {
    expect(layOutStrings(KINDS.x86_64, path, [], [], 8 << 20)).toMatchObject({ argv: [''] })
  })
})

// the end of the vDSO of static programs under `setarch -R` and `ulimit -s`, natively (Linux 6.18)
test.each([
  [8192, 0x7ffff7fff000, 0xf7ffe000], [200_000, 0x7ffff3baf000, 0xf3bae000], [1_048_576, 0x7fffbfeff000, 0xbfefe000], [Infinity, 0x155555556000, 0x2aaab000],
] as const)('with %d KiB of stack mmap starts where native Linux starts', (kib, wide, compat) => {
  expect(mmapBase(KINDS.x86_64.taskSize, kib * 1024)).toBe(wide)
  expect(mmapBase(KINDS.compat.taskSize, kib * 1024)).toBe(compat)
})
