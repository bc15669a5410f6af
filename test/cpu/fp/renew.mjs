// Records what this machine's processor makes of every case: node test/cpu/fp/renew.mjs [seed]. Needs gcc and x86-64.
// Writes vectors.bin.gz: one line of JSON (seed, processor, groups and cases), then what each case changed (see suites.ts).
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))

async function load() {
  const contents = `export * from './suites.ts'; export * from './native.ts'; export * from './record.ts'`
  const result = await build({ stdin: { contents, resolveDir: here, loader: 'ts' }, bundle: true, write: false, format: 'esm', platform: 'node' })
  return import('data:text/javascript;base64,' + Buffer.from(result.outputFiles[0].text).toString('base64'))
}

const { SUITES, RECORD, createOracle, draw, maskFlags, pack, randomOf } = await load()
const seed = Number(process.argv[2] ?? 1)
const oracle = createOracle(join(here, 'oracle.c'))
if (oracle === null) throw new Error('renew: needs gcc on an x86-64 machine')
const bytes = []
const groups = []
for (const suite of SUITES) {
  for (const group of suite.groups()) {
    const before = draw(group, suite.recorded, randomOf(group, seed))
    const after = oracle(before)
    groups.push([group.name, suite.recorded])
    for (let at = 0; at < before.length; at += RECORD.size) {
      const input = before.subarray(at, at + RECORD.size), result = after.subarray(at, at + RECORD.size)
      maskFlags(input)
      maskFlags(result)
      pack(input, result, bytes)
    }
  }
}
const processor = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown'
const header = Buffer.from(JSON.stringify({ seed, processor, groups }) + '\n')
const file = gzipSync(Buffer.concat([header, Buffer.from(bytes)]), { level: 9 })
writeFileSync(join(here, 'vectors.bin.gz'), file)
console.log(`${groups.length} groups, ${groups.reduce((n, g) => n + g[1], 0)} cases, ${file.length} bytes, ${processor}`)
