import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { inlined, Sources } from '../../scripts/inline-constants.mjs'

const folder = mkdtempSync(join(tmpdir(), 'syscallkit-inline-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

writeFileSync(join(folder, 'slots.ts'), `
export const RIP = 32
export const NEXT = RIP * 4 + 1
export const ENOSYS = -38
export const FLAGS = { RF: 1 << 16, both: 3 | 4, text: 'no number' } as const
export const loose = { RF: 1 }
export let changing = 1
export const words = [1, 2]
`)

function inlinedText(text: string): string {
  const file = join(folder, `user-${Math.random()}.ts`)
  writeFileSync(file, text)
  return inlined(file, new Sources())
}
const imports = "import { RIP, NEXT, ENOSYS, FLAGS, loose, changing, words } from './slots.js'\n"

test.each([
  ['a constant, and one that is made of others', 'f(RIP, NEXT)', 'f(32, 129)'],
  ['a negative one stays apart from an operator', 'f(-ENOSYS, 1 -ENOSYS)', 'f(-(-38), 1 -(-38))'],
  ['members of an object that cannot change', 'f(FLAGS.RF | FLAGS.both)', 'f(65536 | 7)'],
  ['members that are no numbers stay', 'f(FLAGS.text)', 'f(FLAGS.text)'],
  ['objects that can change, variables and arrays stay', 'f(loose.RF, changing, words[0])', 'f(loose.RF, changing, words[0])'],
  ['an object that is used whole stays', 'f(FLAGS, FLAGS[name])', 'f(FLAGS, FLAGS[name])'],
  ['names of properties stay', 'f({ RIP: RIP }, x.RIP)', 'f({ RIP: 32 }, x.RIP)'],
  ['a shorthand property stays', 'f({ RIP })', 'f({ RIP })'],
  ['types stay', 'const x: typeof RIP = RIP', 'const x: typeof RIP = 32'],
  ['a parameter hides a constant in the whole file', 'const g = (RIP: number) => RIP; f(RIP)', 'const g = (RIP: number) => RIP; f(RIP)'],
  ['lines stay where they are', 'f(\n  RIP,\n)', 'f(\n  32,\n)'],
])('%s', (_name, use, want) => expect(inlinedText(imports + use)).toEqual(imports + want))

test('under another name, and by a namespace', () => {
  writeFileSync(join(folder, 'again.ts'), "import * as R from './slots.js'\nexport { R }\nexport * as S from './slots.js'\nexport { RIP as A } from './slots.js'\n")
  expect(inlinedText("import { A, R, S } from './again.js'\nf(A, R.RIP, S.RIP)")).toMatch(/f\(32, 32, 32\)$/)
  expect(inlinedText("import { RIP as A } from './slots.js'\nimport * as R from './slots.js'\nf(A, R.NEXT, R.words)")).toMatch(/f\(32, 129, R\.words\)$/)
})
