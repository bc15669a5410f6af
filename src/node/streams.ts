import { fstatSync, readFileSync, statSync, writeSync } from 'node:fs'
import { devNull } from 'node:os'
import type * as Tty from 'node:tty'
import { createHostStream, type HostStream } from '../fs/console.js'

/** Writes all of `bytes` to a descriptor of the host, waiting when it is non-blocking and full. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    }
  }
}

/** Standard streams of this process as the guest sees them: each looks like what it is. */
export interface HostStreams {
  readonly stdin: HostStream
  readonly stdout: HostStream
  readonly stderr: HostStream
  /** Stops reading. */
  readonly close: () => void
}

/** Loaded for devices only: it brings Node's streams with it (4 ms, measured). */
const tty = (): typeof Tty => process.getBuiltinModule('node:tty')

function kindOf(fd: number): 'tty' | 'pipe' | 'file' | 'null' {
  try {
    const stat = fstatSync(fd)
    return stat.isFile() ? 'file' : !stat.isCharacterDevice() ? 'pipe' : stat.rdev === statSync(devNull).rdev ? 'null' : tty().isatty(fd) ? 'tty' : 'null'
  } catch {
    return 'null' // closed
  }
}

function output(fd: number, terminal: HostStream | null): HostStream {
  const kind = kindOf(fd)
  const write = (bytes: Uint8Array): void => writeAll(fd, bytes)
  if (kind === 'tty') return terminal ?? createTerminal(fd)
  return kind === 'null' ? createHostStream({ kind }) : createHostStream({ kind, write })
}

function createTerminal(fd: number): HostStream {
  const size = new (tty().WriteStream)(fd)
  return createHostStream({ kind: 'tty', write: (bytes) => writeAll(fd, bytes), rows: size.rows ?? 24, columns: size.columns ?? 80 })
}

/** Opens the streams of this process. Input is read only while the guest may want it. */
export function openStreams(): HostStreams {
  const inputKind = kindOf(0)
  if (inputKind === 'file') {
    const stdin = createHostStream({ kind: 'file', data: readFileSync(0) })
    return { stdin, stdout: output(1, null), stderr: output(2, null), close: () => {} }
  }
  if (inputKind === 'null') return { stdin: createHostStream({ kind: 'null' }), stdout: output(1, null), stderr: output(2, null), close: () => {} }
  const terminal = inputKind === 'tty' ? createTerminal(kindOf(1) === 'tty' ? 1 : 0) : null
  let source: NodeJS.ReadStream | null = null
  const listen = (): void => {
    source = terminal === null ? process.stdin : new (tty().ReadStream)(0)
    source.on('data', (chunk: Buffer) => stdin.push(chunk))
    source.on('end', () => stdin.end())
    source.on('error', () => stdin.end())
  }
  const stdin: HostStream = terminal ?? createHostStream({ kind: 'pipe', wanted: listen })
  if (terminal !== null) listen()
  return { stdin, stdout: output(1, terminal), stderr: output(2, terminal), close: () => void source?.destroy() }
}
