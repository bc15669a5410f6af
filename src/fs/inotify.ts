import { EAGAIN, EFAULT, EINVAL, ENOSPC, ENOTTY } from '../abi/errno.js'
import { IN_EVENTS } from '../abi/flags/inotify.js'
import { POLL } from '../abi/flags/poll.js'
import { TTY_IOCTLS } from '../abi/flags/ioctl.js'
import { INOTIFY_EVENT } from '../abi/structs/io.js'
import { structBytes } from '../abi/structs/layout.js'
import type { File, FileOps, IoBuffer } from '../kernel/ports/files.js'
import type { Inode, InodeWatch } from '../kernel/ports/fs.js'
import type { Task } from '../kernel/task.js'
import { WaitQueue } from '../kernel/wait-queue.js'

/** What can happen; the rest of IN_EVENTS are options and answers. */
const ALL_EVENTS = 0xfff
/** Names are padded with zeros to a multiple of an event's size. */
const sizeOf = (event: InotifyEvent): number => INOTIFY_EVENT.size + (event.name === '' ? 0 : (event.name.length + INOTIFY_EVENT.size) & -INOTIFY_EVENT.size)

/** How tmpfs names a file to those who can open by handle. Linux: shmem_encode_fh. */
const HANDLE = { size: 12, fields: { generation: [0, 'u32'], low: [4, 'u32'], high: [8, 'u32'] } } as const

interface InotifyEvent {
  readonly wd: number
  readonly mask: number
  readonly cookie: number
  readonly name: string
}

/** What an inotify descriptor wants to know of an inode. Linux: struct inotify_inode_mark. */
export class InotifyWatch implements InodeWatch {
  readonly wd: number
  readonly inode: Inode
  /** IN_* bits as they were asked for. */
  mask: number
  private readonly group: Inotify
  constructor(group: Inotify, wd: number, inode: Inode, mask: number) {
    this.group = group
    this.wd = wd
    this.inode = inode
    this.mask = mask
    inode.watches = [...(inode.watches ?? []), this]
  }

  /** Linux: inotify_handle_inode_event. */
  tell(mask: number, name: string, cookie: number, unlinked: boolean): void {
    if ((mask & this.mask & ALL_EVENTS) === 0 || (unlinked && (this.mask & IN_EVENTS.IN_EXCL_UNLINK) !== 0)) return
    const self = (mask & (IN_EVENTS.IN_DELETE_SELF | IN_EVENTS.IN_MOVE_SELF)) !== 0
    this.group.add({ wd: this.wd, mask: self ? mask & ~IN_EVENTS.IN_ISDIR : mask, cookie, name })
    if ((this.mask & IN_EVENTS.IN_ONESHOT) !== 0) this.end()
  }

  /** Linux: inotify_ignored_and_remove_idr. */
  end(): void {
    this.detach()
    this.group.watches.delete(this.wd)
    this.group.add({ wd: this.wd, mask: IN_EVENTS.IN_IGNORED, cookie: 0, name: '' })
  }

  detach(): void {
    const left = this.inode.watches?.filter((watch) => watch !== this) ?? []
    this.inode.watches = left.length === 0 ? null : left
  }
}

/** What inotify_init(2) makes: watches and the events that they saw. Linux: fs/notify/inotify. */
export class Inotify implements FileOps {
  /** By watch descriptor. */
  readonly watches = new Map<number, InotifyWatch>()
  /** Whose it is, for the limits of a user. */
  readonly uid: number
  private readonly most: number
  private events: InotifyEvent[] = []
  private lastWd = 0
  private moves = 0
  readonly noSpliceRead = true
  readonly queue = new WaitQueue()

  /** @param most events that are kept: fs.inotify.max_queued_events of the time */
  constructor(uid: number, most: number) {
    this.uid = uid
    this.most = most
  }

  /** Watches an inode if its owner may have one more watch; a number is taken in any case. @returns the watch descriptor, or -ENOSPC */
  watch(inode: Inode, mask: number, allowed: boolean): number {
    const wd = ++this.lastWd
    if (!allowed) return -ENOSPC
    const watch = new InotifyWatch(this, wd, inode, mask)
    this.watches.set(watch.wd, watch)
    return watch.wd
  }

  /** This descriptor's watch of an inode. */
  watchOf(inode: Inode): InotifyWatch | undefined {
    return [...this.watches.values()].find((watch) => watch.inode === inode)
  }

  /** Queues an event, unless it says what the last one says. Linux: fsnotify_insert_event, inotify_merge. */
  add(event: InotifyEvent): void {
    const last = this.events.at(-1)
    if (last !== undefined && last.mask === event.mask && last.wd === event.wd && last.name === event.name && event.mask !== IN_EVENTS.IN_IGNORED) return
    if (this.events.length > this.most) return
    this.events.push(this.events.length === this.most ? { wd: -1, mask: IN_EVENTS.IN_Q_OVERFLOW, cookie: 0, name: '' } : event)
    this.moves++
    this.queue.wake(1, POLL.POLLIN)
  }

  /** Whole events only. */
  read(_file: File, to: IoBuffer): number {
    const before = to.done
    for (;;) {
      const event = this.events[0]
      if (event === undefined) return to.done > before ? to.done - before : -EAGAIN
      const size = sizeOf(event)
      if (size > to.left) return to.done > before ? to.done - before : -EINVAL
      this.events.shift()
      const bytes = new Uint8Array(size)
      bytes.set(structBytes(INOTIFY_EVENT, { wd: event.wd, mask: event.mask >>> 0, cookie: event.cookie, len: size - INOTIFY_EVENT.size }))
      for (let i = 0; i < event.name.length; i++) bytes[INOTIFY_EVENT.size + i] = event.name.charCodeAt(i)
      if (to.put(bytes, 0, size) < size) return -EFAULT
    }
  }

  /** Linux: noop_llseek. */
  llseek(): number {
    return 0
  }

  ioctl(_file: File, command: number, argument: number, task: Task): number {
    return command === TTY_IOCTLS.FIONREAD ? task.memory.putU32(argument, this.events.reduce((sum, event) => sum + sizeOf(event), 0)) : -ENOTTY
  }

  poll(): number {
    return this.events.length > 0 ? POLL.POLLIN | POLL.POLLRDNORM : 0
  }

  queues(): readonly WaitQueue[] {
    return [this.queue]
  }

  changes(): number {
    return this.moves
  }

  /** Its watches, the last one first. Linux: inotify_fdinfo. */
  fdinfo(): string {
    const watches = [...this.watches.values()].reverse()
    return watches.map(({ wd, inode, mask }) => {
      const bytes = structBytes(HANDLE, { low: inode.ino, high: Math.floor(inode.ino / 4294967296) })
      const handle = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
      return `inotify wd:${wd.toString(16)} ino:${inode.ino.toString(16)} sdev:${inode.sb.dev.toString(16)} mask:${(mask >>> 0).toString(16)} ignored_mask:0 fhandle-bytes:c fhandle-type:1 f_handle:${handle}\n`
    }).join('')
  }

  release(): void {
    for (const watch of this.watches.values()) watch.detach()
  }
}
