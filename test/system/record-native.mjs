// Runs the programs of blocking-programs.ts natively under strace and writes what they did to goldens/blocking.json:
//   node test/system/record-native.mjs
// Process ids and times are renamed as blocking.test.ts does it.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'blocking-'))
const bundled = join(folder, 'programs.mjs')
await build({ stdin: { contents: "export * from './blocking-programs.ts'; export * from './rename.ts'", resolveDir: here }, bundle: true, format: 'esm', outfile: bundled, logLevel: 'error' })
const { blockingPrograms, renamed } = await import(bundled)
const goldens = {}
for (const [name, { elf }] of Object.entries(blockingPrograms)) {
  const program = join(folder, name)
  writeFileSync(program, elf)
  chmodSync(program, 0o755)
  rmSync('/tmp/over-the-pipe', { force: true })
  const run = spawnSync('strace', ['-o', join(folder, 'log'), program], { encoding: 'latin1' })
  goldens[name] = { status: run.status, stdout: run.stdout, strace: renamed(readFileSync(join(folder, 'log'), 'latin1').trimEnd().split('\n').slice(1)) }
}
rmSync('/tmp/over-the-pipe', { force: true })
mkdirSync(join(here, 'goldens'), { recursive: true })
writeFileSync(join(here, 'goldens/blocking.json'), `${JSON.stringify(goldens, null, 2)}\n`)
rmSync(folder, { recursive: true })
console.log(execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim())
