// Builds the program that calls the vDSO, runs it natively under strace, and writes test/loader/native/vdso.json.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const native = join(import.meta.dirname, 'native')
const dir = mkdtempSync(join(tmpdir(), 'vdso-'))
const out = {}
try {
  for (const bits of [64, 32]) {
    const program = join(dir, `caller${bits}`)
    execFileSync('gcc', [`-m${bits}`, '-static', '-nostdlib', '-fno-pie', '-no-pie', '-O1', '-ffreestanding', '-fno-stack-protector', '-fcf-protection=none', '-s', '-Wl,--build-id=none,-z,noseparate-code', '-o', program, join(native, 'vdso-caller.c')])
    execFileSync('strace', ['-o', join(dir, 'trace'), program], { stdio: 'ignore' })
    const calls = readFileSync(join(dir, 'trace'), 'utf8').split('\n').map((line) => /^(\w+)\(/.exec(line)?.[1]).filter((name) => name !== undefined && name !== 'execve')
    out[bits] = { program: readFileSync(program).toString('base64'), calls }
  }
  writeFileSync(join(native, 'vdso.json'), `${JSON.stringify(out, null, 1)}\n`)
} finally {
  rmSync(dir, { recursive: true })
}
