/** Compiles the floating-point part of the executor alone. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const sources = join(root, 'src/cpu/as')
const options = ['--runtime', 'stub', '--importMemory', '--noExportMemory', '--memoryBase', '53248', '--enable', 'simd', '--disableWarning', '112', '-O1']

/** The compiled module; takes some seconds when a source changed. */
export function compile(): WebAssembly.Module {
  const hash = createHash('sha256').update(options.join())
  for (const name of readdirSync(sources).sort()) if (name.endsWith('.ts')) hash.update(name).update(readFileSync(join(sources, name)))
  const kept = join(tmpdir(), `syscallkit-fp-${hash.digest('hex').slice(0, 16)}.wasm`)
  if (!existsSync(kept)) {
    const out = join(mkdtempSync(join(tmpdir(), 'syscallkit-fp-')), 'fp.wasm')
    const asc = join(root, 'node_modules/assemblyscript/bin/asc.js')
    const result = spawnSync(process.execPath, [asc, 'src/cpu/as/fp.ts', '--outFile', out, ...options], { cwd: root, encoding: 'utf8' })
    if (result.status !== 0) throw new Error(result.stderr)
    renameSync(out, kept)
  }
  return new WebAssembly.Module(readFileSync(kept))
}
