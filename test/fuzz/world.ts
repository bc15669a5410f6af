/** What is there for random calls to name: live descriptors by kind, paths by type, timers, mounted devices. */
import { STAT_MODE } from '../../src/abi/flags/stat.js'
import type { SeededRandom } from '../../src/base/random.js'
import { Epoll } from '../../src/fs/epoll.js'
import { EventFd } from '../../src/fs/eventfd.js'
import { Inotify } from '../../src/fs/inotify.js'
import { tableOf } from '../../src/fs/file-table.js'
import { PidFd } from '../../src/fs/pidfd.js'
import { SignalFd } from '../../src/fs/signalfd.js'
import { TimerFd } from '../../src/fs/timerfd.js'
import { vfsOf } from '../../src/fs/vfs.js'
import { timers, type ProcessTimers } from '../../src/kernel/itimers.js'
import type { File } from '../../src/kernel/ports/files.js'
import type { Dentry } from '../../src/kernel/ports/fs.js'
import type { Task } from '../../src/kernel/task.js'
import type { Socket } from '../../src/sockets/socket.js'
import { connects, isNameless, isSocketOf, listens, socketsOf, type SocketKind } from './sockets.js'

/** Kinds of open files. */
export type FileKind = 'directory' | 'file' | 'input' | 'output' | 'eventfd' | 'timerfd' | 'signalfd' | 'epoll' | 'pidfd' | 'inotify' | 'pollable' | 'readable' | 'writable'
/** Kinds of names in the tree; `new` is one that is not there yet. */
export type PathKind = 'file' | 'directory' | 'empty' | 'link' | 'any' | 'new'

const isA = (file: File, kind: FileKind): boolean => {
  const type = file.inode.mode & STAT_MODE.S_IFMT
  const { ops } = file
  switch (kind) {
    case 'directory': return type === STAT_MODE.S_IFDIR
    case 'file': return type === STAT_MODE.S_IFREG && file.readable && file.writable && ops.fallocate !== undefined
    case 'input': return type === STAT_MODE.S_IFIFO && file.readable
    case 'output': return type === STAT_MODE.S_IFIFO && file.writable
    case 'eventfd': return ops instanceof EventFd
    case 'timerfd': return ops instanceof TimerFd
    case 'signalfd': return ops instanceof SignalFd
    case 'epoll': return ops instanceof Epoll
    case 'pidfd': return ops instanceof PidFd
    case 'inotify': return ops instanceof Inotify
    case 'pollable': return ops.poll !== undefined && !(ops instanceof Epoll)
    case 'readable': return file.readable && ops.read !== undefined && ops.poll === undefined
    case 'writable': return file.writable && ops.write !== undefined && ops.poll === undefined
  }
}

/** The world of one task at the moment of a call. */
export class World {
  private readonly task: Task
  private readonly random: SeededRandom
  constructor(task: Task, random: SeededRandom) {
    this.task = task
    this.random = random
  }

  private pick<T>(list: readonly T[], otherwise: T): T {
    return list[this.random.u32() % Math.max(1, list.length)] ?? otherwise
  }

  /** A descriptor of a kind, or -1. */
  descriptor(kind: FileKind): number {
    const table = tableOf(this.task)
    if (table === null) return -1
    return this.pick(table.descriptors().filter((fd) => {
      const file = table.get(fd)
      return file !== null && isA(file, kind)
    }), -1)
  }

  /** A socket of a kind, or -1. */
  socket(kind: SocketKind): number {
    return this.pick(socketsOf(this.task).filter(([, socket]) => isSocketOf(kind, socket, this.task)).map(([fd]) => fd), -1)
  }

  /** The socket behind a descriptor. */
  socketAt(fd: number): Socket | null {
    return socketsOf(this.task).find(([at]) => at === fd)?.[1] ?? null
  }

  /** Names of live sockets that one could be connected to: listeners for streams, others for datagrams. */
  peersFor(socket: Socket): Uint8Array[] {
    return socketsOf(this.task).flatMap(([, other]) => {
      if (other.family !== socket.family || other.type !== socket.type || isNameless(other) || (connects(socket) && !listens(other, this.task))) return []
      const name = other.getName()
      return typeof name === 'number' ? [] : [name]
    })
  }

  /** The last descriptor: one that nobody needs. */
  get last(): number {
    return tableOf(this.task)?.descriptors().at(-1) ?? -1
  }

  /** The path of something below /tmp. */
  path(kind: PathKind): string {
    if (kind === 'new') return `/tmp/${this.pick(['n', 'o', '__proto__', 'constructor'], 'n')}${this.random.u32() % 10_000}`
    const directory = vfsOf(this.task.kernel).root.dentry.children.get('tmp')
    const names = [...(directory?.children ?? [])].filter(([, child]) => matches(child, kind)).map(([name]) => name)
    return `/tmp/${this.pick(names, 'missing')}`
  }

  /** A POSIX timer of the process. */
  get timer(): number {
    return hasTimers(this.task) ? this.pick([...this.task.timers.posix.keys()], 0) : 0
  }

  /** A watch of an inotify descriptor, or -1. */
  watch(fd: number): number {
    const ops = tableOf(this.task)?.get(fd)?.ops
    return ops instanceof Inotify ? this.pick([...ops.watches.keys()], -1) : -1
  }

  /** The minor number of a file system's device. */
  get device(): number {
    return this.pick(vfsOf(this.task.kernel).mounts.map(({ sb }) => sb.dev & 0xff), 1)
  }
}

function matches({ inode, children }: Dentry, kind: PathKind): boolean {
  const type = inode.mode & STAT_MODE.S_IFMT
  switch (kind) {
    case 'file': return type === STAT_MODE.S_IFREG
    case 'directory': return type === STAT_MODE.S_IFDIR
    case 'empty': return type === STAT_MODE.S_IFDIR && children.size === 0
    case 'link': return type === STAT_MODE.S_IFLNK
    default: return true
  }
}

function hasTimers(task: Task): task is Task & { readonly timers: ProcessTimers } {
  return timers.key in task
}
