// Asks this machine's Linux what it answers to socket options and writes the golden of test/net/sock-options.test.ts.
// Run as root (raw sockets): node scripts/renew-sock-options.mjs
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'sock-options-'))
const program = join(folder, 'sock-options')
execFileSync('gcc', ['-O1', '-o', program, 'test/net/native/sock-options.c'])
const lines = execFileSync(program, { maxBuffer: 1 << 26 }).toString().trim().split('\n')

// per option: what is set and got, and the kinds of socket that answer so
const byOption = new Map()
for (const line of lines) {
  const [kind, level, name, ...rest] = line.split(' ')
  const option = `${level} ${name}`
  const kinds = byOption.get(option) ?? new Map()
  byOption.set(option, kinds)
  kinds.set(kind, [...(kinds.get(kind) ?? []), rest.join(' ')])
}
const out = []
for (const [option, kinds] of byOption) {
  const same = new Map()
  for (const [kind, answers] of kinds) {
    const text = answers.join(';')
    same.set(text, [...(same.get(text) ?? []), kind])
  }
  for (const [text, list] of same) out.push(`${option} ${list.join(',')}|${text}`)
}
writeFileSync('test/net/goldens/sock-options.txt', `${out.join('\n')}\n`)
console.log(`${out.length} lines, ${lines.length} answers`)
