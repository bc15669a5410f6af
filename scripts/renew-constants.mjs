// Writes src/abi/flags from facts/constants.txt with the values of the system's headers (gcc and Linux's user headers needed).
// With --check nothing is written; the exit status is 1 when a file is stale, 77 when there is no compiler.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

if (spawnSync('gcc', ['--version']).status !== 0) process.exit(77)
const root = new URL('..', import.meta.url)
const modules = []
for (const line of readFileSync(new URL('facts/constants.txt', root), 'utf8').split('\n')) {
  if (line === '' || line.startsWith('#')) continue
  const words = line.split(' ')
  if (words[0] === 'module') modules.push({ file: words[1], families: [] })
  else if (words[0] === 'family') {
    const colon = words.indexOf(':')
    modules.at(-1).families.push({ name: words[1], base: words[2], headers: words.slice(3, colon), text: words.slice(colon + 1).join(' '), names: [] })
  } else for (const word of words) {
    const [name, value] = word.split('=')
    modules.at(-1).families.at(-1).names.push({ name, value })
  }
}

const dir = mkdtempSync(join(tmpdir(), 'constants-'))
for (const { file, families } of modules) {
  for (const family of families) {
    const path = join(dir, `${file}-${family.name}`)
    writeFileSync(`${path}.c`, `#define _GNU_SOURCE
${family.headers.map((h) => `#include <${h}>`).join('\n')}
#include <stdio.h>
int main(void) {
${family.names.map(({ name, value }) => value === undefined ? `printf("%lld\\n", (long long)(${name}));` : `
#ifdef ${name}
printf("%lld\\n", (long long)(${name}));
#else
printf("%lld\\n", (long long)(${value}));
#endif`).join('\n')}
return 0; }
`)
    const compiled = spawnSync('gcc', ['-w', '-o', path, `${path}.c`], { encoding: 'utf8' })
    if (compiled.status !== 0) {
      console.error(`${file}: ${family.name}: ${compiled.stderr.split('\n').filter((l) => l.includes('error:')).map((l) => l.replace(/^.*error: /, '')).join('; ')}`)
      process.exitCode = 1
      continue
    }
    const values = execFileSync(path, { encoding: 'utf8' }).trim().split('\n').map(Number)
    family.values = family.names.map(({ name, value }, i) => {
      const stated = value === undefined ? values[i] : value.startsWith('0x') ? Number(value) : value.startsWith('0') && value !== '0' ? parseInt(value, 8) : Number(value)
      if (stated !== values[i]) throw new Error(`${family.name}.${name}: facts/constants.txt says ${value}, the headers ${values[i]}`)
      // flags of an int that use bit 31 come out negative
      return { name, value: family.base !== 'dec' && values[i] < 0 ? values[i] + 2 ** 32 : values[i] }
    })
  }
}
rmSync(dir, { recursive: true })
if (process.exitCode === 1) process.exit()

const digits = (value, base) => base === 'dec' || value < 0 ? String(value) : base === 'hex' ? `0x${value.toString(16)}` : value === 0 ? '0' : `0o${value.toString(8)}`
const files = new Map(modules.map(({ file, families }) => {
  const body = families.map(({ name, base, text, values }) => {
    let lines = '', line = ' '
    for (const v of values) {
      const item = ` ${v.name}: ${digits(v.value, base)},`
      if (line.length + item.length > 150) { lines += `${line}\n`; line = ' ' }
      line += item
    }
    return `/** ${text} */\nexport const ${name} = {\n${lines}${line}\n} as const\n`
  }).join('\n')
  return [`${file}.ts`, `// Generated from facts/constants.txt by scripts/renew-constants.mjs with the headers of Linux; do not edit.\n\n${body}`]
}))

const folder = new URL('src/abi/flags/', root)
const check = process.argv.includes('--check')
for (const [file, text] of files) {
  let old = ''
  try { old = readFileSync(new URL(file, folder), 'utf8') } catch { /* not there yet */ }
  if (old === text) continue
  if (check) {
    console.error(`src/abi/flags/${file} is stale: run "node scripts/renew-constants.mjs"`)
    process.exitCode = 1
  } else writeFileSync(new URL(file, folder), text)
}
for (const file of readdirSync(folder)) {
  if (!file.endsWith('.test.ts') && !files.has(file)) {
    console.error(`src/abi/flags/${file} comes from no module of facts/constants.txt`)
    process.exitCode = 1
  }
}
