import { readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { byteStringFromText } from '../base/bytes.js'
import { SyscallkitError } from '../base/errors.js'
import { execute } from '../fs/exec.js'
import type { FsTask } from '../fs/namei.js'
import type { RootEntry } from '../fs/root.js'
import { credsOf } from '../kernel/creds.js'
import { REGS_SET } from '../kernel/results.js'
import { errnoName, strerror } from '../abi/errno-text.js'
import type { Task } from '../kernel/task.js'
import type { Machine } from '../machine/machine.js'
import { createLinux } from '../presets/current.js'
import type { Lab } from '../presets/lab.js'
import { HostClock } from './clock.js'
import { hostRandom } from './random.js'
import type { Publication, PublishedPort } from './publish.js'
import { openStreams, type HostStreams } from './streams.js'

/** What {@link runProgram} runs. */
export interface RunProgramOptions {
  /** Path of an ELF file of the host, or with `root` a path inside. */
  readonly program: string
  readonly args?: readonly string[]
  readonly argv0?: string
  /** A folder or a cpio archive of the host. */
  readonly root?: string | undefined
  readonly env?: Readonly<Record<string, string>>
  /** Name of a profile; default 'current'. */
  readonly profile?: string | undefined
  /** User id; default root. */
  readonly user?: number | undefined
  /** Whose processor; default 'intel'. */
  readonly vendor?: 'intel' | 'amd'
  /** Receives strace's lines, without line ends. */
  readonly strace?: ((line: string) => void) | undefined
  /** Leave out what strace does not write to a file (`-o`): that a program runs in 32-bit mode. Default false. */
  readonly straceQuiet?: boolean
  /** Default: those of this process. */
  readonly streams?: HostStreams
  /** Default: the host's clock and random numbers; true makes runs repeatable. */
  readonly deterministic?: boolean
  /** Ports of the host that lead to the guest; those that were chosen (0) are said on standard error. */
  readonly publish?: readonly PublishedPort[]
  readonly signal?: AbortSignal
}

/** How a program ended. */
export interface ProgramResult {
  /** Exit code, or null when a signal killed it. */
  readonly status: number | null
  readonly signal: number | null
  /** All tasks waited for something that could not come. */
  readonly deadlock: boolean
  /** Calls that were asked for and are not implemented, with how often. */
  readonly unimplemented: ReadonlyMap<string, number>
}

const S_IFDIR = 0o040000
const S_IFREG = 0o100000

/** The guest's own little world: an empty root with /dev, /proc, /tmp, the program at its host's path, and the host's working directory, empty. */
function emptyWorld(program: string, cwd: string, data: Uint8Array): RootEntry[] {
  return [
    { path: '', mode: S_IFDIR | 0o755 }, { path: 'dev', mode: S_IFDIR | 0o755 }, { path: 'proc', mode: S_IFDIR | 0o555 }, { path: 'tmp', mode: S_IFDIR | 0o1777 },
    ...(cwd === '/' ? [] : [{ path: cwd.slice(1), mode: S_IFDIR | 0o755 }]),
    { path: byteStringFromText(program.slice(1)), mode: S_IFREG | 0o755, data },
  ]
}

/** A root has the places where /dev, /proc and /tmp go, whatever the host gave. */
function withMountPoints(entries: RootEntry[]): RootEntry[] {
  const have = new Set(entries.map((e) => e.path))
  return [...entries, ...[{ path: 'dev', mode: S_IFDIR | 0o755 }, { path: 'proc', mode: S_IFDIR | 0o555 }, { path: 'tmp', mode: S_IFDIR | 0o1777 }].filter((e) => !have.has(e.path))]
}

/** The kernel of a profile's name; null for `current`. */
async function labOf(name: string): Promise<Lab | null> {
  if (name === 'current') return null
  const { labs } = await import('../presets/labs.js')
  const found = Object.entries(labs).find(([known]) => known === name)
  if (found === undefined) throw new SyscallkitError('ERR_SYSCALLKIT_PROFILE', `profile '${name}': expected one of current, ${Object.keys(labs).join(', ')}`)
  return found[1]
}

function readProgram(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new SyscallkitError('ERR_SYSCALLKIT_PROGRAM', `${path}: ${error instanceof Error ? error.message.replace(/,.*/, '') : String(error)}`, { cause: error, hint: 'Expected the path of a static ELF executable.' })
  }
}

function execError(path: string, errno: number): SyscallkitError {
  return new SyscallkitError('ERR_SYSCALLKIT_EXEC', `${path}: cannot be executed: ${errnoName(-errno)} (${strerror(-errno)})`)
}

async function openPorts(machine: Machine, list: readonly PublishedPort[]): Promise<Publication> {
  const publication = await (await import('./publish.js')).publish(machine, list)
  for (const [i, { host, guest }] of list.entries()) if (host === 0) process.stderr.write(`syscallkit: port ${publication.ports[i]} leads to the guest's ${guest}\n`)
  return publication
}

function hasFiles(task: Task): task is FsTask {
  return 'files' in task && 'fs' in task
}

/**
 * Runs a program to its end with the standard streams of this process. What only some options need is loaded for them.
 *
 * @throws SyscallkitError when the program or the root cannot be read or executed, saying why
 * @example
 * const { status } = await runProgram({ program: './hello', strace: console.error })
 */
export async function runProgram(options: RunProgramOptions): Promise<ProgramResult> {
  const { program, root, args = [] } = options
  const lab = await labOf(options.profile ?? 'current')
  const path = root === undefined ? resolve(program) : program
  const bytes = root === undefined ? readProgram(path) : null
  const cwd = root === undefined ? byteStringFromText(process.cwd()) : '/'
  const entries = root === undefined ? emptyWorld(path, cwd, bytes!) : withMountPoints((await import('./host-root.js')).readRoot(root))
  const machine = createLinux({
    root: entries, cwd, ...(lab === null ? {} : { lab }), hostname: 'syscallkit', vendor: options.vendor ?? 'intel',
    ...(options.deterministic === true ? {} : { clock: new HostClock(), random: hostRandom }),
  })
  const streams = options.streams ?? openStreams()
  let publication: Publication | null = null
  try {
    const argv = [options.argv0 ?? program, ...args].map(byteStringFromText)
    const envp = Object.entries(options.env ?? {}).map(([k, v]) => byteStringFromText(`${k}=${v}`))
    const creds = credsOf(options.user ?? 0)
    if (bytes !== null) machine.kernel.formats?.explain(machine.kernel, bytes, { path, creds })
    const task = machine.spawn(null, { path: basename(path), creds })
    if (!hasFiles(task)) throw new SyscallkitError('ERR_SYSCALLKIT_STATE', 'the machine has no files')
    const stdio = [streams.stdin.open(machine.kernel, 0), streams.stdout.open(machine.kernel, 1), streams.stderr.open(machine.kernel, 1)]
    for (const file of stdio) task.files.install(file, 1024)
    if (options.strace !== undefined) (await import('../trace/index.js')).attachStrace(machine, { write: options.strace, quiet: options.straceQuiet === true })
    const result = execute(task, { dirfd: -100, filename: byteStringFromText(program), argv, envp })
    if (result !== REGS_SET) throw execError(path, result)
    if (options.publish !== undefined && options.publish.length > 0) publication = await openPorts(machine, options.publish)
    const { status, signal, reason } = await machine.run(options.signal === undefined ? {} : { signal: options.signal })
    return { status, signal, deadlock: reason === 'deadlock', unimplemented: machine.calls.unimplemented }
  } finally {
    publication?.close()
    machine.dispose()
    if (options.streams === undefined) streams.close()
  }
}
