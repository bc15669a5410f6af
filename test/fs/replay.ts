import { byteString } from '../../src/base/bytes.js'
import { createHostStream } from '../../src/fs/console.js'
import { credsOf } from '../../src/kernel/creds.js'
import { allSyscalls } from '../../src/syscalls/all.js'
import { CODE_I32, CODE_SIZE, CODE_U16, CODE_U32 } from '../../src/syscalls/decode.js'
import { Bench, MEMORY, type TestTask } from './harness.js'

/** Names of the driver's calls that are not the entry point's. */
const ENTRY: Readonly<Record<string, string>> = { stat: 'newstat', lstat: 'newlstat', fstat: 'newfstat', sendfile: 'sendfile64', umount2: 'umount' }

type Runner = (task: TestTask, ...args: number[]) => number

const runners = /* @__PURE__ */ new Map<string, Runner>(allSyscalls.map((def) => [def.name, (task, ...args) => (def.run as Runner).call(def, task, ...args.map((arg, i) => cast(def.args[i]?.[1].code, arg)))]))

/** What decoding makes of a number that the driver passed in a register. */
function cast(code: number | undefined, value: number): number {
  switch (code) {
    case CODE_I32: return value | 0
    case CODE_U32: return ((value % 2 ** 32) + 2 ** 32) % 2 ** 32
    case CODE_U16: return value & 0xffff
    case CODE_SIZE: return value < 0 ? value + 2 ** 64 : value
    default: return value
  }
}

/** Escapes bytes as the driver prints them. */
function quote(bytes: Uint8Array): string {
  return `"${[...bytes].map((b) => (b >= 32 && b < 127 && b !== 34 && b !== 92 ? String.fromCharCode(b) : `\\x${b.toString(16).padStart(2, '0')}`)).join('')}"`
}

interface Argument {
  readonly value: number
  readonly kind: string
  readonly size: number
}

const TOKEN = /"((?:[^"\\]|\\x[0-9a-f]{2})*)"|\$([a-z0-9]+)|@([a-z]+)(?::(\d+))?|(-?(?:0x[0-9a-f]+|\d+))/g

/** Runs one scenario of the driver's script on a fresh machine; one line per call, in the driver's form. */
export function replay(lines: readonly string[]): string[] {
  const bench = new Bench({ root: [], pages: 256 })
  const task = bench.task()
  for (let fd = 0; fd < 3; fd++) task.files.install(createHostStream({ kind: 'null' }).open(bench.kernel, 2), 1024)
  const variables = new Map<string, number>()
  const out: string[] = []
  for (const line of lines) {
    const [, name = '', call = '', rest = ''] = /^(?:(\w+)=)?(\w+) ?(.*)$/.exec(line) ?? []
    const args = [...rest.matchAll(TOKEN)].map((match, i): Argument => argument(bench, task, variables, match, i))
    if (call === 'as') {
      task.creds = { ...credsOf(args[0]!.value), permitted: credsOf(0).permitted }
      continue
    }
    if (call === 'limit') {
      task.group.rlimits[1] = { soft: args[0]!.value < 0 ? Infinity : args[0]!.value, hard: Infinity }
      continue
    }
    const run = runners.get(ENTRY[call] ?? call)
    const values = args.map((arg) => arg.value)
    while (values.length < 6) values.push(0)
    const result = run === undefined ? -38 : bench.again(task, { run: (t: TestTask, ...all: number[]) => run(t, ...all) }, ...values)
    if (name !== '') variables.set(name, result < 0 ? -1 : result)
    out.push(`${line} = ${result}${result < 0 ? '' : args.map((arg) => shown(task, arg, result)).join('')}`)
  }
  return out
}

function argument(bench: Bench, task: TestTask, variables: Map<string, number>, match: RegExpMatchArray, i: number): Argument {
  const [, text, variable, kind, size, number] = match
  if (text !== undefined) return { value: bench.string(task, text.replace(/\\x(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))), kind: '', size: 0 }
  if (variable !== undefined) return { value: variables.get(variable) ?? -1, kind: '', size: 0 }
  if (number !== undefined) return { value: parse(number), kind: '', size: 0 }
  if (kind === 'path') return { value: bench.string(task, 'x'.repeat(Number(size))), kind: '', size: 0 }
  const address = MEMORY + i * 0x12000
  task.memory.clear(address, 0x11000)
  return { value: address, kind: kind ?? '', size: Number(size ?? 4096) }
}

function parse(text: string): number {
  if (/^-?0\d/.test(text)) return Number.parseInt(text, 8)
  return text.startsWith('-') ? -Number(text.slice(1)) : Number(text)
}

function shown(task: TestTask, { kind, value, size }: Argument, result: number): string {
  const view = (length: number): DataView => new DataView(task.memory.read(value, length).buffer)
  switch (kind) {
    case 'buf': return ` ${quote(task.memory.read(value, Math.min(size, result)))}`
    case 'word': return ` ${quote(task.memory.read(value, size))}`
    case 'fds': return ` ${view(4).getInt32(0, true) >= 0 ? 1 : 0}`
    case 'stat': {
      const s = view(144)
      const u64 = (at: number): number => s.getUint32(at, true) + s.getUint32(at + 4, true) * 2 ** 32
      return ` ino=${u64(8)} mode=${s.getUint32(24, true).toString(8)} nlink=${u64(16)} uid=${s.getUint32(28, true)} gid=${s.getUint32(32, true)} size=${u64(48)} blocks=${u64(64)} rdev=${u64(40).toString(16)}`
    }
    case 'dents': {
      const d = view(result)
      let text = ''
      for (let at = 0; at < result; at += d.getUint16(at + 16, true)) {
        const bytes = new Uint8Array(d.buffer, at + 19)
        text += ` ${byteString(bytes, 0, bytes.indexOf(0))}:${d.getUint32(at, true)}:${d.getUint32(at + 8, true)}:${d.getUint16(at + 16, true)}:${d.getUint8(at + 18)}`
      }
      return text
    }
    default: return ''
  }
}

/** Scenarios of a script or of its recorded output: title and lines. */
export function scenarios(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  let current: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('== ')) found.set(line.slice(3), (current = []))
    else if (line !== '' && !line.startsWith('#')) current.push(line)
  }
  return found
}
