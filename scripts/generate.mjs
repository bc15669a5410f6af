#!/usr/bin/env node
/**
 * Runs the generators of this repository.
 *
 *   node scripts/generate.mjs            everything
 *   node scripts/generate.mjs --needed   only what is not committed and is missing or older than its sources
 *   node scripts/generate.mjs --check    nothing is written; exits 1 and names committed files that are stale
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { root } from './package-info.mjs'

const at = (path) => fileURLToPath(new URL(path, root))

/**
 * `outputs` that are `committed` are compared by `--check` (the generator itself is run with `--check`); others are
 * made when missing or older than a file of `inputs`.
 */
const generators = [
  { name: 'CPU', script: 'scripts/build-cpu.mjs', committed: false, outputs: ['src/cpu/generated/executor.ts'], inputs: ['src/cpu/as', 'src/memory/layout.ts', 'scripts/build-cpu.mjs'] },
  { name: 'lint rules', script: 'scripts/generate-lint.mjs', committed: true },
].filter(({ script }) => existsSync(at(script)))

/** Newest modification time under a path, in milliseconds. */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newest(`${path}/${name}`)))
}

const isStale = ({ outputs, inputs }) =>
  outputs.some((path) => !existsSync(at(path))) || Math.min(...outputs.map((path) => newest(at(path)))) < Math.max(...inputs.map((path) => newest(at(path))))

const mode = process.argv[2]
let failed = false
for (const generator of generators) {
  if (mode === '--needed' && (generator.committed || !isStale(generator))) continue
  if (mode === '--check' && !generator.committed) continue
  const started = performance.now()
  const { status } = spawnSync(process.execPath, [at(generator.script), ...(mode === '--check' ? ['--check'] : [])], { stdio: 'inherit', cwd: at('.') })
  if (status !== 0) failed = true
  console.log(`${generator.name}: ${status === 0 ? (mode === '--check' ? 'up to date' : `generated in ${((performance.now() - started) / 1000).toFixed(1)} s`) : 'FAILED'}`)
}
process.exitCode = failed ? 1 : 0
