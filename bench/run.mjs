#!/usr/bin/env node
/**
 * `npm run bench [names…]`: measures every bench/*.bench.ts in a process of its own (so that one group's shapes do not
 * slow the next), prints medians and ratios, and writes bench/results.json when nothing was left out.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { inlineConstants } from '../scripts/inline-constants.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const outdir = `${here}../build/bench`
const wanted = process.argv.slice(2)
const all = readdirSync(here).filter((name) => name.endsWith('.bench.ts')).map((name) => name.slice(0, -'.bench.ts'.length)).sort()
const names = wanted.length === 0 ? all : all.filter((name) => wanted.includes(name))
if (names.length === 0) {
  console.error(`no such benchmark; there are: ${all.join(', ')}`)
  process.exit(1)
}

await build({
  entryPoints: names.map((name) => `${here}${name}.bench.ts`),
  outdir, outExtension: { '.js': '.mjs' }, bundle: true, splitting: false, format: 'esm', platform: 'node', target: 'node20', packages: 'external', sourcemap: 'inline', logLevel: 'warning',
  plugins: [inlineConstants()], // as in the package
})

/** A figure with three digits that matter. */
const figure = (value) => (value >= 100 ? String(Math.round(value)) : value >= 10 ? value.toFixed(1) : value.toFixed(2))
const groups = []
let failed = false
for (const name of names) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', `${outdir}/${name}.bench.mjs`], { encoding: 'utf8', maxBuffer: 1 << 26 })
  const lines = stdout.split('\n')
  process.stdout.write(lines.filter((line) => !line.startsWith('@bench ') && line !== '').map((line) => `${line}\n`).join(''))
  const found = lines.filter((line) => line.startsWith('@bench ')).map((line) => JSON.parse(line.slice('@bench '.length)))
  if (status !== 0 || found.length === 0) {
    failed = true
    console.error(`${name}: FAILED (status ${status})\n${stderr}`)
    continue
  }
  for (const { group, results } of found) {
    groups.push({ group, results })
    console.log(`\n${group}`)
    const width = Math.max(...results.map((result) => result.name.length))
    for (const result of results) {
      const same = result.unit === results[0].unit && results[0].median !== 0
      const ratio = same && result !== results[0] ? `${(result.median / results[0].median).toFixed(2)} x` : ''
      const met = result.aim === undefined ? '' : `aim ${result.aim}: ${(result.higherIsBetter ? result.median >= result.aim : result.median <= result.aim) ? 'met' : 'missed'}`
      console.log(`  ${result.name.padEnd(width)}  ${figure(result.median).padStart(9)} ${result.unit.padEnd(6)} ${ratio.padStart(9)}  ${met}`)
    }
  }
}

if (!failed && wanted.length === 0) {
  const machine = { node: process.version, platform: `${platform()} ${arch()}`, kernel: release(), cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length }
  const rounded = groups.map(({ group, results }) => ({ group, results: results.map((r) => ({ ...r, median: Number(r.median.toPrecision(4)), range: r.range.map((v) => Number(v.toPrecision(4))) })) }))
  writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify({ machine, groups: rounded }, null, 2)}\n`)
  console.log('\nwritten to bench/results.json')
}
process.exitCode = failed ? 1 : 0
