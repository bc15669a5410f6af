// Renews test/native/goldens by running every case on this machine's Linux under strace.
// usage: node scripts/renew-goldens.mjs [GROUP…]     needs root, strace 6.1, and for busybox its static binaries:
//   BUSYBOX_X86_64 (default /bin/busybox) and BUSYBOX_I386 (default none) name them.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cases } from '../test/native/cases.mjs'
import { formatGolden } from '../test/native/golden.mjs'
import { nativeMissing, runNative } from '../test/native/native.mjs'

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const busybox = { x86_64: process.env.BUSYBOX_X86_64 ?? '/bin/busybox', i386: process.env.BUSYBOX_I386 ?? '' }

const missing = nativeMissing()
if (missing) {
  console.error(`renew-goldens: cannot run natively here: ${missing}`)
  process.exit(1)
}
const wanted = process.argv.slice(2)
const groups = [...new Set(cases.map((c) => c.group))].filter((group) => wanted.length === 0 || wanted.includes(group))
for (const arch of ['x86_64', 'i386']) {
  mkdirSync(here(`test/native/goldens/${arch}`), { recursive: true })
  for (const group of groups) {
    const path = group === 'busybox' ? busybox[arch] : here(`fixtures/bin/${arch}/${group}`)
    const mine = cases.filter((c) => c.group === group && c.archs.includes(arch))
    if (mine.length === 0) continue
    if (!existsSync(path)) {
      console.error(`renew-goldens: ${arch}/${group} kept: no program ${path || '(BUSYBOX_I386)'}`)
      continue
    }
    const bytes = readFileSync(path)
    const blocks = mine.map((c) => formatGolden(c, runNative({ name: c.program, bytes, args: c.args, stdin: c.stdin })))
    const head = `program sha256 ${createHash('sha256').update(bytes).digest('hex')}\n`
    writeFileSync(here(`test/native/goldens/${arch}/${group}.txt`), head + blocks.join(''))
    console.log(`${arch}/${group}: ${mine.length} cases`)
  }
}
