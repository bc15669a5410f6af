import type { FilesTask } from './io.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** A call that closed the last descriptors of files which linger: the pinned files that have not been waited for, until when the first is, and what the call returns. */
    linger: { readonly files: readonly number[]; readonly deadline: number; readonly result: number }
  }
}

/**
 * Closes what descriptors stand for, and waits where the last close of it does (SO_LINGER), for one after the other: until
 * that is over, its time is, or a signal comes; the call succeeds in any case. Linux: __fput, inet_release, sk_stream_wait_close.
 *
 * @param act closes the descriptors: close(2) and its kin, or dup2(2) over one
 * @returns what `act` returned, or that the task waits
 */
export function closing(task: FilesTask, fds: readonly number[], act: () => number): number {
  const resumed = task.progressOf('linger')
  const waiting = resumed?.files ?? lingering(task, fds)
  const result = resumed?.result ?? act()
  const now = task.kernel.clock.monotonic()
  for (const [i, id] of waiting.entries()) {
    const file = task.files.byId(id)
    // another task or a message may still hold it
    const time = file === null || (resumed === null && file.count !== 1) ? 0 : (file.ops.lingers?.(file) ?? 0)
    const deadline = resumed !== null && i === 0 ? resumed.deadline : now + time
    if (file !== null && time > 0 && now < deadline) {
      return task.block('linger', { files: waiting.slice(i), deadline, result }, file.ops.queues?.(file, task) ?? [], { deadline, interrupted: result })
    }
  }
  return result
}

/** Files whose last descriptor is among these, and whose close may wait; pinned, so that they outlive it. */
function lingering(task: FilesTask, fds: readonly number[]): number[] {
  const files = fds.map((fd) => task.files.getRaw(fd)).filter((file) => file !== null && file.count === 1 && file.ops.lingers !== undefined)
  return files.flatMap((file) => {
    if (file === null) return []
    task.pin(file)
    return [file.id]
  })
}
