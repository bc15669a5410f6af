/** Guest instructions per second, and the time of each program natively and under qemu-user beside it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { compile, guests, qemu, runHere, runThere } from './guest.js'
import { measure, type Reading } from './measure.js'
import { wideSource } from './programs/wide.mjs'

const TIMES = 3
const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path))

interface Work {
  readonly name: string
  readonly program: string
  readonly argv: readonly string[]
  /** Files that the program reads: path in the guest without slash, path of the host. */
  readonly files?: readonly (readonly [guest: string, host: string])[]
  readonly aim?: number
}

/** A text of about `size` bytes, the same every time. */
function textFile(name: string, size: number): string {
  mkdirSync(guests, { recursive: true })
  let x = 12345
  const lines: string[] = []
  for (let length = 0; length < size; length += lines.at(-1)!.length + 1) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0
    lines.push(`${x.toString(36)} ${(x >>> 7).toString(16)} line`)
  }
  writeFileSync(`${guests}/${name}`, `${lines.join('\n')}\n`)
  return `${guests}/${name}`
}

function works(): Work[] {
  const list: Work[] = []
  const own = (name: string, source: string, flags?: readonly string[]): void => {
    const program = compile(name, source, flags)
    if (program !== null) list.push({ name, program, argv: [`/${name}`] })
  }
  for (const name of ['loop', 'sieve', 'mix']) own(name, readFileSync(`bench/programs/${name}.c`, 'utf8'))
  own('wide code', wideSource(), ['-O1', '-fno-inline'])
  if (list.length === 0) console.log('no gcc here: loop, sieve, mix and wide code are left out')
  if (busybox === undefined) console.log('no static busybox here: its work is left out')
  else {
    const data = textFile('data', 4 << 20), lines = textFile('lines', 400_000)
    list.push({ name: 'busybox sha256sum of 4 MiB', program: busybox, argv: ['busybox', 'sha256sum', '/tmp/data'], files: [['tmp/data', data]], aim: 100 })
    list.push({ name: 'busybox sort of 400 kB', program: busybox, argv: ['busybox', 'sort', '/tmp/lines'], files: [['tmp/lines', lines]], aim: 100 })
  }
  return list
}

for (const { name, program, argv, files = [], aim } of works()) {
  const entries = files.map(([path, host]) => ({ path, mode: 0o100644, data: readFileSync(host) }))
  const hostArgv = argv.slice(1).map((arg) => files.find(([path]) => `/${path}` === arg)?.[1] ?? arg)
  const here = async (): Promise<{ seconds: number; mips: number }> => {
    const { seconds, instructions, output } = await runHere(program, argv, entries)
    const native = runThere([program, ...hostArgv]).output.replaceAll(files[0]?.[1] ?? '\0', `/${files[0]?.[0] ?? ''}`)
    if (output !== native) throw new Error(`${name}: its output differs from the native one`)
    return { seconds, mips: instructions / seconds / 1e6 }
  }
  const runs: { seconds: number; mips: number }[] = []
  for (let i = 0; i < TIMES; i++) runs.push(await here())
  let i = 0, j = 0
  const readings: Reading[] = [
    { name: 'time here', unit: 's', times: TIMES, read: () => runs[i++]!.seconds },
    { name: 'time natively', unit: 's', times: TIMES, read: () => runThere([program, ...hostArgv]).seconds },
  ]
  if (qemu !== null) readings.push({ name: 'time under qemu-user', unit: 's', times: TIMES, read: () => runThere([qemu!, program, ...hostArgv]).seconds })
  readings.push({ name: 'guest instructions', unit: 'MIPS', times: TIMES, higherIsBetter: true, read: () => runs[j++]!.mips, ...(aim === undefined ? {} : { aim }) })
  await measure(`Guest: ${name}`, readings)
}
