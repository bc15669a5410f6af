/**
 * The package's entries, read from package.json, which is their only list: `dist/a/b.js` is built from `src/a/b.ts`.
 */
import { readFileSync } from 'node:fs'

/** The repository's root, as a URL. */
export const root = new URL('../', import.meta.url)

/** The parsed package.json. */
export const packageJson = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))

/** One record per entry: its import path, its name (path in dist without ending) and its source file. */
export const entries = Object.entries(packageJson.exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([path, target]) => {
    const name = target.default.replace(/^\.\/dist\//, '').replace(/\.js$/, '')
    return { specifier: path === '.' ? 'syscallkit' : `syscallkit${path.slice(1)}`, name, source: `src/${name}.ts` }
  })
