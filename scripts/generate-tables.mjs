// Writes src/abi/generated from facts/. With --check nothing is written; stale files are named and the exit status is 1.
import { readFile, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url)
const read = (path) => readFile(new URL(path, root), 'utf8')

const load = async (entry) => {
  const { outputFiles } = await build({ entryPoints: [new URL(entry, root).pathname], bundle: true, write: false, format: 'esm', logLevel: 'silent' })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}
const { parseTbl } = await load('src/abi/tbl.ts')
const { tableFromRows, tableModule, entryPointModule, prototypeModule, categoryModule } = await load('src/abi/generate.ts')

const table = async (file, abi) => tableFromRows(parseTbl(await read(file), file), abi, file)
const x86_64 = await table('facts/syscall_64.tbl', 'x86_64')
const x32 = await table('facts/syscall_64.tbl', 'x32')
const i386 = await table('facts/syscall_32.tbl', 'i386')

const traced = JSON.parse(await read('facts/prototypes.json'))
const written = JSON.parse(await read('facts/prototypes-compat.json'))
const prototypes = new Map([...Object.entries(traced), ...Object.entries(written).map(([name, { args }]) => [name, args])])
const tables = [x86_64, x32, i386]

const files = {
  'src/abi/generated/table-x86_64.ts': tableModule(x86_64, 'facts/syscall_64.tbl'),
  'src/abi/generated/table-x32.ts': tableModule(x32, 'facts/syscall_64.tbl'),
  'src/abi/generated/table-i386.ts': tableModule(i386, 'facts/syscall_32.tbl'),
  'src/abi/generated/entry-points.ts': entryPointModule(tables, 'facts/syscall_64.tbl and facts/syscall_32.tbl'),
  'src/abi/generated/prototypes.ts': prototypeModule(tables, prototypes, 'facts/prototypes.json and facts/prototypes-compat.json'),
  'src/abi/generated/categories.ts': categoryModule(tables, await read('facts/categories.txt'), 'facts/categories.txt'),
}

const check = process.argv.includes('--check')
for (const [path, text] of Object.entries(files)) {
  const old = await read(path).catch(() => '')
  if (old === text) continue
  if (check) {
    console.error(`${path} is stale: run "node scripts/generate-tables.mjs"`)
    process.exitCode = 1
  } else {
    await writeFile(new URL(path, root), text)
    console.log(`wrote ${path}`)
  }
}
