/**
 * strace's printers on real processes: the machine's own Linux runs the fixtures under ptrace, our printers read their
 * memory while they are stopped, and the lines must be those that strace wrote (the goldens).
 */
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unpackTable } from '../../src/abi/number-table.js'
import { tableI386 } from '../../src/abi/generated/table-i386.js'
import { tableX32 } from '../../src/abi/generated/table-x32.js'
import { tableX86_64 } from '../../src/abi/generated/table-x86_64.js'
import { StraceLog } from '../../src/trace/strace/strace.js'
import { cases, environment, type NativeCase } from './cases.mjs'
import { parseGoldens, title } from './golden.mjs'
import { nativeMissing, startPtraced } from './native.mjs'
import { normaliseStrace } from './normalise.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const names = { x86_64: unpackTable(tableX86_64).byNumber, x32: unpackTable(tableX32).byNumber, i386: unpackTable(tableI386).byNumber }
const AUDIT_ARCH_X86_64 = 'c000003e'

/** Reads a FIFO line by line, blocking. */
function lineReader(fd: number): () => string {
  const chunk = new Uint8Array(4096)
  let rest = ''
  return () => {
    for (;;) {
      const end = rest.indexOf('\n')
      if (end >= 0) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 1)
        return line
      }
      rest += Buffer.from(chunk.subarray(0, readSync(fd, chunk))).toString('latin1')
    }
  }
}

function tracedLines(c: NativeCase, path: string, tracer: string, is32: boolean): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'ptraced-'))
  const lines: string[] = []
  const log = new StraceLog((line) => lines.push(line), true)
  startPtraced({ name: c.program, bytes: readFileSync(path), args: c.args, stdin: c.stdin, tracer, dir })
  while (!existsSync(join(dir, 'go'))) continue
  const events = openSync(join(dir, 'events'), 'r+')
  const go = openSync(join(dir, 'go'), 'r+')
  const next = lineReader(events)
  let mem = -1
  let began = false
  const read = (address: number, length: number): Uint8Array | null => {
    const bytes = new Uint8Array(length)
    try {
      return readSync(mem, bytes, 0, length, BigInt.asUintN(64, BigInt(address))) === length ? bytes : null
    } catch {
      return null
    }
  }
  for (let line = next(); ; line = next()) {
    const [kind, ...words] = line.split(' ')
    if (kind === 'E') {
      if (mem < 0) mem = openSync(`/proc/${words[0]!}/mem`, 'r')
      const word = words[1] === AUDIT_ARCH_X86_64 ? 8 : 4
      const args = new Int32Array(12)
      for (let i = 0; i < 6; i++) {
        const value = BigInt(`0x${words[3 + i]!}`)
        args[2 * i] = Number(BigInt.asIntN(32, value))
        args[2 * i + 1] = Number(BigInt.asIntN(32, value >> 32n))
      }
      const nr = Number(BigInt.asIntN(64, BigInt(`0x${words[2]!}`)))
      const row = names[word === 4 ? 'i386' : nr & 0x40000000 && nr > 0 ? 'x32' : 'x86_64'].get(nr)
      log.enter({ name: row?.name ?? null, nr, word, args, read, sp: Number(`0x${words[9]!}`) })
      began = true
    } else if (kind === 'X') {
      if (began) log.exit(Number(words[0]), words[1] === '1')
      else log.exec({ path: `/bin/${c.program}`, argv: [`/bin/${c.program}`, ...c.args], environment: environment.length, envp: 0x7fffffffe000, pid: 1, is32 })
    } else if (kind === 'S') {
      const w = words.slice(3).map((word) => parseInt(word, 16))
      const pair = (n: number): bigint => (BigInt(w[n + 1]!) << 32n) | BigInt(w[n]!)
      const [signo, code, errno] = words.slice(0, 3).map(Number) as [number, number, number]
      const timer = code === -2
      log.signal({
        signo, code, errno, pid: w[0]!, uid: w[1]!, addr: pair(0), status: w[2]!, value: pair(2), band: pair(0), fd: w[2]!,
        ...(timer ? { timerId: w[0]!, overrun: w[1]! } : {}),
      })
    } else {
      if (kind === 'Q') log.exited(Number(words[0]))
      if (kind === 'K') log.killed(Number(words[0]), words[1] === '1')
      if (kind === 'Z') break
      continue
    }
    writeSync(go, 'g')
  }
  for (const fd of [mem, events, go]) if (fd >= 0) closeSync(fd)
  rmSync(dir, { recursive: true, force: true })
  return lines
}

const missing = nativeMissing() ?? (existsSync('/usr/bin/gcc') ? null : 'no gcc')
/** scene-names waits for a child, whose SIGCHLD comes before or after the wait's line as the scheduler has it. */
const one = (c: NativeCase): boolean => c.program !== 'scene-names' && c.group !== 'busybox' && (c.group !== 'faults' || ['null-read', 'ud2', 'bus', 'abort'].includes(c.args[0]!))

describe.skipIf(missing !== null)(`strace's lines from the memory of native processes are strace's${missing === null ? '' : ` (${missing})`}`, () => {
  let tools = ''
  beforeAll(() => {
    tools = mkdtempSync(join(tmpdir(), 'ptracer-'))
    execFileSync('gcc', ['-O1', '-o', join(tools, 'ptracer'), here('ptracer.c')])
  })
  afterAll(() => rmSync(tools, { recursive: true, force: true }))
  for (const arch of ['x86_64', 'i386'] as const)
    for (const c of cases.filter((x) => one(x) && x.archs.includes(arch)))
      // Two native runs: where a child ends at another moment they differ, so that a case may be tried again.
      test(`${arch} ${title(c)}`, { retry: 2, timeout: 60_000 }, () => {
        const golden = parseGoldens(readFileSync(here(`goldens/${arch}/${c.group}.txt`), 'utf8')).get(title(c))!
        const lines = tracedLines(c, here(`../../fixtures/bin/${arch}/${c.program}`), join(tools, 'ptracer'), arch === 'i386')
        expect(normaliseStrace(lines, arch)).toEqual(normaliseStrace(golden.strace, arch))
      })
})
