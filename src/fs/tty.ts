import { EAGAIN, EFAULT, EINVAL } from '../abi/errno.js'
import { SIGNALS } from '../abi/flags/signals.js'
import { POLL } from '../abi/flags/poll.js'
import { TERMIOS_CC, TERMIOS_IFLAG, TERMIOS_LFLAG, TERMIOS_OFLAG } from '../abi/flags/termios.js'
import type { Kernel } from '../kernel/kernel.js'
import type { File, FileOps, IoBuffer } from '../kernel/ports/files.js'
import type { Task } from '../kernel/task.js'
import { WaitQueue } from '../kernel/wait-queue.js'
import { checkChange } from './tty-job-control.js'
import { ttyIoctl } from './tty-ioctl.js'

/** Bytes of c_cc in struct termios of the kernel. */
export const NCCS = 19

/** Settings of a terminal. Linux: struct ktermios. */
export interface Termios {
  iflag: number
  oflag: number
  cflag: number
  lflag: number
  line: number
  readonly cc: Uint8Array
}

/** What a terminal starts with. Linux: tty_std_termios, INIT_C_CC. */
export function initialTermios(): Termios {
  const cc = Uint8Array.of(3, 0x1c, 0x7f, 0x15, 4, 0, 1, 0, 0x11, 0x13, 0x1a, 0, 0x12, 0xf, 0x17, 0x16, 0, 0, 0)
  return { iflag: 0o2400, oflag: 0o5, cflag: 0o277, lflag: 0o105073, line: 0, cc }
}

/** What the host does with a terminal's output, and whether it edits lines itself. */
export interface TerminalHost {
  readonly write: (bytes: Uint8Array) => void
  /** The host's terminal is raw: echo, editing and output processing are done here. */
  readonly raw: boolean
}

/** A terminal with its line discipline. Linux: tty_struct with n_tty. */
export class Tty implements FileOps {
  readonly streams = true
  termios = initialTermios()
  rows = 24
  columns = 80
  /** Foreground process group and session; 0 for none. */
  pgrp = 0
  session = 0
  /** The other side is gone: reads give 0. */
  ended = false
  /** Bytes to be read; in canonical mode whole lines, an end-of-file mark being an empty one. */
  readonly ready: Uint8Array[] = []
  /** The line being edited. */
  private edit: number[] = []
  readonly readQueue = new WaitQueue()
  private readonly kernel: Kernel
  private readonly host: TerminalHost

  constructor(kernel: Kernel, host: TerminalHost) {
    this.kernel = kernel
    this.host = host
  }

  private get canonical(): boolean {
    return (this.termios.lflag & TERMIOS_LFLAG.ICANON) !== 0
  }

  /** Input from the host. Linux: n_tty_receive_buf. */
  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.receiveByte(byte)
    this.wakeReaders()
  }

  /** The host's input has ended. */
  end(): void {
    if (this.edit.length > 0) this.commit()
    this.ended = true
    this.readQueue.wakeAll()
  }

  private wakeReaders(): void {
    if (this.ready.length > 0) this.readQueue.wake(1, POLL.POLLIN | POLL.POLLRDNORM)
  }

  private receiveByte(byte: number): void {
    const { iflag, lflag, cc } = this.termios
    if (byte === 13) {
      if ((iflag & TERMIOS_IFLAG.IGNCR) !== 0) return
      if ((iflag & TERMIOS_IFLAG.ICRNL) !== 0) byte = 10
    } else if (byte === 10 && (iflag & TERMIOS_IFLAG.INLCR) !== 0) byte = 13
    const is = (index: number): boolean => cc[index] !== 0 && cc[index] === byte
    if ((lflag & TERMIOS_LFLAG.ISIG) !== 0) {
      if (is(TERMIOS_CC.VINTR)) return this.signal(SIGNALS.SIGINT, byte)
      if (is(TERMIOS_CC.VQUIT)) return this.signal(SIGNALS.SIGQUIT, byte)
      if (is(TERMIOS_CC.VSUSP)) return this.signal(SIGNALS.SIGTSTP, byte)
    }
    if (!this.canonical) {
      this.echo(byte)
      this.ready.push(Uint8Array.of(byte))
      return
    }
    if (is(TERMIOS_CC.VERASE)) return this.erase(1)
    if (is(TERMIOS_CC.VKILL)) return this.erase(this.edit.length)
    if (is(TERMIOS_CC.VWERASE)) return this.erase(this.wordLength())
    if (is(TERMIOS_CC.VEOF)) return this.commit()
    if (byte === 10 && (lflag & (TERMIOS_LFLAG.ECHO | TERMIOS_LFLAG.ECHONL)) === TERMIOS_LFLAG.ECHONL) this.output(Uint8Array.of(10))
    this.echo(byte)
    this.edit.push(byte)
    if (byte === 10 || is(TERMIOS_CC.VEOL) || is(TERMIOS_CC.VEOL2)) this.commit()
  }

  private commit(): void {
    this.ready.push(Uint8Array.from(this.edit))
    this.edit = []
  }

  private wordLength(): number {
    let n = this.edit.length
    while (n > 0 && this.edit[n - 1] === 32) n--
    while (n > 0 && this.edit[n - 1] !== 32) n--
    return this.edit.length - n
  }

  private erase(count: number): void {
    for (; count > 0 && this.edit.length > 0; count--) {
      this.edit.pop()
      if ((this.termios.lflag & TERMIOS_LFLAG.ECHO) !== 0 && this.host.raw) this.host.write(Uint8Array.of(8, 32, 8))
    }
  }

  private echo(byte: number): void {
    const { lflag } = this.termios
    if ((lflag & TERMIOS_LFLAG.ECHO) === 0 || !this.host.raw) return
    const control = byte < 32 && byte !== 9 && byte !== 10
    this.output(control && (lflag & TERMIOS_LFLAG.ECHOCTL) !== 0 ? Uint8Array.of(94, byte ^ 0x40) : Uint8Array.of(byte))
  }

  private signal(signo: number, byte: number): void {
    this.echo(byte)
    if ((this.termios.lflag & TERMIOS_LFLAG.NOFLSH) === 0) {
      this.edit = []
      this.ready.length = 0
    }
    this.signalGroup(signo)
  }

  /** Sends a signal to the foreground group. Linux: isig. */
  signalGroup(signo: number): void {
    for (const task of this.kernel.tasks.values())
      if (task.group.leader === task && task.group.pgid === this.pgrp) this.kernel.signals?.sendProcess(task, { signo, code: 0x80 })
  }

  /** To the host, with OPOST done when the host's terminal is raw. */
  private output(bytes: Uint8Array): void {
    const { oflag } = this.termios
    if (!this.host.raw || (oflag & TERMIOS_OFLAG.OPOST) === 0 || (oflag & TERMIOS_OFLAG.ONLCR) === 0) return this.host.write(bytes)
    const out: number[] = []
    for (const byte of bytes) {
      if (byte === 10) out.push(13)
      out.push(byte)
    }
    this.host.write(Uint8Array.from(out))
  }

  /** Bytes that can be read now. */
  get available(): number {
    return this.ready.reduce((sum, piece) => sum + piece.length, 0)
  }

  /** Linux: n_tty_read without its wait. VTIME is not counted: VMIN 0 gives what is there. */
  read(_file: File, to: IoBuffer, _position: number, task: Task): number {
    const background = checkChange(this, task, SIGNALS.SIGTTIN)
    if (background !== 0) return background
    if (to.left === 0) return 0
    if (this.ready.length === 0) return this.ended ? 0 : !this.canonical && this.termios.cc[TERMIOS_CC.VMIN] === 0 ? 0 : -EAGAIN
    const before = to.done
    do {
      const piece = this.ready[0]!
      const run = Math.min(piece.length, to.left)
      if (to.put(piece, 0, run) < run) return -EFAULT
      if (run === piece.length) this.ready.shift()
      else this.ready[0] = piece.subarray(run)
    } while (!this.canonical && to.left > 0 && this.ready.length > 0)
    return to.done - before
  }

  write(_file: File, from: IoBuffer, _position: number, task: Task): number {
    const background = (this.termios.lflag & TERMIOS_LFLAG.TOSTOP) === 0 ? 0 : checkChange(this, task, SIGNALS.SIGTTOU)
    if (background !== 0) return background
    const before = from.done
    while (from.left > 0) {
      const bytes = new Uint8Array(Math.min(from.left, 4096))
      const moved = from.take(bytes, 0, bytes.length)
      if (moved > 0) this.output(bytes.subarray(0, moved))
      if (moved < bytes.length) break
    }
    return from.done === before && from.faulted ? -EFAULT : from.done - before
  }

  poll(): number {
    const readable = this.ready.length > 0 || this.ended
    return (readable ? POLL.POLLIN | POLL.POLLRDNORM : 0) | POLL.POLLOUT | POLL.POLLWRNORM | (this.ended ? POLL.POLLHUP : 0)
  }

  queues(): readonly WaitQueue[] {
    return [this.readQueue]
  }

  ioctl(_file: File, command: number, argument: number, task: Task): number {
    return ttyIoctl(this, command >>> 0, argument, task)
  }

  /** Drops input. Linux: tty_perform_flush. */
  flush(queue: number): number {
    if (queue < 0 || queue > 2) return -EINVAL
    if (queue !== 1) {
      this.ready.length = 0
      this.edit = []
    }
    return 0
  }

  /** The host changed the window's size. */
  resize(rows: number, columns: number): void {
    if (rows === this.rows && columns === this.columns) return
    this.rows = rows
    this.columns = columns
    if (this.pgrp !== 0) this.signalGroup(SIGNALS.SIGWINCH)
  }
}
