import { EAGAIN, EFAULT, ENOTTY } from '../abi/errno.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import { TTY_IOCTLS } from '../abi/flags/ioctl.js'
import { POLL } from '../abi/flags/poll.js'
import { SyscallkitError } from '../base/errors.js'
import type { Kernel } from '../kernel/kernel.js'
import type { File, FileOps, IoBuffer } from '../kernel/ports/files.js'
import type { SavedParts } from '../kernel/ports/subsystem.js'
import type { Task } from '../kernel/task.js'
import { WaitQueue } from '../kernel/wait-queue.js'
import { anonymousFile, unlistedFile } from './anonymous.js'
import { makeDev } from './constants.js'
import type { OpenFile } from './file.js'
import { KernelBuffer } from './iov-iter.js'
import { openTerminal } from './terminals.js'
import { Tmpfs } from './tmpfs.js'
import { TmpfsFile } from './tmpfs-file.js'
import { Tty, type TerminalHost } from './tty.js'
import { vfsOf } from './vfs.js'

/** What a stream of the host looks like to the guest. */
export type HostStreamOptions =
  | {
      readonly kind: 'tty'
      /** Receives what the guest writes. */
      readonly write: (bytes: Uint8Array) => void
      /** The host's terminal is in raw mode: echo, line editing and output processing are done here. Default false. */
      readonly raw?: boolean
      readonly rows?: number
      readonly columns?: number
    }
  | {
      readonly kind: 'pipe'
      /** Receives what the guest writes. */
      readonly write?: (bytes: Uint8Array) => void
      /** Called once, when a program first looks for input. */
      readonly wanted?: () => void
    }
  | {
      readonly kind: 'file'
      /** What the file holds already. */
      readonly data?: Uint8Array
      /** Bytes that the guest wrote, and where. */
      readonly write?: (bytes: Uint8Array, position: number) => void
      /** Opened with O_APPEND. */
      readonly append?: boolean
    }
  | { readonly kind: 'null' }

/** A standard stream as the host holds it. */
export interface HostStream {
  readonly kind: HostStreamOptions['kind']
  /** Input for the guest (terminals and pipes). */
  push: (bytes: Uint8Array) => void
  /** No more input will come: the guest reads end of file. */
  end: () => void
  /** The window's size changed (terminals). */
  resize: (rows: number, columns: number) => void
  /** Makes a terminal the controlling one of a task's session, its group in the foreground. Nothing for other streams. */
  control: (task: Task) => void
  /**
   * Opens the stream for a guest; `access` is O_RDONLY, O_WRONLY or O_RDWR.
   *
   * @returns the file with one reference, to be installed in a descriptor table
   */
  open: (kernel: Kernel, access: number) => OpenFile
  /** What saving a machine must know of it; without it, a machine whose programs have it open cannot be saved. */
  saving?: () => SavedParts
}

type PipeOptions = Extract<HostStreamOptions, { kind: 'pipe' }>

/** The guest's end of a pipe whose other end the host holds. */
class HostPipe implements FileOps {
  readonly streams = true
  readonly pieces: Uint8Array[] = []
  ended = false
  readonly queue = new WaitQueue()
  private readonly sink: ((bytes: Uint8Array) => void) | undefined
  /** Set while an open descriptor can still get input. */
  kernel: Kernel | null = null
  private wanted: (() => void) | undefined
  constructor({ write, wanted }: PipeOptions) {
    this.sink = write
    this.wanted = wanted
  }

  private want(): void {
    const { wanted } = this
    this.wanted = undefined
    wanted?.()
  }

  read(_file: File, to: IoBuffer): number {
    if (to.left === 0) return 0
    this.want()
    if (this.pieces.length === 0) return this.ended ? 0 : -EAGAIN
    const before = to.done
    while (this.pieces.length > 0 && to.left > 0) {
      const piece = this.pieces[0]!
      const moved = to.put(piece, 0, Math.min(piece.length, to.left))
      if (moved < piece.length) this.pieces[0] = piece.subarray(moved)
      else this.pieces.shift()
      if (to.faulted) break
    }
    return to.done === before ? -EFAULT : to.done - before
  }

  write(_file: File, from: IoBuffer): number {
    const before = from.done
    while (from.left > 0) {
      const bytes = new Uint8Array(Math.min(from.left, 65_536))
      const moved = from.take(bytes, 0, bytes.length)
      if (moved > 0) this.sink?.(bytes.subarray(0, moved))
      if (moved < bytes.length) break
    }
    return from.done === before && from.faulted ? -EFAULT : from.done - before
  }

  poll(file: File): number {
    if (file.readable) this.want()
    const input = (this.pieces.length > 0 ? POLL.POLLIN | POLL.POLLRDNORM : 0) | (this.ended ? POLL.POLLHUP : 0)
    return (file.readable ? input : 0) | (file.writable ? POLL.POLLOUT | POLL.POLLWRNORM : 0)
  }

  queues(): readonly WaitQueue[] {
    return [this.queue]
  }

  ioctl(_file: File, command: number, argument: number, task: Task): number {
    if (command !== TTY_IOCTLS.FIONREAD) return -ENOTTY
    this.want()
    return task.memory.putU32(argument, this.pieces.reduce((sum, piece) => sum + piece.length, 0))
  }

  release(file: File): void {
    if (file.readable) this.leave()
  }

  /** The host no longer counts as a source of events. */
  leave(): void {
    if (this.kernel !== null) this.kernel.hostSources--
    this.kernel = null
  }
}

type FileOptions = Extract<HostStreamOptions, { kind: 'file' }>

/** A regular file that the host keeps: writes go to it as well. */
class HostFile extends TmpfsFile {
  private readonly host: FileOptions
  constructor(sb: Tmpfs, host: FileOptions) {
    super(sb, STAT_MODE.S_IFREG | 0o644)
    this.host = host
  }

  override write(file: File, from: IoBuffer, position: number): number {
    const moved = super.write(file, from, position)
    if (moved <= 0 || this.host.write === undefined) return moved
    const copy = new KernelBuffer(this.sb.kernel.memory, new Uint8Array(moved))
    this.pages.read(copy, position, position + moved)
    this.host.write(copy.bytes, position)
    return moved
  }
}

const PIPEFS = { type: 'pipefs', magic: 0x50495045 }

/**
 * A standard stream of the host for guests.
 *
 * @example
 * const stdout = createHostStream({ kind: 'pipe', write: (bytes) => process.stdout.write(bytes) })
 */
export function createHostStream(options: HostStreamOptions): HostStream {
  switch (options.kind) {
    case 'tty': return new TerminalStream(options)
    case 'pipe': return new PipeStream(options)
    case 'file': return new FileStream(options)
    case 'null': return new NullStream()
  }
}

class PipeStream implements HostStream {
  readonly kind = 'pipe'
  private readonly pipe: HostPipe
  private kernel: Kernel | null = null
  constructor(options: PipeOptions) {
    this.pipe = new HostPipe(options)
  }
  push(bytes: Uint8Array): void {
    if (this.pipe.ended) throw new SyscallkitError('ERR_SYSCALLKIT_STREAM', 'push after end: the guest has seen the end of this stream')
    if (bytes.length > 0) this.pipe.pieces.push(bytes.slice())
    this.pipe.queue.wake(1, POLL.POLLIN | POLL.POLLRDNORM)
    this.kernel?.wakeHost()
  }
  end(): void {
    this.pipe.ended = true
    this.pipe.leave()
    this.pipe.queue.wakeAll()
    this.kernel?.wakeHost()
  }
  resize(): void {}
  control(): void {}
  saving(): SavedParts {
    return { filled: { stream: this, pipe: this.pipe } }
  }
  open(kernel: Kernel, access: number): OpenFile {
    this.kernel = kernel
    if (access !== OPEN_FLAGS.O_WRONLY && !this.pipe.ended && this.pipe.kernel === null) {
      this.pipe.kernel = kernel
      kernel.hostSources++
    }
    return anonymousFile(kernel, PIPEFS, STAT_MODE.S_IFIFO | 0o600, access, this.pipe)
  }
}

class FileStream implements HostStream {
  readonly kind = 'file'
  private readonly options: FileOptions
  constructor(options: FileOptions) {
    this.options = options
  }
  push(): void {
    throw new SyscallkitError('ERR_SYSCALLKIT_STREAM', 'push: a file stream gets its input by `data`')
  }
  end(): void {}
  resize(): void {}
  control(): void {}
  saving(): SavedParts {
    return { classes: { HostFile }, kept: { options: this.options } }
  }
  open(kernel: Kernel, access: number): OpenFile {
    const { data, append } = this.options
    const sb = new Tmpfs(kernel)
    const inode = new HostFile(sb, this.options)
    if (data !== undefined) inode.size = inode.pages.write(new KernelBuffer(kernel.memory, data), 0).moved
    const flags = access | OPEN_FLAGS.O_LARGEFILE | (append === true ? OPEN_FLAGS.O_APPEND : 0)
    return unlistedFile(kernel, inode, '/host', flags, true)
  }
}

class NullStream implements HostStream {
  readonly kind = 'null'
  saving(): SavedParts {
    return {}
  }
  push(): void {
    throw new SyscallkitError('ERR_SYSCALLKIT_STREAM', 'push: /dev/null takes no input')
  }
  end(): void {}
  resize(): void {}
  control(): void {}
  open(kernel: Kernel, access: number): OpenFile {
    const sb = new Tmpfs(kernel, { type: 'devtmpfs' })
    const inode = sb.newInode({ mode: STAT_MODE.S_IFCHR | 0o666, uid: 0, gid: 0, rdev: makeDev(1, 3) })
    if (inode === null || !vfsOf(kernel).charDevices.has(inode.rdev)) throw new SyscallkitError('ERR_SYSCALLKIT_STREAM', 'the null stream needs a machine with createFs()')
    return unlistedFile(kernel, inode, '/dev/null', access | OPEN_FLAGS.O_LARGEFILE, true)
  }
}

class TerminalStream implements HostStream {
  readonly kind = 'tty'
  private readonly options: Extract<HostStreamOptions, { kind: 'tty' }>
  private readonly host: TerminalHost
  private tty: Tty | null = null
  private file: OpenFile | null = null
  private kernel: Kernel | null = null
  private readonly early: Uint8Array[] = []
  private ended = false
  constructor(options: Extract<HostStreamOptions, { kind: 'tty' }>) {
    this.options = options
    this.host = { write: options.write, raw: options.raw === true }
  }
  push(bytes: Uint8Array): void {
    if (this.tty === null) this.early.push(bytes.slice())
    this.tty?.receive(bytes)
    this.kernel?.wakeHost()
  }
  end(): void {
    if (this.kernel !== null && !this.ended) this.kernel.hostSources--
    this.ended = true
    this.tty?.end()
    this.kernel?.wakeHost()
  }
  resize(rows: number, columns: number): void {
    this.tty?.resize(rows, columns)
  }
  control({ group }: Task): void {
    if (this.tty === null || this.tty.session !== 0) return
    this.tty.session = group.sid
    this.tty.pgrp = group.pgid
  }
  saving(): SavedParts {
    return { kept: { options: this.options, host: this.host }, filled: { stream: this } }
  }
  /** Every opening gives the same open file, as descriptors 0 to 2 of a shell share one. */
  open(kernel: Kernel): OpenFile {
    if (this.file !== null && this.file.count > 0) {
      this.file.hold()
      return this.file
    }
    const { rows = 24, columns = 80 } = this.options
    this.kernel = kernel
    const tty = this.tty ?? new Tty(kernel, this.host)
    tty.resize(rows, columns)
    if (this.tty === null && !this.ended) kernel.hostSources++
    this.tty = tty
    this.file = openTerminal(kernel, tty, OPEN_FLAGS.O_RDWR | OPEN_FLAGS.O_LARGEFILE)
    for (const bytes of this.early.splice(0)) tty.receive(bytes)
    if (this.ended) tty.end()
    return this.file
  }
}
