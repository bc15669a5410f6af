// Writes facts/manual-errnos.json: the errnos that section 2 of the installed manual (Debian's manpages-dev) lists for each call that the
// tables know. With --check nothing is written; the exit status is 1 when the file is stale, 77 when there is no manual.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const root = new URL('..', import.meta.url)
const MANUAL = '/usr/share/man/man2'
if (!existsSync(`${MANUAL}/read.2.gz`)) process.exit(77)

/** The page's source, through `.so` links; null when there is none. */
const page = (name) => {
  const file = `${MANUAL}/${name}.2.gz`
  if (!existsSync(file)) return null
  const text = gunzipSync(readFileSync(file)).toString('utf8')
  const link = /^\.so man2\/(\w+)\.2/m.exec(text)
  return link === null ? text : page(link[1])
}
const errnos = (text) => {
  const section = /^\.SH ERRORS\n([\s\S]*?)(?=^\.SH )/m.exec(text)
  if (section === null) return []
  const found = [...section[1].matchAll(/^\.TP\n\.(?:B|BR) (E[A-Z0-9]+(?:[ ",or]+E[A-Z0-9]+)*)/gm)].flatMap((m) => m[1].match(/E[A-Z0-9]+/g))
  return [...new Set(found)].sort()
}

const names = new Set()
for (const file of ['facts/syscall_64.tbl', 'facts/syscall_32.tbl'])
  for (const line of readFileSync(new URL(file, root), 'utf8').split('\n')) if (!line.startsWith('#') && line !== '') names.add(line.split('\t')[2])
const lines = [...names].sort().flatMap((name) => {
  const text = page(name)
  return text === null ? [] : [` ${JSON.stringify(name)}: ${JSON.stringify(errnos(text))}`]
})
const text = `{\n${lines.join(',\n')}\n}\n`
const url = new URL('facts/manual-errnos.json', root)
if (existsSync(url) && readFileSync(url, 'utf8') === text) process.exit(0)
if (process.argv.includes('--check')) {
  console.error('facts/manual-errnos.json is stale: run "node scripts/renew-manual-errnos.mjs"')
  process.exitCode = 1
} else writeFileSync(url, text)
