import type { Machine } from '../machine/machine.js'

/** Options of {@link attachStrace}. */
export interface StraceOptions {
  /** Receives each line, without its line end. */
  readonly write: (line: string) => void
}

/** Writes strace's lines for everything that a machine's programs do; the result stops it. */
export function attachStrace(machine: Machine, options: StraceOptions): () => void {
  return machine.on('syscall:exit', (event) => options.write(`${event.name ?? event.nr}() = ${event.result ?? '?'}`))
}
