import { existsSync, readdirSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { describe, expect, test } from 'vitest'
import { layers, nodeLayers, packages } from '../../scripts/layers.mjs'
import { importsOf, librarySources, parse, rootFolder } from './sources.js'
import type { Source } from './sources.js'

const layerOf = (path: string): string => path.split('/')[1]!
const isInside = (path: string, layer: string): boolean => path.startsWith(`src/${layer}/`) || path === `src/${layer}.ts`

/** What a file imports that its layer may not, one line each. */
function violations(source: Source): string[] {
  const layer = layerOf(source.path)
  const rule = layers[layer]
  if (rule === undefined) return [`${source.path}: src/${layer} is not in scripts/layers.mjs`]
  return importsOf(source).flatMap(({ specifier, typeOnly, target, line }) => {
    const at = `${source.path}:${line}: imports ${specifier}`
    if (target === null) {
      if (specifier.startsWith('node:')) return nodeLayers.includes(layer) ? [] : [`${at}: node:* belongs to ${nodeLayers.join(', ')}`]
      if (builtinModules.includes(specifier)) return [`${at}: write node:${specifier}`]
      return packages[layer]?.includes(specifier) === true ? [] : [`${at}: no packages here`]
    }
    if (isInside(target, layer)) return []
    const allowed = [...rule.values, ...(typeOnly ? rule.types : [])]
    return allowed.some((name) => isInside(target, name)) ? [] : [`${at}: ${layer} may not import ${typeOnly ? 'types' : 'values'} of ${layerOf(target)}`]
  })
}

const layered = () => librarySources().filter(({ path }) => path !== 'src/index.ts')

describe('layers', () => {
  test('imports go down only', () => {
    expect(layered().flatMap(violations)).toEqual([])
  })

  test('every import leads to a file', () => {
    const dangling = librarySources().flatMap((source) =>
      importsOf(source).filter(({ target }) => target !== null && !existsSync(`${rootFolder}/${target}`)).map(({ specifier, line }) => `${source.path}:${line}: ${specifier}`))
    expect(dangling).toEqual([])
  })

  test('every folder of src is a layer', () => {
    const folders = readdirSync(`${rootFolder}/src`, { withFileTypes: true }).filter((entry) => entry.isDirectory() && readdirSync(`${rootFolder}/src/${entry.name}`).length > 0)
    expect(folders.map(({ name }) => name).filter((name) => layers[name] === undefined)).toEqual([])
  })

  test('the rule itself goes down only', () => {
    const rank = Object.keys(layers)
    const upwards = Object.entries(layers).flatMap(([name, { values }]) =>
      values.map((value) => value.split('/')[0]!).filter((value) => layers[value]?.values.some((back) => back.split('/')[0] === name) === true).map((value) => `${name} and ${value} import each other`))
    expect(rank.length).toBeGreaterThan(15)
    expect(upwards).toEqual([])
  })

  test.each([
    ['src/net/tcp.ts', "import { Task } from '../kernel/task.js'", 'net may not import values of kernel'],
    ['src/net/tcp.ts', "import type { Task } from '../kernel/task.js'", 'net may not import types of kernel'],
    ['src/kernel/task.ts', "import { gate } from '../arch/x86/gate.js'", 'kernel may not import values of arch'],
    ['src/loader/elf.ts', "import { Task } from '../kernel/task.js'", 'loader may not import values of kernel'],
    ['src/kernel/task.ts', "const x = await import('node:fs')", 'node:* belongs to'],
    ['src/machine/machine.ts', "import * as z from 'zod/mini'", 'no packages here'],
    ['src/kernel/task.ts', "export * from '../fs/vfs.js'", 'kernel may not import values of fs'],
    ['src/abi/errno.ts', "type T = import('../kernel/task.js').Task", 'abi may not import types of kernel'],
  ])('finds that %s has %s', (path, text, message) => {
    expect(violations(parse(path, text))).toEqual([expect.stringContaining(message)])
  })

  test.each([
    ['src/kernel/task.ts', "import type { Cpu } from '../arch/cpu-port.js'"],
    ['src/loader/elf.ts', "import { binaryFormat } from '../kernel/ports/binary-format.js'"],
    ['src/node/host.ts', "import { readFileSync } from 'node:fs'"],
    ['src/config/schema.ts', "import * as z from 'zod/mini'"],
  ])('allows that %s has %s', (path, text) => {
    expect(violations(parse(path, text))).toEqual([])
  })
})
