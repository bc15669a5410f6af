import { EAGAIN, EBUSY, EFAULT, EINVAL, ENOMEM, ENOTTY, EPERM, EPIPE } from '../abi/errno.js'
import { CAP } from '../abi/flags/capability.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { SIGNALS } from '../abi/flags/signals.js'
import { POLL } from '../abi/flags/poll.js'
import { TTY_IOCTLS } from '../abi/flags/ioctl.js'
import { capable } from '../kernel/creds.js'
import type { File, FileOps, IoBuffer } from '../kernel/ports/files.js'
import type { Inode } from '../kernel/ports/fs.js'
import type { Task } from '../kernel/task.js'
import { WaitQueue } from '../kernel/wait-queue.js'
import { PAGE_SIZE } from '../memory/layout.js'
import { SIGIO_REASON } from './file-owner.js'
import { vfsOf } from './vfs.js'

/** Buffers of a new pipe: 64 KiB. */
const DEFAULT_BUFFERS = 16

/** One page of a pipe. Linux: struct pipe_buffer. */
interface PipeBuffer {
  readonly bytes: Uint8Array
  offset: number
  length: number
  /** A packet of O_DIRECT: read as a whole, the rest is dropped. */
  readonly packet: boolean
}

/** The bytes between two ends. Linux: struct pipe_inode_info. */
export class Pipe {
  buffers: PipeBuffer[] = []
  /** Buffers it may have. */
  slots = DEFAULT_BUFFERS
  readers = 0
  writers = 0
  /** Counted up at each open, so that FIFO openers see partners who have gone again. */
  readerCount = 0
  writerCount = 0
  /** Writes so far, and reads that made room in a full pipe: what wakes readers and writers. */
  arrivals = 0
  rooms = 0
  /** Open ends with O_ASYNC. */
  readonly async = new Set<File>()
  readonly readQueue = new WaitQueue()
  readonly writeQueue = new WaitQueue()

  /** Bytes in the pipe. */
  get size(): number {
    return this.buffers.reduce((sum, buffer) => sum + buffer.length, 0)
  }

  get full(): boolean {
    return this.buffers.length >= this.slots
  }

  /** Linux: pipe_read without its wait: -EAGAIN means that there is nothing yet. */
  read(to: IoBuffer): number {
    if (to.left === 0) return 0
    const wasFull = this.full
    const before = to.done
    while (this.buffers.length > 0 && to.left > 0) {
      const buffer = this.buffers[0]!
      const run = Math.min(buffer.length, to.left)
      const moved = to.put(buffer.bytes, buffer.offset, run)
      if (moved < run) return to.done - before > moved ? to.done - before - moved : -EFAULT
      buffer.offset += run
      buffer.length -= run
      if (buffer.length === 0 || buffer.packet) this.buffers.shift()
      if (buffer.packet) break
    }
    const moved = to.done - before
    if (moved === 0) return this.writers === 0 ? 0 : -EAGAIN
    if (wasFull && !this.full) {
      this.rooms++
      this.writeQueue.wake(1, POLL.POLLOUT | POLL.POLLWRNORM)
      this.signal(false)
    }
    if (this.buffers.length > 0) this.readQueue.wake(1, POLL.POLLIN | POLL.POLLRDNORM)
    return moved
  }

  /** Linux: pipe_write without its wait: fewer bytes than asked for, or -EAGAIN, mean that it is full. */
  write(from: IoBuffer, packets: boolean, task: Task): number {
    if (this.readers === 0) return brokenPipe(task)
    const total = from.left
    if (total === 0) return 0
    const before = from.done
    const last = this.buffers[this.buffers.length - 1]
    const chars = total % PAGE_SIZE
    if (chars > 0 && last !== undefined && !last.packet && last.offset + last.length + chars <= PAGE_SIZE) {
      const moved = from.take(last.bytes, last.offset + last.length, chars)
      if (moved < chars) return -EFAULT
      last.length += moved
    }
    while (from.left > 0 && !this.full) {
      const bytes = new Uint8Array(PAGE_SIZE)
      const run = Math.min(PAGE_SIZE, from.left)
      const moved = from.take(bytes, 0, run)
      if (moved < run) return from.done - before > moved ? from.done - before - moved : -EFAULT
      this.buffers.push({ bytes, offset: 0, length: moved, packet: packets })
    }
    const moved = from.done - before
    if (moved === 0) return -EAGAIN
    this.arrived()
    return moved
  }

  /** Pieces of a program's pages, each in a buffer of its own that later writes do not fill: the bytes that found room, or -EFAULT. Linux: iter_to_pipe. */
  writePages(from: IoBuffer, pieces: readonly number[]): number {
    const before = from.done
    for (const length of pieces) {
      if (this.full) break
      const bytes = new Uint8Array(PAGE_SIZE)
      const offset = PAGE_SIZE - length
      const moved = from.take(bytes, offset, length)
      if (moved < length) return from.done - before > moved ? from.done - before - moved : -EFAULT
      this.buffers.push({ bytes, offset, length, packet: false })
    }
    this.arrived()
    return from.done - before
  }

  private arrived(): void {
    this.arrivals++
    this.readQueue.wake(1, POLL.POLLIN | POLL.POLLRDNORM)
    this.signal(true)
  }

  /** SIGIO for the owners of its readers, or its writers. */
  private signal(readers: boolean): void {
    for (const file of this.async) if (readers ? file.readable : file.writable) file.signalOwner(readers ? SIGIO_REASON.IN : SIGIO_REASON.OUT)
  }

  /** Up to `most` bytes from the front, which stay. */
  peek(most: number): Uint8Array {
    const out = new Uint8Array(Math.min(most, this.size))
    let at = 0
    for (const { bytes, offset, length } of this.buffers) {
      if (at === out.length) break
      const run = Math.min(length, out.length - at)
      out.set(bytes.subarray(offset, offset + run), at)
      at += run
    }
    return out
  }

  /** F_SETPIPE_SZ: bytes of the new size, or -errno. Linux: pipe_set_size. */
  resize(bytes: number, task: Task): number {
    if (bytes % 4294967296 > 0x80000000) return -EINVAL
    let slots = 1
    while (slots * PAGE_SIZE < bytes) slots *= 2
    if (slots > this.slots && slots * PAGE_SIZE > vfsOf(task.kernel).knobs.pipeMaxSize && !capable(task.creds, CAP.CAP_SYS_RESOURCE)) return -EPERM
    if (slots < this.buffers.length) return -EBUSY
    if (slots > 1 << 16) return -ENOMEM // the kernel wants its table in one piece of at most 4 MiB
    const grew = slots > this.slots
    this.slots = slots
    if (grew) this.writeQueue.wakeAll(POLL.POLLOUT | POLL.POLLWRNORM)
    return slots * PAGE_SIZE
  }

  /** An end went away: its partners look again. */
  wakeBoth(): void {
    this.readQueue.wakeAll(POLL.POLLIN | POLL.POLLRDNORM | POLL.POLLHUP | POLL.POLLERR)
    this.writeQueue.wakeAll(POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLHUP | POLL.POLLERR)
  }

  /** An end was closed. Linux: pipe_release. */
  ended(): void {
    this.wakeBoth()
    if ((this.readers === 0) === (this.writers === 0)) return
    this.signal(true)
    this.signal(false)
  }
}

/** Writing to a pipe or socket without readers: SIGPIPE and -EPIPE. */
export function brokenPipe(task: Task): number {
  task.kernel.signals?.sendTask(task, { signo: SIGNALS.SIGPIPE, code: 0, pid: task.tgid, uid: task.creds.uid })
  return -EPIPE
}

/** An open end of a pipe or FIFO. */
export class PipeEnd implements FileOps {
  readonly pipe: Pipe
  readonly streams = true
  /** Counter of the other side when a FIFO's open began to wait; -1 when it need not. */
  private partner = -1
  /** FIFO opened for reading without a writer yet: no POLLHUP until one has come. */
  private unmet = -1
  private readonly fifos: Map<Inode, Pipe> | null

  /** @param fifos where the pipe is found by its inode as long as somebody has it open (FIFOs) */
  constructor(pipe: Pipe, file: File, fifo: boolean, fifos: Map<Inode, Pipe> | null = null) {
    this.pipe = pipe
    this.fifos = fifos
    const nonblock = (file.flags & OPEN_FLAGS.O_NONBLOCK) !== 0
    if (file.readable) {
      pipe.readerCount++
      pipe.readers++
      if (fifo && !file.writable && pipe.writers === 0) {
        if (nonblock) this.unmet = pipe.writerCount
        else this.partner = pipe.writerCount
      }
    }
    if (file.writable) {
      if (fifo && !file.readable && pipe.readers === 0) this.partner = pipe.readerCount
      pipe.writerCount++
      pipe.writers++
    }
    if (fifo) pipe.wakeBoth()
  }

  opening(file: File): boolean {
    return this.partner >= 0 && this.partner === (file.readable ? this.pipe.writerCount : this.pipe.readerCount)
  }

  read(_file: File, to: IoBuffer): number {
    return this.pipe.read(to)
  }

  write(file: File, from: IoBuffer, _position: number, task: Task): number {
    return this.pipe.write(from, (file.flags & OPEN_FLAGS.O_DIRECT) !== 0, task)
  }

  poll(file: File): number {
    const { pipe } = this
    let bits = 0
    if (file.readable) {
      if (pipe.buffers.length > 0) bits |= POLL.POLLIN | POLL.POLLRDNORM
      if (pipe.writers === 0 && this.unmet !== pipe.writerCount) bits |= POLL.POLLHUP
    }
    if (file.writable) {
      if (!pipe.full) bits |= POLL.POLLOUT | POLL.POLLWRNORM
      if (pipe.readers === 0) bits |= POLL.POLLERR
    }
    return bits
  }

  queues(file: File): WaitQueue[] {
    return [...(file.readable ? [this.pipe.readQueue] : []), ...(file.writable ? [this.pipe.writeQueue] : [])]
  }

  changes(file: File): number {
    return (file.readable ? this.pipe.arrivals : 0) + (file.writable ? this.pipe.rooms : 0)
  }

  ioctl(_file: File, command: number, argument: number, task: Task): number {
    return command === TTY_IOCTLS.FIONREAD ? task.memory.putU32(argument, this.pipe.size) : -ENOTTY
  }

  async(file: File, on: boolean): void {
    if (on) this.pipe.async.add(file)
    else this.pipe.async.delete(file)
  }

  release(file: File): void {
    const { pipe } = this
    if (file.readable) pipe.readers--
    if (file.writable) pipe.writers--
    pipe.async.delete(file)
    pipe.ended()
    if (pipe.readers === 0 && pipe.writers === 0) {
      pipe.buffers = []
      this.fifos?.delete(file.inode)
    }
  }
}
