import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runGuest } from '../native/run.js'
import { makeFolder, rootEntries } from '../native/tree.mjs'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// Goldens: what fixtures/src/attacks.c prints on Linux 6.18; `node test/arch/native/renew.mjs` renews them.
describe.each(['x86_64', 'i386'] as const)('%s: forged frames, selectors, flags, prefixes and stacks end as on Linux', (arch) => {
  const root = mkdtempSync(join(tmpdir(), 'attacks-'))
  makeFolder(root, rootEntries('attacks', readFileSync(at(`../../fixtures/bin/${arch}/attacks`))))
  const groups = readFileSync(at(`goldens/attacks-${arch}.txt`), 'latin1').split(/^## /m).slice(1).map((text) => {
    const [name = '', ...lines] = text.trimEnd().split('\n')
    return [name, lines] as const
  })
  test.each(groups.filter(([, lines]) => lines.length > 0))('%s', async (group, lines) => {
    const run = await runGuest({ program: '/bin/attacks', args: [group], env: [], root, stdin: null })
    expect(Buffer.from(run.stdout).toString('latin1').trimEnd().split('\n')).toEqual(lines)
    expect(run.status).toBe(0)
  })
})
