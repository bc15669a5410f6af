/** Compiles the floating-point part of the executor alone. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The compiled module; takes some seconds. */
export function compile(): WebAssembly.Module {
  const out = join(mkdtempSync(join(tmpdir(), 'fp-wasm-')), 'fp.wasm')
  const asc = join(root, 'node_modules/assemblyscript/bin/asc.js')
  const options = ['--outFile', out, '--runtime', 'stub', '--importMemory', '--noExportMemory', '--memoryBase', '53248', '--enable', 'simd', '--disableWarning', '112', '-O1']
  const result = spawnSync(process.execPath, [asc, 'src/cpu/as/fp.ts', ...options], { cwd: root, encoding: 'utf8' })
  if (result.status !== 0) throw new Error(result.stderr)
  return new WebAssembly.Module(readFileSync(out))
}
