import { ENOTTY, EOPNOTSUPP } from '../abi/errno.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { MSG_FLAGS, SOL } from '../abi/flags/sockets.js'
import type { File, IoBuffer } from '../kernel/ports/files.js'
import type { Incoming, Outgoing, SocketOps, SocketWait } from '../kernel/ports/sockets.js'
import type { Task } from '../kernel/task.js'
import type { WaitQueue } from '../kernel/wait-queue.js'

/** A message to be received into `data`. */
export function incoming(data: IoBuffer, flags: number): Incoming {
  return { data, flags, outFlags: 0, name: null, control: [], files: null, creds: null, ended: false }
}

/**
 * What all sockets have in common: reading and writing by the calls of files, and refusals of what a family does not
 * have. Linux: net/socket.c, net/core/sock.c (sock_no_*).
 */
export abstract class Socket implements SocketOps {
  readonly family: number
  readonly type: number
  readonly protocol: number
  /** Counts what may interest edge-triggered watchers. */
  protected moves = 0
  abstract readonly queue: WaitQueue
  abstract readonly receiveTimeout: number
  abstract readonly sendTimeout: number
  abstract readonly lowWater: number
  /** The file around it; null before accept and after its last release. */
  file: File | null = null

  constructor(family: number, type: number, protocol: number) {
    this.family = family
    this.type = type
    this.protocol = protocol
  }

  /** A partial write waits for the rest. */
  get streams(): boolean {
    return this.type === 1
  }

  abstract poll(): number
  abstract send(task: Task, message: Outgoing): number
  abstract receive(task: Task, message: Incoming): number
  abstract getName(): Uint8Array | number
  abstract getPeer(): Uint8Array | number
  getAcceptedPeer(): Uint8Array | number {
    return this.getPeer()
  }
  abstract setOption(task: Task, level: number, name: number, value: Uint8Array, length: number): number
  abstract getOption(task: Task, level: number, name: number, length: number, given: Uint8Array): Uint8Array | number
  abstract bind(task: Task, address: Uint8Array): number
  abstract takeError(): number
  abstract putError(errno: number): void
  /** The last file of it went, or it never got one. */
  abstract closed(): void

  hasLevel(level: number): boolean {
    return level === SOL.SOL_SOCKET
  }
  connect(_task: Task, _address: Uint8Array): number {
    return -EOPNOTSUPP
  }
  listen(_task: Task, _backlog: number): number {
    return -EOPNOTSUPP
  }
  accept(_task: Task, _mayWait: boolean): SocketOps | number {
    return -EOPNOTSUPP
  }
  shutDown(_how: number): number {
    return -EOPNOTSUPP
  }
  waits(_wait: SocketWait): readonly WaitQueue[] {
    return [this.queue]
  }
  queues(): readonly WaitQueue[] {
    return [this.queue]
  }
  changes(): number {
    return this.moves
  }

  /** Files that came with what is read are closed: nobody asked for them. Linux: sock_read_iter. */
  read(file: File, to: IoBuffer, _position: number, task: Task): number {
    if (to.left === 0) return 0
    const message = incoming(to, (file.flags & OPEN_FLAGS.O_NONBLOCK) !== 0 ? MSG_FLAGS.MSG_DONTWAIT : 0)
    const result = this.receive(task, message)
    for (const sent of message.files ?? []) sent.release()
    return result
  }

  /** Linux: sock_write_iter. A write that has waited ends without SIGPIPE when bytes were taken before. */
  write(file: File, from: IoBuffer, _position: number, task: Task): number {
    const sent = task.progressOf('io')?.done ?? 0
    const flags = ((file.flags & OPEN_FLAGS.O_NONBLOCK) !== 0 ? MSG_FLAGS.MSG_DONTWAIT : 0) | (this.type === 5 ? MSG_FLAGS.MSG_EOR : 0)
    return this.send(task, { data: from, flags, name: null, control: [], sent })
  }

  ioctl(_file: File, _command: number, _argument: number, _task: Task): number {
    return -ENOTTY
  }
  /** Whoever has its file can ask for signals (O_ASYNC). */
  async(): void {}

  /** Something came: SIGIO for the owner, unless somebody waits for it. Linux: sk_wake_async with SOCK_WAKE_WAITD. */
  protected signalData(reason: number): void {
    if (this.file === null || (this.file.flags & OPEN_FLAGS.FASYNC) === 0) return
    if (this.queue.waiters.some(({ task }) => task.progressOf('receive') !== null || task.progressOf('io') !== null)) return
    this.file.signalOwner(reason)
  }

  attached(file: File): void {
    this.file = file
  }
  release(_file: File): void {
    this.file = null
    this.closed()
  }
  discard(): void {
    this.closed()
  }
}

