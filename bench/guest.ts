import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createHostStream } from '../src/fs/console.js'
import type { FsTask } from '../src/fs/namei.js'
import type { RootEntry } from '../src/fs/root.js'
import type { Task } from '../src/kernel/task.js'
import { createLinux } from '../src/presets/current.js'

/** Folder of compiled guests; made where missing. */
export const guests = 'build/bench/guests'

/** Compiles a C source statically for x86_64 and returns the program's path, or null where there is no gcc. */
export function compile(name: string, source: string, flags: readonly string[] = ['-O2']): string | null {
  if (spawnSync('gcc', ['--version']).status !== 0) return null
  mkdirSync(guests, { recursive: true })
  const file = `${guests}/${name}`
  writeFileSync(`${file}.c`, source)
  execFileSync('gcc', [...flags, '-static', '-o', file, `${file}.c`])
  return file
}

/** How long a run took and what it retired. */
export interface Timing {
  readonly seconds: number
  readonly instructions: number
  readonly output: string
}

function hasFiles(task: Task): task is FsTask {
  return 'files' in task && 'fs' in task
}

/** Runs a program under the library, with files in its root; output is kept. */
export async function runHere(program: string, argv: readonly string[], files: readonly RootEntry[] = []): Promise<Timing> {
  const bytes = readFileSync(program)
  const root: RootEntry[] = [{ path: '', mode: 0o40755 }, { path: 'dev', mode: 0o40755 }, { path: 'proc', mode: 0o40555 }, { path: 'tmp', mode: 0o41777 }, ...files]
  let output = ''
  const machine = createLinux({ root })
  const sink = createHostStream({ kind: 'pipe', write: (piece) => void (output += Buffer.from(piece).toString('latin1')) })
  const task = machine.spawn(bytes, { path: '/program', argv })
  if (!hasFiles(task)) throw new Error('no files')
  for (const file of [createHostStream({ kind: 'null' }).open(machine.kernel, 0), sink.open(machine.kernel, 1), sink.open(machine.kernel, 1)]) task.files.install(file, 1024)
  const started = performance.now()
  const { status, signal, reason, instructions } = await machine.run()
  const seconds = (performance.now() - started) / 1000
  machine.dispose()
  if (status !== 0) throw new Error(`${program}: ${reason}, status ${status}, signal ${signal}: ${output}`)
  return { seconds, instructions, output }
}

/** Runs a program natively, or under another runner such as qemu. */
export function runThere(command: readonly string[]): { seconds: number; output: string } {
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), { encoding: 'latin1', maxBuffer: 1 << 28 })
  const seconds = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`${command.join(' ')}: status ${status}: ${stderr}`)
  return { seconds, output: stdout }
}

/** qemu-user, or null. */
export const qemu = ['/usr/bin/qemu-x86_64-static', '/usr/bin/qemu-x86_64'].find((path) => existsSync(path)) ?? null
