import { POLL } from '../abi/flags/poll.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import type { File, FileOps } from '../kernel/ports/files.js'
import type { Task } from '../kernel/task.js'
import type { ThreadGroup } from '../kernel/thread-group.js'
import type { WaitQueue } from '../kernel/wait-queue.js'
import { anonInode } from './anonymous.js'
import type { OpenFile } from './file.js'

/** A process as a descriptor: readable once it has ended. Linux: fs/pidfs.c. */
export class PidFd implements FileOps {
  readonly group: ThreadGroup
  constructor(group: ThreadGroup) {
    this.group = group
  }

  /** Whether it has been waited for: nothing is left of it. */
  get reaped(): boolean {
    return this.group.leader.state === 'dead'
  }

  poll(): number {
    if (this.reaped) return POLL.POLLIN | POLL.POLLRDNORM | POLL.POLLHUP
    return this.group.exitStatus !== null ? POLL.POLLIN | POLL.POLLRDNORM : 0
  }

  queues(): readonly WaitQueue[] {
    return [this.group.watchers]
  }

  fdinfo(): string {
    const id = this.reaped ? -1 : this.group.tgid
    return `Pid:\t${id}\nNSpid:\t${id}\n`
  }
}

/** A new descriptor's file for a process, with one reference. Linux: pidfd_prepare. */
export function openPidFd(task: Task, group: ThreadGroup, nonBlocking: boolean): OpenFile {
  return anonInode(task.kernel, '[pidfd]', OPEN_FLAGS.O_RDWR | (nonBlocking ? OPEN_FLAGS.O_NONBLOCK : 0), new PidFd(group))
}

/** The process behind an open file, or null. */
export function processOf(file: File | null): PidFd | null {
  return file !== null && file.ops instanceof PidFd ? file.ops : null
}
