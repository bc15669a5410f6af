import type { Backing } from '../../memory/vma.js'
import type { Pinned } from '../progress.js'
import type { Task } from '../task.js'
import type { WaitQueue } from '../wait-queue.js'
import type { Inode, Path } from './fs.js'
import type { Token } from './token.js'

/**
 * Where bytes of a read go or bytes of a write come from: user memory in segments, or the kernel's own. It advances by
 * what was moved. A short count means that user memory faulted (`faulted` is set then). Linux: struct iov_iter.
 */
export interface IoBuffer {
  /** Bytes still to be moved. */
  readonly left: number
  /** Bytes moved so far. */
  readonly done: number
  /** A user address was not accessible. */
  readonly faulted: boolean
  /** Moves bytes to the buffer (read). */
  put: (bytes: Uint8Array, from: number, length: number) => number
  /** Moves bytes from the machine's memory at `offset` to the buffer. */
  putPhysical: (offset: number, length: number) => number
  /** Moves zeros to the buffer. */
  putZeros: (length: number) => number
  /** Moves bytes from the buffer (write). */
  take: (out: Uint8Array, to: number, length: number) => number
  /** Moves bytes from the buffer into the machine's memory at `offset`, within one frame. */
  takePhysical: (offset: number, length: number) => number
  /** Leaves at most so many bytes to be moved. */
  truncate: (left: number) => void
}

/** Takes a directory's entries. Returns false when it has no room: the entry will come again. */
export type DirEmit = (name: string, ino: number, type: number, offset: number, next: number) => boolean

/**
 * What an open file does (Linux: struct file_operations). Everything is optional: what is missing fails as Linux fails.
 * Operations never wait. One that cannot go on returns -EAGAIN, and the system call waits on {@link FileOps.queues}
 * unless the file is non-blocking; `streams` says that a write goes on until all is written.
 */
export interface FileOps {
  /** Reads at `position` (0 for files without one). Returns bytes read, 0 at the end, or -errno. */
  read?: (file: File, to: IoBuffer, position: number, task: Task) => number
  /** Writes at `position`. Returns bytes written or -errno. */
  write?: (file: File, from: IoBuffer, position: number, task: Task) => number
  /** splice(2) and sendfile(2) cannot read from it, or write to it, though read(2) and write(2) can. */
  readonly noSpliceRead?: boolean
  readonly noSpliceWrite?: boolean
  /** Position handling: false (or absent) means ESPIPE for lseek and pread. */
  readonly seekable?: boolean
  /** lseek of its own kind; the default is that of a regular file. */
  llseek?: (file: File, offset: number, whence: number) => number
  /** Whether open(2) still has to wait (a FIFO without its other end); it waits on {@link FileOps.queues}. */
  opening?: (file: File) => boolean
  /** A partial write waits for the rest. */
  readonly streams?: boolean
  /** Nanoseconds that a read, and a write, may wait (sockets); absent or Infinity: for ever. */
  readonly receiveTimeout?: number
  readonly sendTimeout?: number
  /** Ready POLL* bits, which queues are keyed by too; absent means always readable and writable. */
  poll?: (file: File, task: Task | null) => number
  /** Queues that change when `poll` may. */
  queues?: (file: File, task: Task | null) => readonly WaitQueue[]
  /** Counts what may interest edge-triggered watchers: data that came, room that was made. */
  changes?: (file: File) => number
  /** A device's ioctl; -ENOTTY for what it does not know. */
  ioctl?: (file: File, command: number, argument: number, task: Task) => number
  /** Page cache for mmap, or -errno (-ENODEV when absent). */
  backing?: (file: File) => Backing | null | number
  /** Whether nobody may write to it by a shared mapping: a memfd with F_SEAL_WRITE or F_SEAL_FUTURE_WRITE. */
  sealed?: (file: File) => boolean
  /** Lists a directory from the file's position. */
  iterate?: (file: File, emit: DirEmit, task: Task) => number
  /** fallocate(2). */
  fallocate?: (file: File, mode: number, offset: number, length: number, task: Task) => number
  /** SEEK_DATA (3) and SEEK_HOLE (4); offset or -errno. */
  seekData?: (file: File, offset: number, whence: number) => number
  /** fsync(2) and fdatasync(2); absent means EINVAL. */
  fsync?: (file: File) => number
  /** Checks new O_* flags of F_SETFL. */
  setFlags?: (file: File, flags: number) => number
  /** O_ASYNC was turned on or off; absent: the file has no such thing. */
  async?: (file: File, on: boolean) => void
  /**
   * Nanoseconds that the call which closes the last descriptor waits for it, 0 for none; asked once the descriptor is
   * closed, and again whenever a queue wakes, until it says 0. Absent: never.
   */
  lingers?: (file: File) => number
  /** The last reference went away. */
  release?: (file: File) => void
  /** Open files that this one has a reference to each: descriptors on their way in a socket's queue. */
  holds?: (file: File) => readonly File[]
  /** Text after `pos`, `flags`, `mnt_id` and `ino` in /proc/PID/fdinfo. */
  fdinfo?: (file: File) => string
}

/** An open file: what dup, fork and SCM_RIGHTS share. Linux: struct file. */
export interface File extends Pinned {
  readonly id: number
  /** O_* flags as F_GETFL reports them. */
  flags: number
  position: number
  readonly readable: boolean
  readonly writable: boolean
  readonly path: Path
  readonly inode: Inode
  ops: FileOps
  /** References: descriptors and pins. */
  readonly count: number
  /** Who gets SIGIO: F_SETOWN's value with the ids of who gave it, F_SETSIG's, and the descriptor that got O_ASYNC. */
  owner: number
  ownerIds: { readonly uid: number; readonly euid: number } | null
  ownerSignal: number
  asyncFd: number
  /** Something happened that O_ASYNC tells the owner. @param reason SIGIO_REASON of src/fs/file-owner.ts */
  signalOwner: (reason: number) => void
}

/** The descriptors of a process; shared by tasks made with CLONE_FILES. Linux: struct files_struct. */
export interface FileTable {
  /** The file of a descriptor, or null; files opened with O_PATH are not found (fdget). */
  get: (fd: number) => File | null
  /** The same with O_PATH files (fdget_raw). */
  getRaw: (fd: number) => File | null
  /**
   * Puts a file at the lowest free descriptor from `lowest` and takes the caller's reference over.
   *
   * @param limit RLIMIT_NOFILE of the task (`nofile(task)` in src/fs/file-table.ts)
   * @returns descriptor or -EMFILE; then the reference is still the caller's
   */
  install: (file: File, limit: number, lowest?: number, closeOnExec?: boolean) => number
  /** Puts a file at `fd`, closing what was there; takes a reference of its own. */
  replace: (fd: number, file: File, closeOnExec: boolean) => void
  /** Closes a descriptor; -EBADF when it is not open. */
  close: (fd: number) => number
  closeOnExec: (fd: number) => boolean
  setCloseOnExec: (fd: number, on: boolean) => void
  /** Open descriptors in ascending order, O_PATH ones included. */
  descriptors: () => number[]
  /** A file that a progress record names by id: an open or pinned one, or null. */
  byId: (id: number) => File | null
}

/** Token of the descriptor table. */
export const files: Token<'files', FileTable> = { key: 'files' }
