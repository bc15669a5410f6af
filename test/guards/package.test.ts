import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { entries, packageJson } from '../../scripts/package-info.mjs'
import { parse, rootFolder } from './sources.js'

/** Barrels that are no entries, each with its reason. */
const internal: Readonly<Record<string, string>> = {}

const read = (path: string): string => readFileSync(`${rootFolder}/${path}`, 'utf8')

describe('package', () => {
  test('every entry has a source that exports something', () => {
    const empty = entries.filter(({ source }) => !existsSync(`${rootFolder}/${source}`) || parse(source, read(source)).tree.statements.length === 0)
    expect(empty).toEqual([])
  })

  test('every barrel and preset of src is an entry', () => {
    const sources = new Set(entries.map(({ source }) => source))
    const barrels = readdirSync(`${rootFolder}/src`, { recursive: true, encoding: 'utf8' })
      .filter((path) => /^(index|[^/]+\/index|arch\/[^/]+\/index|presets\/[^/.]+)\.ts$/.test(path))
      .map((path) => `src/${path}`)
    expect(barrels).toContain('src/index.ts')
    expect(barrels.filter((path) => !sources.has(path) && internal[path] === undefined)).toEqual([])
  })

  test('tsconfig maps every entry to its source', () => {
    const { compilerOptions } = JSON.parse(read('tsconfig.json')) as { compilerOptions: { paths: Record<string, string[]> } }
    const resolve = (specifier: string): string | undefined => {
      for (const [pattern, [target]] of Object.entries(compilerOptions.paths)) {
        const [head, tail] = pattern.split('*')
        if (tail === undefined ? pattern === specifier : specifier.startsWith(head!)) return target!.replace('./', '').replace('*', specifier.slice(head!.length))
      }
      return undefined
    }
    expect(entries.map(({ specifier }) => resolve(specifier))).toEqual(entries.map(({ source }) => source))
  })

  test('zod is the only dependency, and versions are exact', () => {
    expect(Object.keys(packageJson.dependencies)).toEqual(['zod'])
    const loose = Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies }).filter(([name, version]) => !/^\d/.test(version) && name !== '@types/node')
    expect(loose).toEqual([])
  })

  test('the lock file names no host', () => {
    expect(read('package-lock.json').match(/https?:\/\/[^"]*\.tgz/g)).toBeNull()
    expect(read('package-lock.json')).not.toContain('"resolved"')
  })

  test('generated files that are committed are not stale', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/generate.mjs', '--check'], { cwd: rootFolder, encoding: 'utf8' })
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' })
  })
})
