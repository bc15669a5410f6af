import { execFileSync } from 'node:child_process'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { inlineConstants } from '../../scripts/inline-constants.mjs'

/** Bytes that a quarter of a million traps may take, for a run's own promises and what V8 compiles meanwhile: not an object in ten traps. */
const MOST = 400_000

test('traps by each gate allocate nothing', async () => {
  const outfile = 'build/test/allocation.mjs'
  await build({
    entryPoints: ['test/machine/allocation/main.ts'], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', logLevel: 'error',
    plugins: [inlineConstants()], // as in the package
  })
  // a young generation that one allocation a trap would not fill, so that the heap's growth is what was allocated
  const printed = execFileSync(process.execPath, ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64', '--single-threaded', outfile], { encoding: 'utf8' })
  const taken: Record<string, number> = JSON.parse(printed)
  expect(Object.keys(taken).length).toBe(8)
  for (const [name, bytes] of Object.entries(taken)) expect(bytes, name).toBeLessThan(MOST)
}, 120_000)
