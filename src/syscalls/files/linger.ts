import type { FilesTask } from './io.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** A call that closed the last descriptor of a file which lingers: the pinned file, until when, and what the call returns. */
    linger: { readonly file: number; readonly deadline: number; readonly result: number }
  }
}

/**
 * Closes what a descriptor stands for, and waits where the last close of it does (SO_LINGER): until that is over, its time
 * is, or a signal comes; the call succeeds in any case. Linux: __fput, inet_release, sk_stream_wait_close.
 *
 * @param act closes the descriptor: close(2), or dup2(2) over it
 * @returns what `act` returned, or that the task waits
 */
export function closing(task: FilesTask, fd: number, act: () => number): number {
  const resumed = task.progressOf('linger')
  const file = resumed === null ? task.files.getRaw(fd) : task.files.byId(resumed.file)
  if (resumed === null) {
    if (file === null || file.count !== 1 || file.ops.lingers === undefined) return act()
    task.pin(file)
  }
  const result = resumed?.result ?? act()
  const time = file === null || (resumed === null && file.count !== 1) ? 0 : (file.ops.lingers?.(file) ?? 0)
  const now = task.kernel.clock.monotonic()
  const deadline = resumed?.deadline ?? now + time
  if (file === null || time === 0 || now >= deadline) return result
  return task.block('linger', { file: file.id, deadline, result }, file.ops.queues?.(file, task) ?? [], { deadline, interrupted: result })
}
