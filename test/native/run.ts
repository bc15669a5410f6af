import { createHostStream } from '../../src/fs/console.js'
import { runProgram } from '../../src/node/index.js'

/** A program to run under the library. */
export interface GuestProgram {
  /** Path inside the root; also argv[0]. */
  readonly program: string
  /** Arguments after argv[0]. */
  readonly args: readonly string[]
  /** `NAME=value`. */
  readonly env: readonly string[]
  /** A folder or a cpio archive of the host. */
  readonly root: string
  /** What stdin holds, by a pipe; null: /dev/null. */
  readonly stdin: string | null
}

/** What it did. */
export interface GuestRun {
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** As a shell sees it: 128 + n when killed by signal n. */
  readonly status: number
  readonly strace: string[]
}

/** Runs a program on a whole machine in this process, with pipes for its standard streams as in the native runs. */
export async function runGuest({ program, args, env, root, stdin }: GuestProgram): Promise<GuestRun> {
  const written: [Uint8Array[], Uint8Array[]] = [[], []]
  const output = (n: 0 | 1) => createHostStream({ kind: 'pipe', write: (bytes) => void written[n].push(bytes.slice()) })
  const input = stdin === null ? createHostStream({ kind: 'null' }) : createHostStream({ kind: 'pipe' })
  if (stdin !== null) {
    input.push(Buffer.from(stdin, 'latin1'))
    input.end()
  }
  const strace: string[] = []
  const { status, signal } = await runProgram({
    program, args, root, env: Object.fromEntries(env.map((e) => [e.slice(0, e.indexOf('=')), e.slice(e.indexOf('=') + 1)])),
    streams: { stdin: input, stdout: output(0), stderr: output(1), close: () => {} },
    // strace leaves this line out when it writes to a file, as it did for the goldens
    strace: (line) => void (line.startsWith('[ Process PID=') || strace.push(line)),
  })
  return { stdout: Buffer.concat(written[0]), stderr: Buffer.concat(written[1]), status: signal === null ? (status ?? 0) : 128 + signal, strace }
}
