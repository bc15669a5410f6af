#!/usr/bin/env node
/**
 * Compares the exported names of every entry with test/exports.snapshot.json; `--update` writes it. Values and types
 * are listed apart, read from the built .d.ts files, so `npm run build` comes first. A changed list is a change of the
 * public API: it belongs in the changelog.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { entries, root } from './package-info.mjs'

const path = new URL('test/exports.snapshot.json', root)
const files = entries.map(({ name }) => fileURLToPath(new URL(`dist/${name}.d.ts`, root)))
const missing = files.filter((file) => !existsSync(file))
if (missing.length > 0) {
  console.error(`not built: ${missing.join(', ')}\nrun \`npm run build\` first`)
  process.exit(1)
}
const program = ts.createProgram(files, { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], types: [], skipLibCheck: true })
const checker = program.getTypeChecker()

const found = {}
for (const [index, { specifier }] of entries.entries()) {
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(files[index]))
  const names = { values: [], types: [] }
  for (const exported of symbol === undefined ? [] : checker.getExportsOfModule(symbol)) {
    const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const typeOnly = !(target.flags & ts.SymbolFlags.Value) || exported.declarations?.some((d) => ts.isExportSpecifier(d) && (d.isTypeOnly || d.parent.parent.isTypeOnly))
    names[typeOnly ? 'types' : 'values'].push(exported.name)
  }
  found[specifier] = { values: names.values.sort(), types: names.types.sort() }
}

const text = `${JSON.stringify(found, null, 2)}\n`
if (process.argv.includes('--update')) writeFileSync(path, text)
else {
  const before = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
  let changes = 0
  const report = (line) => {
    console.error(line)
    changes++
  }
  for (const specifier of new Set([...Object.keys(before), ...Object.keys(found)]))
    for (const kind of ['values', 'types']) {
      const was = new Set(before[specifier]?.[kind] ?? [])
      const is = new Set(found[specifier]?.[kind] ?? [])
      for (const name of is) if (!was.has(name)) report(`+ ${specifier}: ${name} (${kind})`)
      for (const name of was) if (!is.has(name)) report(`- ${specifier}: ${name} (${kind})`)
    }
  if (changes > 0) {
    console.error(`${changes} changes of exported names; if they are meant: node scripts/check-exports.mjs --update, and a line in a changeset`)
    process.exitCode = 1
  } else console.log(`${Object.values(found).reduce((n, names) => n + names.values.length + names.types.length, 0)} exported names of ${entries.length} entries as recorded`)
}
