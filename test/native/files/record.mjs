#!/usr/bin/env node
/**
 * Renews golden.txt: runs scenarios.txt on this machine's Linux, each scenario in a chroot on a fresh tmpfs. Needs root
 * and gcc.
 *
 *   node test/native/files/record.mjs
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const here = import.meta.dirname
const folder = mkdtempSync(join(tmpdir(), 'files-'))
try {
  const driver = join(folder, 'driver')
  const root = join(folder, 'root')
  mkdirSync(root)
  execFileSync('gcc', ['-O1', '-o', driver, join(here, 'driver.c')])
  const output = execFileSync(driver, [join(here, 'scenarios.txt'), root], { maxBuffer: 1 << 26 })
  if (/^died/m.test(output.toString('latin1'))) throw new Error('a scenario died')
  writeFileSync(join(here, 'golden.txt'), output)
} finally {
  rmSync(folder, { recursive: true })
}
