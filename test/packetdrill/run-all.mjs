// Runs every script of a folder over IPv4, mapped IPv4 and IPv6, and prints a table per folder of scripts:
//
//   PACKETDRILL=…/packetdrill PACKETDRILL_SCRIPTS=…/tcp npm run test:packetdrill [-- [--ip ipv4] [--jobs 2] [--failures FILE] [pattern …]]
//
// A pattern is part of a script's path. Exits with 1 when a script failed that test/packetdrill/known-failures.txt does not name.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { ip: { type: 'string', multiple: true, default: ['ipv4', 'ipv4-mapped-ipv6', 'ipv6'] }, jobs: { type: 'string', default: String(availableParallelism()) }, failures: { type: 'string' }, verbose: { type: 'boolean', default: false } },
})
const { PACKETDRILL: packetdrill, PACKETDRILL_SCRIPTS: folder } = process.env
if (packetdrill === undefined || folder === undefined || !existsSync(packetdrill) || !existsSync(folder)) {
  console.log('skipped: PACKETDRILL must name the packetdrill binary and PACKETDRILL_SCRIPTS the folder of its scripts (both are GPL and not part of this repository)')
  process.exit(0)
}

const runScript = fileURLToPath(new URL('run.sh', import.meta.url))
const scripts = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.pkt')).sort().filter((name) => positionals.length === 0 || positionals.some((part) => name.includes(part)))
// as packetdrill's own runner reads the names: …v4.pkt is not for IPv6, …v6.pkt only
const runs = scripts.flatMap((script) => flags.ip.filter((ip) => (ip === 'ipv6' ? !script.endsWith('v4.pkt') : !script.endsWith('v6.pkt'))).map((ip) => ({ script, ip })))
if (scripts.length === 0) {
  console.error(`run-all: no script in ${folder} matches`)
  process.exit(2)
}

const results = []
const one = ({ script, ip }) => new Promise((resolve) => {
  const child = spawn(runScript, [packetdrill, `${folder}/${script}`, ip], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => text.push(data))
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 180_000) // the run's own group, the stack's process included
  child.on('close', (status) => {
    clearTimeout(timer)
    results.push({ script, ip, passed: status === 0, text: Buffer.concat(text).toString().trim().split('\n').slice(-3).join(' | ') })
    if (process.stderr.isTTY) process.stderr.write(`\r${results.length} of ${runs.length}`)
    else if (flags.verbose) console.error(`${status === 0 ? 'pass' : 'FAIL'} ${ip} ${script}`)
    resolve()
  })
})

const queue = [...runs]
const worker = async () => {
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) await one(run)
}
await Promise.all(Array.from({ length: Number(flags.jobs) }, worker))
if (process.stderr.isTTY) process.stderr.write('\r')

results.sort((a, b) => (a.script + a.ip < b.script + b.ip ? -1 : 1))
const rows = new Map()
for (const { script, ip, passed } of results) {
  const row = rows.get(dirname(script)) ?? new Map()
  rows.set(dirname(script), row)
  const cell = row.get(ip) ?? { passed: 0, all: 0 }
  row.set(ip, cell)
  cell.all++
  if (passed) cell.passed++
}
const show = (row) => flags.ip.map((ip) => (row.has(ip) ? `${row.get(ip).passed}/${row.get(ip).all}` : '-').padStart(18)).join('')
console.log(`${'folder'.padEnd(28)}${flags.ip.map((ip) => ip.padStart(18)).join('')}`)
for (const [name, row] of [...rows].sort()) console.log(`${name.padEnd(28)}${show(row)}`)
const total = new Map(flags.ip.map((ip) => [ip, { passed: results.filter((r) => r.ip === ip && r.passed).length, all: results.filter((r) => r.ip === ip).length }]))
console.log(`${'all'.padEnd(28)}${show(total)}`)

const failed = results.filter(({ passed }) => !passed)
const list = failed.map(({ script, ip, text }) => `${script} ${ip}: ${text}`)
if (flags.failures !== undefined) writeFileSync(flags.failures, `${list.join('\n')}\n`)
const knownFile = new URL('known-failures.txt', import.meta.url)
const known = new Set(existsSync(knownFile) ? readFileSync(knownFile, 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(':')[0]) : [])
const surprises = failed.filter(({ script, ip }) => !known.has(`${script} ${ip}`))
if (surprises.length > 0) {
  console.log(`\nfailed and not in known-failures.txt:\n${surprises.map(({ script, ip, text }) => `  ${script} ${ip}: ${text}`).join('\n')}`)
  process.exitCode = 1
}
