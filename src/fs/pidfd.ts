import { ESPIPE } from '../abi/errno.js'
import { POLL } from '../abi/flags/poll.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import type { File, FileOps } from '../kernel/ports/files.js'
import type { Task } from '../kernel/task.js'
import { INIT_PID, type ThreadGroup } from '../kernel/thread-group.js'
import type { WaitQueue } from '../kernel/wait-queue.js'
import { anonymousFile } from './anonymous.js'
import type { OpenFile } from './file.js'

const PIDFS = { type: 'pidfs', magic: 0x50494446 }

/** A process as a descriptor: readable once it has ended. Linux: fs/pidfs.c. */
export class PidFd implements FileOps {
  /** As of a file that can neither be read nor moved in. */
  readonly seekable = true
  /** Null for init, which is the kernel's part and never ends. */
  readonly group: ThreadGroup | null
  constructor(group: ThreadGroup | null) {
    this.group = group
  }

  /** Whether it has been waited for: nothing is left of it. */
  get reaped(): boolean {
    return this.group !== null && this.group.leader.state === 'dead'
  }

  llseek(): number {
    return -ESPIPE
  }

  poll(): number {
    if (this.reaped) return POLL.POLLIN | POLL.POLLRDNORM | POLL.POLLHUP
    return this.group !== null && this.group.exitStatus !== null ? POLL.POLLIN | POLL.POLLRDNORM : 0
  }

  queues(): readonly WaitQueue[] {
    return this.group === null ? [] : [this.group.watchers]
  }

  fdinfo(): string {
    const id = this.reaped ? -1 : (this.group?.tgid ?? INIT_PID)
    return `Pid:\t${id}\nNSpid:\t${id}\n`
  }
}

/** A new descriptor's file for a process, with one reference. Linux: pidfd_prepare. */
export function openPidFd(task: Task, group: ThreadGroup | null, nonBlocking: boolean): OpenFile {
  const flags = OPEN_FLAGS.O_RDWR | (nonBlocking ? OPEN_FLAGS.O_NONBLOCK : 0)
  return anonymousFile(task.kernel, PIDFS, 0o700, flags, new PidFd(group), undefined, 'anon_inode:[pidfd]')
}

/** The process behind an open file, or null. */
export function processOf(file: File | null): PidFd | null {
  return file !== null && file.ops instanceof PidFd ? file.ops : null
}
