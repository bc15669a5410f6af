import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { cases, environment, glibcCases, type NativeCase } from './cases.mjs'
import { outputLines, parseGoldens, title, type Golden } from './golden.mjs'
import { nativeMissing, runNative } from './native.mjs'
import { normaliseStrace } from './normalise.js'
import { runGuest } from './run.js'
import { makeArchive, makeFolder, rootEntries } from './tree.mjs'

const scratch = mkdtempSync(join(tmpdir(), 'compare-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

type Arch = 'x86_64' | 'i386'

/** A root for a program: an archive where the data's owners matter, else a folder. */
const roots = new Map<string, string>()
function rootOf(path: string, program: string): string {
  let root = roots.get(path)
  if (root === undefined) {
    root = join(scratch, `root-${roots.size}`)
    const entries = rootEntries(program, readFileSync(path))
    if (program === 'busybox') writeFileSync((root += '.cpio'), makeArchive(entries))
    else makeFolder((mkdirSync(root), root), entries)
    roots.set(path, root)
  }
  return root
}

async function compare(c: NativeCase, arch: Arch, path: string, golden: Golden): Promise<void> {
  const program = `/bin/${c.program}`
  const run = await runGuest({ program, args: c.args, env: environment, root: rootOf(path, c.program), stdin: c.stdin })
  expect(normaliseStrace(run.strace, arch)).toEqual(normaliseStrace(golden.strace, arch))
  expect([...outputLines('1', run.stdout), ...outputLines('2', run.stderr)]).toEqual(golden.output)
  expect(run.status).toBe(golden.status)
}

const busybox: Record<Arch, string> = { x86_64: process.env['BUSYBOX_X86_64'] ?? '/bin/busybox', i386: process.env['BUSYBOX_I386'] ?? '' }

for (const arch of ['x86_64', 'i386'] as const) {
  for (const group of new Set(cases.map((c) => c.group))) {
    const mine = cases.filter((c) => c.group === group && c.archs.includes(arch))
    if (mine.length === 0) continue
    const path = group === 'busybox' ? busybox[arch] : here(`../../fixtures/bin/${arch}/${group}`)
    const text = readFileSync(here(`goldens/${arch}/${group}.txt`), 'utf8')
    const sum = /^program sha256 (\w+)/.exec(text)?.[1]
    const same = existsSync(path) && createHash('sha256').update(readFileSync(path)).digest('hex') === sum
    const reason = same || group !== 'busybox' ? null : 'no busybox-static here that the goldens were made with'
    describe.skipIf(reason !== null)(`${arch} ${group}: output, status and strace lines are Linux's${reason === null ? '' : ` (${reason})`}`, () => {
      test('the goldens were made with this program', () => expect(same).toBe(true))
      const goldens = parseGoldens(text)
      for (const c of mine) test(title(c), () => compare(c, arch, path, goldens.get(title(c)) ?? { status: NaN, output: [], strace: [] }))
    })
  }
}

const noGlibc = nativeMissing() ?? (existsSync('/usr/bin/gcc') ? null : 'no gcc')
describe.skipIf(noGlibc !== null)(`programs linked with this machine's glibc run as they do natively${noGlibc === null ? '' : ` (${noGlibc})`}`, () => {
  let built = false
  for (const c of glibcCases)
    for (const arch of c.archs)
      test(`${arch} ${title(c)}`, async () => {
        const dir = join(scratch, 'glibc')
        if (!built) execFileSync(here('../../fixtures/build.sh'), ['glibc', dir])
        built = true
        const path = join(dir, arch, c.program)
        const native = runNative({ name: c.program, bytes: readFileSync(path), args: c.args, stdin: c.stdin })
        const output = [...outputLines('1', native.stdout), ...outputLines('2', native.stderr)]
        await compare(c, arch, path, { status: native.status, output, strace: native.strace.replace(/\n$/, '').split('\n') })
      }, 60_000)
})
