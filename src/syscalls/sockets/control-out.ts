import { MSG_FLAGS, SCM, SO, SOL } from '../../abi/flags/sockets.js'
import { nofile } from '../../fs/file-table.js'
import type { File } from '../../kernel/ports/files.js'
import type { ControlData, Incoming } from '../../kernel/ports/sockets.js'
import type { SocketsTask } from './common.js'
import { isWide, type MessageHeader } from './message.js'

/** Control messages that are written to user memory one after the other. Linux: put_cmsg, scm_detach_fds. */
class ControlWriter {
  /** Bytes used, and MSG_CTRUNC. */
  used = 0
  flags = 0
  private readonly task: SocketsTask
  private readonly header: MessageHeader
  private readonly size: number
  private readonly align: number

  constructor(task: SocketsTask, header: MessageHeader) {
    const wide = isWide(task)
    this.task = task
    this.header = header
    this.size = wide ? 16 : 12
    this.align = wide ? 7 : 3
  }

  private get left(): number {
    return this.header.controlLength - this.used
  }

  private head(length: number, level: number, type: number): Uint8Array {
    const bytes = new Uint8Array(this.size)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, length, true)
    view.setInt32(this.size - 8, level, true)
    view.setInt32(this.size - 4, type, true)
    return bytes
  }

  private advance(length: number): void {
    this.used += Math.min((length + this.align) & ~this.align, this.left)
  }

  put({ level, type, data }: ControlData): void {
    if (this.header.control === 0 || this.left < this.size) {
      this.flags |= MSG_FLAGS.MSG_CTRUNC
      return
    }
    let length = this.size + data.length
    if (this.left < length) {
      this.flags |= MSG_FLAGS.MSG_CTRUNC
      length = this.left
    }
    const at = this.header.control + this.used
    const { memory } = this.task
    if (memory.copyTo(at, this.head(length, level, type)) < this.size) return
    if (memory.copyTo(at + this.size, data, 0, length - this.size) < length - this.size) return
    this.advance(length)
  }

  /** Installs files that came along and writes their descriptors; what does not fit is closed. */
  putFiles(files: readonly File[], closeOnExec: boolean): void {
    const { task, header } = this
    const room = header.control === 0 || this.left <= this.size ? 0 : Math.floor((this.left - this.size) / 4)
    const at = header.control + this.used
    let count = 0
    for (const file of files.slice(0, room)) {
      const fd = task.files.install(file, nofile(task), 0, closeOnExec)
      if (fd < 0) break
      if (task.memory.putU32(at + this.size + 4 * count, fd) !== 0) {
        file.hold()
        task.files.close(fd)
        break
      }
      count++
    }
    for (const file of files.slice(count)) file.release()
    if (count > 0) {
      const length = this.size + 4 * count
      if (task.memory.copyTo(at, this.head(length, SOL.SOL_SOCKET, SCM.SCM_RIGHTS)) === this.size) this.advance(length)
    }
    if (count < files.length) this.flags |= MSG_FLAGS.MSG_CTRUNC
  }
}

/** Timestamps of 64-bit words as 32-bit programs get them (put_cmsg_compat). */
function narrowed(task: SocketsTask, control: ControlData): ControlData {
  const stamp = control.level === SOL.SOL_SOCKET && [SO.SO_TIMESTAMP_OLD, SO.SO_TIMESTAMPNS_OLD, SO.SO_TIMESTAMPING_OLD].some((type) => type === control.type)
  if (isWide(task) || !stamp) return control
  const data = new Uint8Array(control.data.length / 2)
  for (let i = 0; i < data.length; i += 4) data.set(control.data.subarray(2 * i, 2 * i + 4), i)
  return { ...control, data }
}

/** Writes everything that came beside the data. @returns bytes used, and MSG_CTRUNC when not all fitted */
export function putControl(task: SocketsTask, header: MessageHeader, message: Incoming): { readonly used: number; readonly flags: number } {
  const writer = new ControlWriter(task, header)
  for (const control of message.control) writer.put(narrowed(task, control))
  if (message.files !== null) writer.putFiles(message.files, (message.flags & MSG_FLAGS.MSG_CMSG_CLOEXEC) !== 0)
  return { used: writer.used, flags: writer.flags }
}
