import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { entries, packageJson } from '../../scripts/package-info.mjs'
import { rootFolder } from './sources.js'

const configuration = ts.readConfigFile(`${rootFolder}/tsconfig.build.json`, ts.sys.readFile)
const { options } = ts.parseJsonConfigFileContent(configuration.config, ts.sys, rootFolder)

/** Exported names of an entry that have no comment. */
function undocumented(program: ts.Program, file: string): string[] {
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source)
  return (symbol === undefined ? [] : checker.getExportsOfModule(symbol)).flatMap((exported) => {
    const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    return ts.displayPartsToString(target.getDocumentationComment(checker)).trim() === '' ? [exported.name] : []
  })
}

describe('documentation', () => {
  test('every export of every entry has a docstring', () => {
    const files = entries.map(({ source }) => `${rootFolder}/${source}`)
    const program = ts.createProgram(files, { ...options, noEmit: true })
    const missing = entries.flatMap(({ specifier, source }) => undocumented(program, `${rootFolder}/${source}`).map((name) => `${specifier}: ${name}`))
    expect(missing).toEqual([])
  })

  const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...readdirSync(`${rootFolder}/docs`).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)]

  test.each(pages)('%s links to files that exist', (page) => {
    const text = readFileSync(`${rootFolder}/${page}`, 'utf8')
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1]!).filter((link) => !/^[a-z]+:/.test(link))
    expect(links.filter((link) => !existsSync(`${rootFolder}/${posix.join(posix.dirname(page), link)}`))).toEqual([])
  })

  test.each(pages)('%s names files and folders that exist', (page) => {
    const text = readFileSync(`${rootFolder}/${page}`, 'utf8')
    const paths = [...text.matchAll(/`((?:src|test|scripts|docs|bench|examples|fixtures)\/[\w./-]*)`/g)].map((match) => match[1]!)
    expect(paths.filter((path) => !existsSync(`${rootFolder}/${path}`))).toEqual([])
  })

  test.each(pages)('%s names npm scripts that exist', (page) => {
    const text = readFileSync(`${rootFolder}/${page}`, 'utf8')
    const names = [...text.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1]!)
    const { scripts } = packageJson as { scripts: Record<string, string> } & typeof packageJson
    expect(names.filter((name) => scripts[name] === undefined)).toEqual([])
  })
})

test('the programs of the README are the examples, which run in a test', () => {
  const text = readFileSync(`${rootFolder}/README.md`, 'utf8')
  const blocks = [...text.matchAll(/<!-- (examples\/[\w.-]+) -->\n```ts\n([^]*?)\n```/g)]
  expect(blocks.map(([, file]) => file)).toEqual(['examples/hello.ts', 'examples/custom-syscall.ts'])
  for (const [, file, code] of blocks) expect(readFileSync(`${rootFolder}/${file}`, 'utf8')).toContain(code)
  expect(blocks[0]![2]!.split('\n').length).toBeLessThanOrEqual(30)
})
