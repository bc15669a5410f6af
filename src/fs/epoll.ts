import { EEXIST, ELOOP, ENOENT } from '../abi/errno.js'
import { EPOLL_EVENTS, POLL } from '../abi/flags/poll.js'
import type { File, FileOps } from '../kernel/ports/files.js'
import type { Task } from '../kernel/task.js'
import { WaitQueue } from '../kernel/wait-queue.js'
import type { Vfs } from './vfs.js'

/** What is watched for: a descriptor with the open file it stood for. Linux: struct epitem. */
interface EpollItem {
  readonly fd: number
  /** Id of the file; the item goes with it. */
  readonly file: number
  events: number
  dataLow: number
  dataHigh: number
  /** Bits that an edge-triggered item has told of, and the file's count of changes then. */
  told: number
  changes: number
}

/** A ready descriptor. */
export interface EpollReady {
  readonly events: number
  readonly dataLow: number
  readonly dataHigh: number
}

/** Most levels of epoll descriptors watching each other. */
const MAX_NESTS = 4
/** Bits of `events` that are not events. */
const OPTIONS = EPOLL_EVENTS.EPOLLONESHOT | EPOLL_EVENTS.EPOLLET | EPOLL_EVENTS.EPOLLWAKEUP | EPOLL_EVENTS.EPOLLEXCLUSIVE
const EDGE = EPOLL_EVENTS.EPOLLET | 0

/** An epoll instance. Linux: fs/eventpoll.c. Files are asked when somebody waits; nothing is remembered in between but edges. */
export class Epoll implements FileOps {
  private readonly items = new Map<string, EpollItem>()
  /** Items at which those of closed files are looked for. */
  private pruneAt = 64
  private readonly vfs: Vfs
  readonly queue = new WaitQueue()
  constructor(vfs: Vfs) {
    this.vfs = vfs
  }

  /** EPOLL_CTL_ADD. -EEXIST, or -ELOOP when epoll descriptors would watch each other. */
  add(fd: number, file: File, events: number, dataLow: number, dataHigh: number): number {
    const key = `${fd}:${file.id}`
    if (this.items.has(key)) return -EEXIST
    if (this.items.size >= this.pruneAt) this.prune()
    if (file.ops instanceof Epoll && file.ops.depthTo(this, 1) > MAX_NESTS) return -ELOOP
    this.items.set(key, { fd, file: file.id, events: events | POLL.POLLERR | POLL.POLLHUP, dataLow, dataHigh, told: 0, changes: -1 })
    this.queue.wake(1, POLL.POLLIN)
    return 0
  }

  /** Forgets closed files, which nobody has waited for since. */
  private prune(): void {
    for (const [key, { file }] of this.items) if (!this.vfs.files.has(file)) this.items.delete(key)
    this.pruneAt = Math.max(64, 2 * this.items.size)
  }

  /** EPOLL_CTL_MOD. */
  modify(fd: number, file: File, events: number, dataLow: number, dataHigh: number): number {
    const item = this.items.get(`${fd}:${file.id}`)
    if (item === undefined) return -ENOENT
    Object.assign(item, { events: events | POLL.POLLERR | POLL.POLLHUP, dataLow, dataHigh, told: 0, changes: -1 })
    this.queue.wake(1, POLL.POLLIN)
    return 0
  }

  /** EPOLL_CTL_DEL. */
  remove(fd: number, file: File): number {
    return this.items.delete(`${fd}:${file.id}`) ? 0 : -ENOENT
  }

  /** Levels below this instance; more than allowed when `origin` is among them. */
  private depthTo(origin: Epoll, level: number): number {
    if (this === origin || level > MAX_NESTS) return MAX_NESTS + 1
    let deepest = level
    for (const { file } of this.items.values()) {
      const ops = this.vfs.files.get(file)?.ops
      if (ops instanceof Epoll) deepest = Math.max(deepest, ops.depthTo(origin, level + 1))
    }
    return deepest
  }

  /** Ready bits of an item now, 0 for an edge that was told of already. */
  private readyBits(item: EpollItem, file: File, task: Task | null): number {
    const bits = (file.ops.poll?.(file, task) ?? 0) & item.events & ~OPTIONS
    if (bits === 0 || (item.events & EDGE) === 0) return bits
    const changes = file.ops.changes?.(file) ?? 0
    return changes === item.changes && (bits & ~item.told) === 0 ? 0 : bits
  }

  /** Takes up to `most` ready descriptors; those told of go to the end of the line. */
  take(most: number, task: Task): EpollReady[] {
    const ready: EpollReady[] = []
    for (const [key, item] of [...this.items]) {
      if (ready.length >= most) break
      const file = this.vfs.files.get(item.file)
      if (file === undefined) {
        this.items.delete(key)
        continue
      }
      const bits = this.readyBits(item, file, task)
      if (bits === 0) {
        if ((item.events & EDGE) !== 0) item.told &= file.ops.poll?.(file, task) ?? 0
        continue
      }
      ready.push({ events: bits, dataLow: item.dataLow, dataHigh: item.dataHigh })
      item.told = bits
      item.changes = file.ops.changes?.(file) ?? 0
      if ((item.events & EPOLL_EVENTS.EPOLLONESHOT) !== 0) item.events &= OPTIONS
      this.items.delete(key)
      this.items.set(key, item)
    }
    return ready
  }

  poll(_file: File, task: Task | null): number {
    for (const item of this.items.values()) {
      const file = this.vfs.files.get(item.file)
      if (file !== undefined && this.readyBits(item, file, task) !== 0) return POLL.POLLIN | POLL.POLLRDNORM
    }
    return 0
  }

  queues(_file: File, task: Task | null): readonly WaitQueue[] {
    const queues = new Set([this.queue])
    for (const item of this.items.values()) {
      const file = this.vfs.files.get(item.file)
      if (file !== undefined) for (const queue of file.ops.queues?.(file, task) ?? []) queues.add(queue)
    }
    return [...queues]
  }

  /** All items, for /proc/PID/fdinfo. */
  fdinfo(): string {
    const hex = (n: number, width: number): string => (n >>> 0).toString(16).padStart(width)
    const line = (item: EpollItem): string =>
      `tfd: ${String(item.fd).padStart(8)} events: ${hex(item.events, 8)} data: ${(item.dataHigh * 4294967296 + item.dataLow).toString(16).padStart(16)}\n`
    return [...this.items.values()].map(line).join('')
  }
}
