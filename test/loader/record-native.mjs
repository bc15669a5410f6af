// Records what programs find at their first instruction on this machine's Linux: registers, mappings, stack.
// Needs gcc -m32 and gdb with python. Writes test/loader/native/starts.json; run it to renew the file.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const native = join(import.meta.dirname, 'native')
const work = '/tmp/sk-start' // programs name their interpreter by an absolute path, so the place is fixed
const source = join(native, 'program.c')
const base = ['-nostdlib', '-ffreestanding', '-O1', '-fno-stack-protector', '-Wl,--build-id=none', '-fcf-protection=none', '-s']
const pie = (bits) => [`-m${bits}`, '-fpie', '-static-pie', '-Wl,--no-dynamic-linker']
const dynamic = (bits) => [`-m${bits}`, '-fpie', '-pie', `-Wl,--dynamic-linker=${work}/interpreter${bits}`]
const nostack = (bits) => [`-m${bits}`, '-static', '-fno-pie', '-no-pie', `-Wl,-T,${join(native, 'nostack.lds')}`]
const PROGRAMS = {
  interpreter64: pie(64), interpreter32: pie(32),
  exec64: ['-m64', '-static', '-fno-pie', '-no-pie'], exec32: ['-m32', '-static', '-fno-pie', '-no-pie'],
  pie64: pie(64), pie32: pie(32),
  dynamic64: dynamic(64), dynamic32: dynamic(32),
  'dynamic-exec64': ['-m64', '-fno-pie', '-no-pie', `-Wl,--dynamic-linker=${work}/interpreter64`, '-Wl,--no-as-needed', `${work}/library64`],
  nostack64: nostack(64), nostack32: nostack(32),
  execstack64: ['-m64', '-static', '-fno-pie', '-no-pie', '-Wl,-z,execstack'],
  aligned64: [...pie(64), '-Wl,-z,max-page-size=0x200000'], 'aligned-dynamic64': [...dynamic(64), '-Wl,-z,max-page-size=0x200000'],
}
const PYTHON = `
import gdb, json, base64
maps = open('/proc/%d/maps' % gdb.selected_inferior().pid).read()
top = [int(l.split('-')[1].split(' ')[0], 16) for l in maps.splitlines() if '[stack]' in l][0]
names = [r.name for r in gdb.selected_frame().architecture().registers('general')]
regs = {n: (int(gdb.selected_frame().read_register(n)) & ((1 << 64) - 1)) for n in names}
mask = 0xffffffffffffffff if 'rsp' in regs else 0xffffffff
sp = int(gdb.parse_and_eval('(unsigned long)$sp')) & mask
stack = base64.b64encode(gdb.selected_inferior().read_memory(sp, top - sp).tobytes()).decode()
regs = {n: '%x' % v for n, v in regs.items()}
print('@@' + json.dumps({'registers': regs, 'maps': maps.splitlines(), 'sp': sp, 'stack': stack}))
`

mkdirSync(work, { recursive: true })
const starts = {}
try {
  writeFileSync(join(work, 'state.py'), PYTHON)
  execFileSync('gcc', [...base, '-shared', '-fpic', '-o', join(work, 'library64'), source]) // a dynamic ET_EXEC must need something
  for (const [name, flags] of Object.entries(PROGRAMS)) execFileSync('gcc', [...base, ...flags, '-o', join(work, name), source], { stdio: ['ignore', 'inherit', 'ignore'] })
  for (const name of Object.keys(PROGRAMS)) {
    const path = join(work, name)
    const out = execFileSync('gdb', ['-nx', '-batch', '-ex', 'set exec-wrapper env -i A=1 BC=23', '-ex', 'starti one two', '-x', join(work, 'state.py'), '-ex', 'kill', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const line = out.split('\n').find((l) => l.startsWith('@@'))
    starts[name] = { path, program: gzipSync(readFileSync(path), { level: 9 }).toString('base64'), ...JSON.parse(line.slice(2)) }
  }
} finally {
  rmSync(work, { recursive: true })
}
writeFileSync(join(native, 'starts.json'), `${JSON.stringify(starts, null, 1)}\n`)
