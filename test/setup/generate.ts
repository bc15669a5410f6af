import { spawnSync } from 'node:child_process'

/** Runs once before any test: makes the modules that are generated and not committed (the CPU's wasm). */
export default function setup(): void {
  const { status } = spawnSync(process.execPath, ['scripts/generate.mjs', '--needed'], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) console.error('generation failed: tests that need its output will fail')
}
