#!/usr/bin/env node
/**
 * The main job on real input: runs an unmodified static program for each architecture through the built command, with
 * strace lines on stderr, and says what came out. Programs: fixtures/bin, sources and build script beside them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { packageJson, root } from './package-info.mjs'

const at = (path) => fileURLToPath(new URL(path, root))
const command = packageJson.bin.syscallkit
const programs = [
  { title: 'x86_64, assembly: SYSCALL', path: 'fixtures/bin/x86_64/hello-asm', expect: 0 },
  { title: 'x86_64, C with musl: printf of doubles, malloc', path: 'fixtures/bin/x86_64/hello', expect: 7 },
  { title: 'i386, assembly: INT 0x80', path: 'fixtures/bin/i386/hello-asm', expect: 0 },
  { title: 'i386, C with musl: the vDSO and SYSENTER', path: 'fixtures/bin/i386/hello', expect: 7 },
]

let failed = 0
for (const [index, { title, path, expect }] of programs.entries()) {
  console.log(`\n[${index + 1}/${programs.length}] ${title}`)
  console.log(`$ npx syscallkit run --strace ${path}`)
  if (!existsSync(at(path))) {
    console.log(`FAILED: ${path} is missing (fixtures/build.sh rebuilds it)`)
    failed++
    continue
  }
  const started = performance.now()
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [at(command), 'run', '--strace', path], { cwd: at('.'), encoding: 'latin1', timeout: 120_000 })
  console.log(stderr.trimEnd())
  console.log('--- its output')
  console.log(Buffer.from(stdout, 'latin1').toString('utf8').trimEnd())
  const good = status === expect && stdout.length > 0 && stderr.includes(`+++ exited with ${expect} +++`)
  console.log(`--- ${good ? 'ok' : 'FAILED'}: status ${signal ?? status}, ${Math.round(performance.now() - started)} ms with Node's start`)
  if (!good) failed++
}
console.log(failed === 0 ? `\nThe demo ran ${programs.length} programs as Linux does.` : `\n${failed} of ${programs.length} programs failed.`)
process.exitCode = failed === 0 ? 0 : 1
