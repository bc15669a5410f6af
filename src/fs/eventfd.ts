import { EAGAIN, EFAULT, EINVAL } from '../abi/errno.js'
import { POLL } from '../abi/flags/poll.js'
import type { File, FileOps, IoBuffer } from '../kernel/ports/files.js'
import { WaitQueue } from '../kernel/wait-queue.js'

const MAX = 0xffffffffffffffffn

/** The counter of eventfd(2). Linux: fs/eventfd.c. */
export class EventFd implements FileOps {
  private count: bigint
  private readonly semaphore: boolean
  private moves = 0
  readonly noSpliceRead = true
  readonly noSpliceWrite = true
  readonly queue = new WaitQueue()
  constructor(count: number, semaphore: boolean) {
    this.count = BigInt(count)
    this.semaphore = semaphore
  }

  read(_file: File, to: IoBuffer): number {
    if (to.left < 8) return -EINVAL
    if (this.count === 0n) return -EAGAIN
    const given = this.semaphore ? 1n : this.count
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, given, true)
    this.count -= given
    this.moves++
    this.queue.wake(1, POLL.POLLOUT)
    return to.put(bytes, 0, 8) < 8 ? -EFAULT : 8
  }

  write(_file: File, from: IoBuffer): number {
    if (from.left < 8) return -EINVAL
    const bytes = new Uint8Array(8)
    if (from.take(bytes, 0, 8) < 8) return -EFAULT
    const added = new DataView(bytes.buffer).getBigUint64(0, true)
    if (added === MAX) return -EINVAL
    if (MAX - this.count <= added) return -EAGAIN
    this.count += added
    this.moves++
    this.queue.wake(1, POLL.POLLIN)
    return 8
  }

  /** Linux: noop_llseek. */
  llseek(): number {
    return 0
  }

  poll(): number {
    return (this.count > 0n ? POLL.POLLIN : 0) | (this.count === MAX ? POLL.POLLERR : 0) | (MAX - 1n > this.count ? POLL.POLLOUT : 0)
  }

  queues(): readonly WaitQueue[] {
    return [this.queue]
  }

  changes(): number {
    return this.moves
  }

  fdinfo(): string {
    return `eventfd-count: ${this.count.toString(16).padStart(16, ' ')}\n`
  }
}
