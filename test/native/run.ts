import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A program to run under the library. */
export interface GuestProgram {
  /** Path inside the root. */
  readonly program: string
  /** argv with argv[0], which is `program`. */
  readonly argv: readonly string[]
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
  /** strace's lines. */
  readonly strace: string
}

const command = fileURLToPath(new URL('../../build/cli/main.js', import.meta.url))

/** Why the command cannot be run, or null. */
export function guestMissing(): string | null {
  return existsSync(command) ? null : 'build/cli/main.js was not made: see test/setup/generate.ts'
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/**
 * Runs a program by the library's command. stdout and stderr are pipes, as in the native runs: Node itself would give
 * its child sockets, so a shell stands in between.
 */
export async function runGuest({ program, argv, env, root, stdin }: GuestProgram): Promise<GuestRun> {
  const dir = mkdtempSync(join(tmpdir(), 'guest-'))
  try {
    const at = (name: string): string => join(dir, name)
    if (stdin !== null) writeFileSync(at('stdin'), stdin, 'latin1')
    const words = [process.execPath, command, 'run', `--strace=${at('strace')}`, '--root', root, ...env.flatMap((e) => ['--env', e]), program, ...argv.slice(1)]
    const source = stdin === null ? '</dev/null' : ''
    const body = `{ { { ( exec ${words.map(quote).join(' ')} 2>&3 3>&- ${source}); echo $? >${at('status')}; } | cat >${at('stdout')}; } 3>&1 | cat >${at('stderr')}; }`
    writeFileSync(at('run.sh'), `${stdin === null ? '' : `cat ${at('stdin')} |`} ${body}\n`)
    await promisify(execFile)('bash', [at('run.sh')], { timeout: 60_000 })
    const strace = existsSync(at('strace')) ? readFileSync(at('strace'), 'latin1') : ''
    return { stdout: readFileSync(at('stdout')), stderr: readFileSync(at('stderr')), status: Number(readFileSync(at('status'), 'utf8')), strace }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
