#!/usr/bin/env node
/**
 * Runs the generators of this repository.
 *
 *   node scripts/generate.mjs            writes everything
 *   node scripts/generate.mjs --needed   only what is not committed (each generator sees itself whether it is up to date)
 *   node scripts/generate.mjs --check    writes nothing; exits 1 and names committed files that are stale
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { root } from './package-info.mjs'

/** A generator of `committed` files compares with `--check`; it exits 77 when this machine lacks its compiler. */
const generators = [
  { name: 'CPU', script: 'scripts/build-cpu.mjs', committed: false },
  { name: 'number tables', script: 'scripts/generate-tables.mjs', committed: true },
  { name: 'errno', script: 'scripts/renew-errno.mjs', committed: true },
  { name: 'constants', script: 'scripts/renew-constants.mjs', committed: true },
  { name: 'structures', script: 'scripts/renew-structs.mjs', committed: true },
  { name: "the manual's errnos", script: 'scripts/renew-manual-errnos.mjs', committed: true },
  { name: 'vDSO', script: 'scripts/build-vdso.mjs', committed: true },
  { name: "v86's stub", script: 'scripts/build-v86-stub.mjs', committed: true },
  { name: 'list of system calls', script: 'scripts/generate-syscall-list.mjs', committed: true },
  { name: 'levels', script: 'scripts/generate-levels.mjs', committed: true },
  { name: 'lint rules', script: 'scripts/generate-lint.mjs', committed: true },
]
const NO_COMPILER = 77

const mode = process.argv[2]
const wanted = generators.filter(({ committed }) => (mode === '--needed' ? !committed : mode === '--check' ? committed : true))
let failed = false
for (const { name, script } of wanted) {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(script, root)), ...(mode === '--check' ? ['--check'] : [])], { stdio: 'inherit', cwd: fileURLToPath(root) })
  if (status !== 0 && status !== NO_COMPILER) failed = true
  const verdict = status === 0 ? (mode === '--check' ? 'up to date' : 'generated') : status === NO_COMPILER ? 'skipped: no compiler here' : 'FAILED'
  if (mode !== '--needed' || status !== 0) console.log(`${name}: ${verdict}`)
}
process.exitCode = failed ? 1 : 0
