import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Runs once before any test: makes the modules that are generated and not committed (the CPU's wasm), and the command
 * from the sources as they are, at build/cli/main.js, for tests that run it as a process.
 */
export default async function setup(): Promise<void> {
  const { status } = spawnSync(process.execPath, ['scripts/generate.mjs', '--needed'], { stdio: ['ignore', 'inherit', 'inherit'], cwd: root })
  if (status !== 0) throw new Error('generation failed')
  await build({
    entryPoints: [`${root}src/cli/main.ts`], outfile: `${root}build/cli/main.js`, bundle: true, format: 'esm', platform: 'node', target: 'node20',
    packages: 'external', sourcemap: 'inline', logLevel: 'error',
  })
}
