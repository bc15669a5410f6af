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
  /** It stands in the line of ready ones. */
  lined: boolean
  /** With EPOLLEXCLUSIVE: who was added first is woken first. */
  readonly rank: number
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
  /** Items in the order in which they were found ready; some may not be any more. Linux: rdllist. */
  private line: EpollItem[] = []
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
    if (file.ops instanceof Epoll && file.ops.height(this, 0) + 1 + this.watchersAbove(0) > MAX_NESTS) return -ELOOP
    const item = { fd, file: file.id, events: events | POLL.POLLERR | POLL.POLLHUP, dataLow, dataHigh, told: 0, changes: -1, lined: false, rank: (events & EPOLL_EVENTS.EPOLLEXCLUSIVE) === 0 ? 0 : this.lastRank() + 1 }
    this.items.set(key, item)
    this.enline(item, file, null)
    this.queue.wake(1, POLL.POLLIN)
    return 0
  }

  /** The rank of what was added last with EPOLLEXCLUSIVE, to any instance. */
  private lastRank(): number {
    let last = 0
    for (const { ops } of this.vfs.files.values()) if (ops instanceof Epoll) for (const { rank } of ops.items.values()) last = Math.max(last, rank)
    return last
  }

  /** Queues of files that are watched with EPOLLEXCLUSIVE, and the ranks of who waits there. */
  exclusiveQueues(task: Task): ReadonlyMap<WaitQueue, number> {
    const queues = new Map<WaitQueue, number>()
    for (const { file: id, rank } of this.items.values()) {
      const file = rank === 0 ? undefined : this.vfs.files.get(id)
      for (const queue of file?.ops.queues?.(file, task) ?? []) queues.set(queue, rank)
    }
    return queues
  }

  /** Forgets closed files, which nobody has waited for since. */
  private prune(): void {
    for (const [key, item] of this.items) if (!this.vfs.files.has(item.file)) this.forget(key, item)
    this.pruneAt = Math.max(64, 2 * this.items.size)
  }

  /** EPOLL_CTL_MOD. */
  modify(fd: number, file: File, events: number, dataLow: number, dataHigh: number): number {
    const item = this.items.get(`${fd}:${file.id}`)
    if (item === undefined) return -ENOENT
    Object.assign(item, { events: events | POLL.POLLERR | POLL.POLLHUP, dataLow, dataHigh, told: 0, changes: -1 })
    this.enline(item, file, null)
    this.queue.wake(1, POLL.POLLIN)
    return 0
  }

  /** EPOLL_CTL_DEL. */
  remove(fd: number, file: File): number {
    const key = `${fd}:${file.id}`
    const item = this.items.get(key)
    if (item === undefined) return -ENOENT
    this.forget(key, item)
    return 0
  }

  private forget(key: string, item: EpollItem): void {
    this.items.delete(key)
    if (item.lined) this.line.splice(this.line.indexOf(item), 1)
  }

  /** Puts an item that is ready at the end of the line, unless it stands there. */
  private enline(item: EpollItem, file: File, task: Task | null): void {
    if (item.lined || this.readyBits(item, file, task) === 0) return
    item.lined = true
    this.line.push(item)
  }

  /** Levels of instances below this one; more than allowed when `origin` is among them. Linux: ep_loop_check_proc. */
  private height(origin: Epoll, level: number): number {
    if (this === origin || level > MAX_NESTS) return MAX_NESTS + 1
    let deepest = 0
    for (const { file } of this.items.values()) {
      const ops = this.vfs.files.get(file)?.ops
      if (ops instanceof Epoll) deepest = Math.max(deepest, ops.height(origin, level + 1) + 1)
    }
    return deepest
  }

  /** Levels of instances that watch this one. Linux: ep_get_upwards_depth_proc. */
  private watchersAbove(level: number): number {
    if (level > MAX_NESTS) return level
    let most = 0
    for (const { ops } of this.vfs.files.values())
      if (ops instanceof Epoll && [...ops.items.values()].some(({ file }) => this.vfs.files.get(file)?.ops === this)) most = Math.max(most, ops.watchersAbove(level + 1) + 1)
    return most
  }

  /** Ready bits of an item now, 0 for an edge that was told of already. */
  private readyBits(item: EpollItem, file: File, task: Task | null): number {
    const bits = (file.ops.poll?.(file, task) ?? 0) & item.events & ~OPTIONS
    if (bits === 0 || (item.events & EDGE) === 0) return bits
    const changes = file.ops.changes?.(file) ?? 0
    return changes === item.changes && (bits & ~item.told) === 0 ? 0 : bits
  }

  /** Lines up what has become ready since somebody looked. */
  private lookAround(task: Task): void {
    for (const [key, item] of this.items) {
      const file = this.vfs.files.get(item.file)
      if (file === undefined) this.forget(key, item)
      else if (!item.lined) {
        if ((item.events & EDGE) !== 0) item.told &= file.ops.poll?.(file, task) ?? 0
        this.enline(item, file, task)
      }
    }
  }

  /** Takes up to `most` ready descriptors from the line; level-triggered ones go to its end. Linux: ep_send_events. */
  take(most: number, task: Task): EpollReady[] {
    this.lookAround(task)
    const ready: EpollReady[] = []
    const again: EpollItem[] = []
    while (this.line.length > 0 && ready.length < most) {
      const item = this.line.shift()!
      item.lined = false
      const file = this.vfs.files.get(item.file)
      const bits = file === undefined ? 0 : this.readyBits(item, file, task)
      if (file === undefined || bits === 0) continue
      ready.push({ events: bits, dataLow: item.dataLow, dataHigh: item.dataHigh })
      item.told = bits
      item.changes = file.ops.changes?.(file) ?? 0
      if ((item.events & EPOLL_EVENTS.EPOLLONESHOT) !== 0) item.events &= OPTIONS
      else if ((item.events & EDGE) === 0) {
        item.lined = true
        again.push(item)
      }
    }
    this.line.push(...again)
    return ready
  }

  /** Linux: noop_llseek. */
  llseek(): number {
    return 0
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
