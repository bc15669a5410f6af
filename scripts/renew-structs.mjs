// Writes src/abi/structs from facts/structs.txt: offsets, sizes and types as gcc lays them out for -m64, -m32 and -mx32.
// With --check nothing is written; the exit status is 1 when a file is stale, 77 when there is no compiler.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

if (spawnSync('gcc', ['--version']).status !== 0) process.exit(77)
const root = new URL('..', import.meta.url)
const MODELS = { lp64: '-m64', ilp32: '-m32', x32: '-mx32' }
const modules = []
for (const line of readFileSync(new URL('facts/structs.txt', root), 'utf8').split('\n')) {
  if (line === '' || line.startsWith('#')) continue
  const words = line.split(' ')
  const module = modules.at(-1)
  if (words[0] === 'module') modules.push({ file: words[1], headers: [], code: [], structs: [] })
  else if (words[0] === 'include') module.headers.push(words[1])
  else if (words[0] === 'c') module.code.push(line.slice(2))
  else if (words[0] === 'struct') {
    const colon = words.indexOf(':')
    const models = words.slice(3, colon)
    module.structs.push({ name: words[1], type: words[2].replace(/^(struct|union)_/, '$1 '), models: models.length === 0 ? Object.keys(MODELS) : models, text: words.slice(colon + 1).join(' '), fields: [] })
  } else module.structs.at(-1).fields.push(...words)
}

const dir = mkdtempSync(join(tmpdir(), 'structs-'))
/** Runs a tool; its complaint ends the script. */
const run = (tool, args) => {
  const { status, stderr } = spawnSync(tool, args, { encoding: 'utf8' })
  if (status === 0) return
  console.error(`${tool} ${args.join(' ')}\n${stderr}`)
  process.exit(1)
}
for (const { file, headers, code, structs } of modules) {
  for (const [model, option] of Object.entries(MODELS)) {
    const here = structs.filter((s) => s.models.includes(model))
    const values = here.flatMap(({ type, fields }) => [`sizeof(${type})`, ...fields.flatMap((field) => {
      const array = field.endsWith('[]')
      const member = array ? field.slice(0, -2) : field
      const object = `((${type} *)0)->${member}`
      const element = array ? `${object}[0]` : object
      // a pointer has no bits to negate: classify_type tells it (5), and the sign is only taken of integers
      return [`__builtin_offsetof(${type}, ${member})`, `sizeof(${element})`, array ? `sizeof(${object}) / sizeof(${element})` : '0',
        `__builtin_classify_type(${element}) == 5 ? 2 : (__typeof__(${element}))-1 < (__typeof__(${element}))1`]
    })])
    const base = join(dir, `${file}-${model}`)
    writeFileSync(`${base}.c`, `${headers.map((h) => `#include <${h}>`).join('\n')}\n${code.join('\n')}\nconst int facts[] __attribute__((section("abi_facts"))) = {\n${values.join(',\n')}\n};\n`)
    run('gcc', ['-w', option, '-c', '-o', `${base}.o`, `${base}.c`])
    run('objcopy', ['-O', 'binary', '-j', 'abi_facts', `${base}.o`, `${base}.bin`])
    const bytes = readFileSync(`${base}.bin`)
    let at = 0
    const next = () => bytes.readInt32LE((at += 4) - 4)
    for (const struct of here) {
      struct.layouts ??= {}
      struct.layouts[model] = { size: next(), fields: struct.fields.map((field) => {
        const offset = next(), size = next(), count = next(), kind = next()
        return { name: field.replace('[]', '').replace('_sifields._', '').replace(/\._?/g, '_'), offset, type: kind === 2 ? `ptr${size * 8}` : `${kind === 1 ? 'i' : 'u'}${size * 8}`, count }
      }) }
    }
  }
}
rmSync(dir, { recursive: true })

const layoutText = ({ size, fields }) => {
  let lines = '', line = '   '
  for (const { name, offset, type, count } of fields) {
    const item = ` ${name}: [${offset}, '${type}'${count === 0 ? '' : `, ${count}`}],`
    if (line.length + item.length > 150) { lines += `${line}\n`; line = '   ' }
    line += item
  }
  return `{\n  size: ${size},\n  fields: {\n${lines}${line}\n  },\n} as const`
}
const check = process.argv.includes('--check')
for (const { file, headers, structs } of modules) {
  const parts = structs.map(({ name, models, text, layouts }) => {
    const texts = models.map((model) => layoutText(layouts[model]))
    const doc = (model) => `/** ${text}${model === '' ? '' : ` Data model ${model}.`} */\n`
    if (models.length === 1 || texts.every((t) => t === texts[0])) return `${doc('')}export const ${name} = ${texts[0]}\n`
    return models.map((model, i) => {
      const same = texts.indexOf(texts[i])
      return `${doc(model)}export const ${name}_${model.toUpperCase()} = ${same === i ? texts[i] : `${name}_${models[same].toUpperCase()}`}\n`
    }).join('\n')
  })
  const text = `// Generated from facts/structs.txt by scripts/renew-structs.mjs with ${headers.join(', ')}; do not edit.\n\n${parts.join('\n')}`
  const url = new URL(`src/abi/structs/${file}.ts`, root)
  let old = ''
  try { old = readFileSync(url, 'utf8') } catch { /* not there yet */ }
  if (old === text) continue
  if (check) {
    console.error(`src/abi/structs/${file}.ts is stale: run "node scripts/renew-structs.mjs"`)
    process.exitCode = 1
  } else writeFileSync(url, text)
}
