import { execFileSync } from 'node:child_process'

/** Runs once before any test: makes the modules that are generated and not committed (the CPU's wasm). */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/generate.mjs', '--needed'], { stdio: ['ignore', 'inherit', 'inherit'] })
}
