import { RLIMIT } from '../abi/flags/limits.js'
import { EBADF, EMFILE } from '../abi/errno.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import type { Kernel } from '../kernel/kernel.js'
import type { File, FileTable } from '../kernel/ports/files.js'
import type { Subsystem } from '../kernel/ports/subsystem.js'
import type { Task } from '../kernel/task.js'
import { dropPosixLocks } from './locks.js'
import { vfsOf } from './vfs.js'

/** RLIMIT_NOFILE of a task: one more than the highest descriptor it may open. */
export function nofile(task: Task): number {
  return Math.min(task.group.rlimits[RLIMIT.RLIMIT_NOFILE]!.soft, 1_048_576)
}

/** Descriptors of one or more tasks. */
export class Descriptors implements FileTable {
  /** Tasks that share this table. */
  users = 1
  private readonly kernel: Kernel
  private readonly slots: (File | null)[] = []
  private readonly cloexec = new Set<number>()
  /** No descriptor below is free. */
  private firstFree = 0

  constructor(kernel: Kernel) {
    this.kernel = kernel
  }

  get(fd: number): File | null {
    const file = this.slots[fd]
    return file === undefined || file === null || (file.flags & OPEN_FLAGS.O_PATH) !== 0 ? null : file
  }

  getRaw(fd: number): File | null {
    return this.slots[fd] ?? null
  }

  install(file: File, limit: number, lowest = 0, closeOnExec = false): number {
    const fd = this.lowestFree(lowest)
    if (fd >= limit) return -EMFILE
    this.put(fd, file, closeOnExec)
    return fd
  }

  /** The descriptor that {@link install} would give. */
  lowestFree(lowest = 0): number {
    let fd = Math.max(lowest, this.firstFree)
    while (fd < this.slots.length && this.slots[fd] !== null) fd++
    if (lowest <= this.firstFree) this.firstFree = fd
    return fd
  }

  private put(fd: number, file: File, closeOnExec: boolean): void {
    while (this.slots.length <= fd) this.slots.push(null)
    this.slots[fd] = file
    if (closeOnExec) this.cloexec.add(fd)
    else this.cloexec.delete(fd)
  }

  replace(fd: number, file: File, closeOnExec: boolean): void {
    const old = this.getRaw(fd)
    file.hold()
    this.put(fd, file, closeOnExec)
    if (old !== null) this.drop(old)
  }

  close(fd: number): number {
    const file = this.getRaw(fd)
    if (file === null) return -EBADF
    this.slots[fd] = null
    this.cloexec.delete(fd)
    if (fd < this.firstFree) this.firstFree = fd
    this.drop(file)
    return 0
  }

  /** Linux: filp_close. POSIX locks of the table's owner on the file go with any of its descriptors. */
  private drop(file: File): void {
    dropPosixLocks(file.inode, this)
    file.release()
  }

  /** Whether execve closes a descriptor. */
  closeOnExec(fd: number): boolean {
    return this.cloexec.has(fd)
  }

  /** Says whether execve closes a descriptor. */
  setCloseOnExec(fd: number, on: boolean): void {
    if (on) this.cloexec.add(fd)
    else this.cloexec.delete(fd)
  }

  descriptors(): number[] {
    return this.slots.flatMap((file, fd) => (file === null ? [] : [fd]))
  }

  byId(id: number): File | null {
    return vfsOf(this.kernel).files.get(id) ?? null
  }

  /** A copy for fork: the same open files, each with one more reference. Linux: dup_fd. */
  copy(): Descriptors {
    const copy = new Descriptors(this.kernel)
    for (const fd of this.descriptors()) {
      const file = this.slots[fd]!
      file.hold()
      copy.put(fd, file, this.cloexec.has(fd))
    }
    return copy
  }

  /** Closes what execve closes. Linux: do_close_on_exec. */
  closeForExec(): void {
    for (const fd of [...this.cloexec].sort((a, b) => b - a)) this.close(fd)
  }

  /** Closes everything, the highest first: last references are task work, which runs last in, first out. Linux: fput, task_work_run. */
  closeAll(): void {
    for (const fd of this.descriptors().reverse()) this.close(fd)
  }
}

const CLONE_FILES = 0x400

/**
 * Descriptor tables for a machine: `task.files`.
 *
 * @example
 * new Machine({ …, subsystems: [createFs({ root }), createFiles()] })
 */
export function createFiles(): Subsystem<'files', Descriptors> {
  return { key: 'files', version: 1, create: createService }
}

const tablesByKernel = /* @__PURE__ */ new WeakMap<Kernel, Map<number, Descriptors>>()

function tablesOf(kernel: Kernel): Map<number, Descriptors> {
  let tables = tablesByKernel.get(kernel)
  if (tables === undefined) {
    tables = new Map()
    tablesByKernel.set(kernel, tables)
  }
  return tables
}

function createService(kernel: Kernel): ReturnType<Subsystem<'files', Descriptors>['create']> {
  const tables = tablesOf(kernel)
  return {
    saving: () => ({ classes: { Descriptors }, filled: { tables } }),
    attach: (task, parent, flags) => {
      const shared = parent === null ? undefined : tables.get(parent.pid)
      if (shared !== undefined && (flags & CLONE_FILES) !== 0) shared.users++
      const table = shared === undefined ? new Descriptors(kernel) : (flags & CLONE_FILES) !== 0 ? shared : shared.copy()
      tables.set(task.pid, table)
      return table
    },
    exec: (task) => {
      unshareFiles(task)
      tables.get(task.pid)!.closeForExec()
    },
    exit: (task) => {
      const table = tables.get(task.pid)!
      tables.delete(task.pid)
      if (--table.users === 0) table.closeAll()
    },
  }
}

/** Gives a task a table of its own, as CLONE_FILES was not asked for. Linux: unshare_files. */
export function unshareFiles(task: Task): void {
  const table = tableOf(task)
  if (table === null || table.users === 1) return
  table.users--
  const copy = table.copy()
  tablesOf(task.kernel).set(task.pid, copy)
  Object.defineProperty(task, 'files', { value: copy, enumerable: true, configurable: true, writable: true })
}

/** The descriptor table of any task, for /proc; null after its end. */
export function tableOf(task: Task): Descriptors | null {
  const table: unknown = Reflect.get(task, 'files')
  return table instanceof Descriptors && task.state !== 'zombie' && task.state !== 'dead' ? table : null
}
