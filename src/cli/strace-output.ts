import { closeSync, openSync, writeSync } from 'node:fs'
import { SyscallkitError } from '../base/errors.js'

/** Where strace's lines go. */
export interface StraceOutput {
  readonly line: (line: string) => void
  readonly close: () => void
}

/**
 * Opens the output of `--strace`. Lines go to standard error at once, in order with what the guest writes there; to a
 * file they go in pieces of 64 KiB.
 *
 * @param target true for standard error, else the file's name
 * @throws SyscallkitError when the file cannot be made
 */
export function openStraceOutput(target: string | true): StraceOutput {
  if (target === true) return { line: (line) => void write(2, Buffer.from(`${line}\n`, 'latin1')), close: () => {} }
  let file: number
  try {
    file = openSync(target, 'w')
  } catch (error) {
    throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', `--strace: expected a file that can be written, got '${target}': ${error instanceof Error ? error.message : String(error)}`)
  }
  let waiting: string[] = []
  let size = 0
  const flush = (): void => {
    if (size > 0) write(file, Buffer.from(waiting.join(''), 'latin1'))
    waiting = []
    size = 0
  }
  return {
    line: (line) => {
      waiting.push(`${line}\n`)
      size += line.length + 1
      if (size > 65536) flush()
    },
    close: () => {
      flush()
      closeSync(file)
    },
  }
}

/** Writes all of it; a pipe whose reader is slow says EAGAIN when standard error was made non-blocking. */
function write(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(file, bytes, done)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    }
  }
}
