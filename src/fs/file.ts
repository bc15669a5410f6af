import { IN_EVENTS } from '../abi/flags/inotify.js'
import { OPEN_FLAGS, OPEN_MASKS } from '../abi/flags/open.js'
import { KernelPanic } from '../base/errors.js'
import type { File, FileOps } from '../kernel/ports/files.js'
import type { Inode, Path } from '../kernel/ports/fs.js'
import type { Kernel } from '../kernel/kernel.js'
import type { Task } from '../kernel/task.js'
import { signalOwner } from './file-owner.js'
import { dropInode } from './inode.js'
import { dropFileLocks } from './locks.js'
import { notifyPath } from './notify.js'
import { vfsOf } from './vfs.js'

/** Operations of a file that only names a place (O_PATH). */
export const pathOnly: FileOps = {}

/** An open file. It starts with one reference, which belongs to whoever opened it. */
export class OpenFile implements File {
  readonly id: number
  flags: number
  position = 0
  readonly readable: boolean
  readonly writable: boolean
  readonly path: Path
  readonly inode: Inode
  ops: FileOps = pathOnly
  count = 1
  owner = 0
  ownerIds: { readonly uid: number; readonly euid: number } | null = null
  ownerSignal = 0
  asyncFd = -1
  private readonly kernel: Kernel

  constructor(kernel: Kernel, path: Path, flags: number) {
    this.kernel = kernel
    this.id = kernel.newId()
    this.path = path
    this.inode = path.dentry.inode
    this.flags = flags & ~(OPEN_FLAGS.O_CREAT | OPEN_FLAGS.O_EXCL | OPEN_FLAGS.O_NOCTTY | OPEN_FLAGS.O_TRUNC | OPEN_FLAGS.O_CLOEXEC)
    const access = flags & OPEN_MASKS.O_ACCMODE
    const isPath = (flags & OPEN_FLAGS.O_PATH) !== 0
    this.readable = !isPath && (access === OPEN_FLAGS.O_RDONLY || access === OPEN_FLAGS.O_RDWR)
    this.writable = !isPath && (access === OPEN_FLAGS.O_WRONLY || access === OPEN_FLAGS.O_RDWR)
    this.inode.held++
    if (this.writable) this.inode.writers++
    vfsOf(kernel).files.set(this.id, this)
  }

  signalOwner(reason: number): void {
    signalOwner(this.kernel, this, reason)
  }

  hold(): void {
    if (this.count === 0) throw new KernelPanic(`file ${this.id}: hold after its last release`)
    this.count++
  }

  release(): void {
    if (this.count === 0) throw new KernelPanic(`file ${this.id}: released twice`)
    if (--this.count > 0) return
    if (this.ops !== pathOnly) notifyPath(this.path, this.writable ? IN_EVENTS.IN_CLOSE_WRITE : IN_EVENTS.IN_CLOSE_NOWRITE)
    dropFileLocks(this)
    this.ops.release?.(this)
    if (this.writable) this.inode.writers--
    vfsOf(this.kernel).files.delete(this.id)
    dropInode(this.inode)
  }
}

/**
 * Opens the inode at a path: permission and mount have been checked. Linux: do_dentry_open.
 *
 * @returns the file with one reference, or -errno
 */
export function openAt(kernel: Kernel, path: Path, flags: number, task: Task | null): OpenFile | number {
  const file = new OpenFile(kernel, path, flags)
  if ((flags & OPEN_FLAGS.O_PATH) !== 0) return file
  const ops = file.inode.open(file, task)
  if (typeof ops === 'number') {
    file.release()
    return ops
  }
  file.ops = ops
  notifyPath(path, IN_EVENTS.IN_OPEN)
  return file
}
