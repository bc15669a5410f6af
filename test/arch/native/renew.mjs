// Runs the C programs of this folder on the machine's own kernel and writes what they print to ../goldens.
// Needs an x86_64 Linux with IA32 emulation, gcc with -m32. Usage: node test/arch/native/renew.mjs
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'arch-native-'))
const vendor = /vendor_id\s*: (\S+)/.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1]

const run = (source, flags, name) => {
  const program = join(scratch, name)
  execFileSync('gcc', ['-O1', '-w', ...flags, '-o', program, join(here, source)])
  return JSON.parse(execFileSync(program, { encoding: 'latin1', maxBuffer: 1 << 26 }))
}
const m32 = ['-m32', '-no-pie', '-fno-pie']

/** `int n` is the same for most n: signal, si_code, trap number, error code, rip's offset and flags are what matters. */
const brief = (cases) => cases.map((c) => /^int \d/.test(c.case)
  ? { case: c.case, brief: [c.signal.nr, c.signal.code, c.signal.trapno, c.signal.err, c.signal.offset, c.signal.regs.rflags] }
  : c)

const write = (name, cases) => {
  const head = { kernel: release(), vendor }
  const lines = cases.map((c) => '  ' + JSON.stringify(c)).join(',\n')
  writeFileSync(join(here, '..', 'goldens', name), `{ "machine": ${JSON.stringify(head)}, "cases": [\n${lines}\n] }\n`)
}

/** Groups of fixtures/src/attacks.c; each is a run. */
const groups = ['sigreturn', 'selectors', 'flags', 'prefixes', 'privileged', 'steps', 'pointers', 'vsyscall', 'stacks']
for (const arch of ['x86_64', 'i386']) {
  const program = join(here, '..', '..', '..', 'fixtures', 'bin', arch, 'attacks')
  const text = groups.map((group) => `## ${group}\n${execFileSync('setarch', ['-R', program, group], { encoding: 'latin1' })}`).join('')
  writeFileSync(join(here, '..', 'goldens', `attacks-${arch}.txt`), text)
}

write('frame-x86_64.json', run('frame.c', [], 'frame64'))
write('frame-i386.json', run('frame.c', m32, 'frame32'))
write('tls.json', run('tls.c', m32, 'tls'))
write('gates-x86_64.json', brief(run('gates.c', [], 'gates64')))
write('gates-i386.json', brief(run('gates.c', m32, 'gates32')))
