// Builds build/packetdrill/{shim.so,server.mjs} where a source is newer; several runs may do so at once.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
const out = `${root}build/packetdrill/`
mkdirSync(out, { recursive: true })

const newest = (folder, pattern) => Math.max(...readdirSync(folder, { recursive: true }).filter((name) => pattern.test(name)).map((name) => statSync(`${folder}/${name}`).mtimeMs))
const stale = (file, time) => !existsSync(`${out}${file}`) || statSync(`${out}${file}`).mtimeMs <= time
const replace = (file, make) => {
  const fresh = `${out}${process.pid}-${file}`
  return Promise.resolve(make(fresh)).then(() => renameSync(fresh, `${out}${file}`))
}

const here = `${root}test/packetdrill`
if (stale('shim.so', newest(here, /\.c$/))) {
  await replace('shim.so', (file) => execFileSync(process.env.CC ?? 'cc', ['-O1', '-shared', '-fPIC', '-o', file, `${here}/shim.c`, '-ldl', '-lpthread']))
}
const sources = Math.max(newest(`${root}src/net`, /\.ts$/), newest(`${root}src/base`, /\.ts$/), newest(`${root}src/abi`, /\.ts$/), newest(here, /\.ts$/))
if (stale('server.mjs', sources)) {
  await replace('server.mjs', (file) => build({ entryPoints: [`${here}/server.ts`], outfile: file, bundle: true, platform: 'node', format: 'esm', sourcemap: 'inline', logLevel: 'error' }))
}
