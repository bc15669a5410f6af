/** This machine's processor as the oracle: builds oracle.c and runs records on it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Compiles the oracle; answers a function that runs records, or null when this is no x86-64 or there is no gcc. */
export function createOracle(source: string): ((records: Uint8Array) => Uint8Array) | null {
  const program = join(mkdtempSync(join(tmpdir(), 'fp-oracle-')), 'oracle')
  if (process.arch !== 'x64' || spawnSync('gcc', ['-O1', '-Wall', '-Wextra', '-o', program, source]).status !== 0) return null
  return (records) => {
    const result = spawnSync(program, { input: records, maxBuffer: 1 << 30 })
    const { status, signal, stdout } = result
    if (status !== 0 || stdout.length !== records.length) throw new Error(`oracle: ${String(signal ?? status)}, ${stdout.length} bytes`)
    return new Uint8Array(result.stdout)
  }
}
