import type { ChildProcess } from 'node:child_process'

/** What a run gives. */
export interface NativeRun {
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** Exit status as a shell sees it: 128 + n when killed by signal n. */
  readonly status: number
  /** strace's lines, from the program's execve on. */
  readonly strace: string
}
export declare function nativeMissing(): string | null
export declare function runNative(program: { name: string; bytes: Uint8Array; args: readonly string[]; stdin: string | null }): NativeRun
export declare function startPtraced(program: {
  name: string
  bytes: Uint8Array
  args: readonly string[]
  stdin: string | null
  tracer: string
  dir: string
}): ChildProcess
