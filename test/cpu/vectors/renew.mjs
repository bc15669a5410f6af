/**
 * Records the vectors anew on this machine's own processor (x86-64 Linux with gcc, gcc -m32 and nasm):
 *
 *     node test/cpu/vectors/renew.mjs [seed]
 *
 * Writes integer-64.json.gz and integer-32.json.gz. The same seed gives the same code and inputs.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const seed = Number(process.argv[2] ?? 20250101)
const bundle = await build({ entryPoints: [join(here, 'generate.ts')], bundle: true, write: false, format: 'esm' })
const g = await import('data:text/javascript;base64,' + Buffer.from(bundle.outputFiles[0].text).toString('base64'))

const folder = mkdtempSync(join(tmpdir(), 'vectors-'))
try {
  for (const is64 of [true, false]) {
    const list = g.drafts(is64, seed + (is64 ? 0 : 1))
    const asm = join(folder, 'code.asm'), bin = join(folder, 'code.bin'), runner = join(folder, 'runner')
    writeFileSync(asm, g.source(list, is64))
    execFileSync('nasm', ['-w-all', '-Ox', '-f', 'bin', asm, '-o', bin], { stdio: 'inherit' })
    const binary = readFileSync(bin)
    const table = binary.length - list.length * 8
    const codes = list.map((_, i) => {
      const at = binary.readUInt32LE(table + i * 8), n = binary.readUInt32LE(table + i * 8 + 4)
      return binary.subarray(at, at + n)
    })
    const long = codes.findIndex((c) => c.length > 32)
    if (long >= 0) throw new Error(`code of "${list[long].text}" is ${codes[long].length} bytes`)
    execFileSync('gcc', [is64 ? '-m64' : '-m32', '-O1', '-w', '-o', runner, join(here, 'runner.c')], { stdio: 'inherit' })
    const outcome = execFileSync(runner, { input: g.input(list, codes, is64), maxBuffer: 1 << 30 })
    const vectors = g.vectors(list, codes, outcome, is64)
    const file = join(here, `integer-${is64 ? 64 : 32}.json.gz`)
    const text = `{"forms":${JSON.stringify(g.formNames(is64))},"vectors":[\n${vectors.map((v) => JSON.stringify(v)).join(',\n')}\n]}\n`
    writeFileSync(file, gzipSync(text, { level: 9 }))
    console.log(`${file}: ${vectors.length} vectors, ${readFileSync(file).length} bytes`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
