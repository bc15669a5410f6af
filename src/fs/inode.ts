import { EINVAL, ENOTDIR, ENXIO, EOPNOTSUPP, EPERM } from '../abi/errno.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import type { Kernel } from '../kernel/kernel.js'
import type { File, FileOps } from '../kernel/ports/files.js'
import type { Dentry, Inode, InodeWatch, NewInode, Path, StatFs, SuperBlock, Timespec } from '../kernel/ports/fs.js'
import type { Task } from '../kernel/task.js'
import { MAX_LFS_FILESIZE } from './constants.js'
import { notifyDeleted } from './notify.js'

/** A file system's state with what every file system here shares: numbering and time. */
export abstract class FileSystem implements SuperBlock {
  readonly kernel: Kernel
  readonly dev: number
  abstract readonly type: string
  readonly maxBytes: number = MAX_LFS_FILESIZE
  readOnly = false
  abstract readonly root: Dentry
  private lastIno = 0
  constructor(kernel: Kernel, dev: number) {
    this.kernel = kernel
    this.dev = dev
  }

  /** The next inode number. */
  nextIno(): number {
    return ++this.lastIno
  }

  abstract statfs(): StatFs

  /** Wall time as inodes keep it. */
  now(): Timespec {
    return this.kernel.realtime()
  }
}

/** An inode whose operations all fail as those of a plain object do; file systems override what they have. */
export abstract class InodeBase implements Inode {
  readonly sb: FileSystem
  readonly ino: number
  mode: number
  uid = 0
  gid = 0
  nlink = 1
  size = 0
  rdev = 0
  atime: Timespec
  mtime: Timespec
  ctime: Timespec
  btime: Timespec
  xattrs: Map<string, Uint8Array> | null = null
  watches: readonly InodeWatch[] | null = null
  writers = 0
  held = 0
  linkable = false
  attributesError = 0
  constructor(sb: FileSystem, mode: number, ino = sb.nextIno()) {
    this.sb = sb
    this.ino = ino
    this.mode = mode
    this.atime = this.mtime = this.ctime = this.btime = sb.now()
  }

  blocks(): number {
    return 0
  }
  lookup(_parent: Dentry, _name: string, _task: Task | null): Dentry | null | number {
    return -ENOTDIR
  }
  create(_parent: Dentry, _name: string, _what: NewInode): Dentry | number {
    return -EPERM
  }
  createUnnamed(_parent: Dentry, _what: NewInode): Dentry | number {
    return -EOPNOTSUPP
  }
  link(_parent: Dentry, _name: string, _inode: Inode): Dentry | number {
    return -EPERM
  }
  unlink(_parent: Dentry, _child: Dentry): number {
    return -EPERM
  }
  rename(_parent: Dentry, _child: Dentry, _target: Dentry, _name: string, _over: Dentry | null, _exchange: boolean): number {
    return -EPERM
  }
  empty(_self: Dentry): boolean {
    return false
  }
  readlink(_self: Dentry, _task: Task): string | number {
    return -EINVAL
  }
  follow(_self: Dentry, _task: Task): Path | number | null {
    return null
  }
  open(_file: File, _task: Task | null): FileOps | number {
    return -ENXIO
  }
  setSize(_size: number): number {
    return (this.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFREG ? -EPERM : -EINVAL
  }
  evict(): void {}
}

/** Drops a reference; an inode without names and users gives its data back. Linux: iput. */
export function dropInode(inode: Inode): void {
  if (--inode.held === 0 && inode.nlink === 0) evict(inode)
}

/** A name was removed: the data goes when nobody uses it. */
export function dropLink(inode: Inode): void {
  if (inode.nlink > 0) inode.nlink--
  if (inode.nlink === 0 && inode.held === 0) evict(inode)
}

function evict(inode: Inode): void {
  notifyDeleted(inode)
  inode.evict()
}

/** Sets ctime, and mtime too when `modified`. */
export function touch(inode: InodeBase, modified = false): void {
  inode.ctime = inode.sb.now()
  if (modified) inode.mtime = inode.ctime
}
