import { EEXIST, EINVAL, ENOENT, ENOSPC, ENOTEMPTY } from '../abi/errno.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import type { Kernel } from '../kernel/kernel.js'
import type { DirEmit, File, FileOps } from '../kernel/ports/files.js'
import type { Dentry, Inode, NewInode, StatFs } from '../kernel/ports/fs.js'
import type { Task } from '../kernel/task.js'
import { PAGE_SIZE } from '../memory/layout.js'
import { dirType } from './constants.js'
import { newDentry } from './dentry.js'
import { dropLink, FileSystem, InodeBase, touch } from './inode.js'
import type { PageBudget } from './page-cache.js'
import { openSpecial } from './special.js'
import { TmpfsFile } from './tmpfs-file.js'
import { vfsOf } from './vfs.js'

/** What an entry adds to a directory's size (BOGO_DIRENT_SIZE). */
const ENTRY_SIZE = 20
/** First offset of an entry, and the one after the last (DIR_OFFSET_FIRST, DIR_OFFSET_EOD of fs/libfs.c). */
const FIRST_OFFSET = 3
const END_OFFSET = 0x7fffffff
/** Targets up to this length take no page (SHORT_SYMLINK_LEN). */
const SHORT_LINK = 128
/** What an inode or a name counts for (BOGO_INODE_SIZE), and an attribute besides its name and value (struct simple_xattr). */
const INODE_SIZE = 1024
const ATTRIBUTE_SIZE = 40

const attributeSpace = (name: string, value: Uint8Array): number => ATTRIBUTE_SIZE + name.length + value.length

/** Options of a tmpfs. */
export interface TmpfsOptions {
  /** Most pages of data; default half of the machine's memory. */
  pages?: number
  /** Most inodes; default half as many as the machine has pages. */
  inodes?: number
  /** Mode of the root directory; default 01777. */
  mode?: number
  /** Name in mount tables; `devtmpfs` behaves as tmpfs. */
  type?: string
}

/** A file system in memory. Linux: mm/shmem.c. */
export class Tmpfs extends FileSystem implements PageBudget {
  readonly type: string
  readonly root: Dentry
  private readonly pages: number
  private readonly inodes: number
  private usedPages = 0
  private usedInodes = 0
  private attributeBytes = 0

  constructor(kernel: Kernel, options: TmpfsOptions = {}) {
    super(kernel, vfsOf(kernel).anonymousDev())
    this.type = options.type ?? 'tmpfs'
    this.pages = options.pages ?? kernel.memory.total >>> 1
    this.inodes = options.inodes ?? kernel.memory.total >>> 1
    this.usedInodes++
    const root = new TmpfsDir(this, STAT_MODE.S_IFDIR | (options.mode ?? 0o1777))
    this.root = newDentry(kernel, '/', root, null)
  }

  take(): boolean {
    if (this.usedPages >= this.pages) return false
    this.usedPages++
    return true
  }

  give(pages: number): void {
    this.usedPages -= pages
  }

  /** Pages that are left. */
  get pagesFree(): number {
    return this.pages - this.usedPages
  }

  /** Room for an inode or one more name of one (shmem_reserve_inode); attributes share it. */
  takeInode(): boolean {
    if ((this.usedInodes + 1) * INODE_SIZE + this.attributeBytes > this.inodes * INODE_SIZE) return false
    this.usedInodes++
    return true
  }

  /** An inode was evicted, with its attributes, or one of its names went. */
  inodeGone(attributes?: ReadonlyMap<string, Uint8Array>): void {
    this.usedInodes--
    for (const [name, value] of attributes ?? []) this.attributeBytes -= attributeSpace(name, value)
  }

  takeAttribute(name: string, value: Uint8Array | undefined, old: Uint8Array | undefined): boolean {
    const more = (value === undefined ? 0 : attributeSpace(name, value)) - (old === undefined ? 0 : attributeSpace(name, old))
    if (more > 0 && this.usedInodes * INODE_SIZE + this.attributeBytes + more > this.inodes * INODE_SIZE) return false
    this.attributeBytes += more
    return true
  }

  /** An inode of the type that `mode` says; null when there are too many. */
  newInode(what: NewInode): InodeBase | null {
    if (!this.takeInode()) return null
    if (what.target !== undefined && what.target.length > SHORT_LINK && !this.take()) {
      this.inodeGone()
      return null
    }
    const inode = this.make(what)
    inode.uid = what.uid
    inode.gid = what.gid
    return inode
  }

  private make(what: NewInode): InodeBase {
    switch (what.mode & STAT_MODE.S_IFMT) {
      case STAT_MODE.S_IFDIR: return new TmpfsDir(this, what.mode)
      case STAT_MODE.S_IFLNK: return new TmpfsLink(this, what.target ?? '')
      case STAT_MODE.S_IFREG: return new TmpfsFile(this, what.mode)
      default: return new TmpfsSpecial(this, what.mode, what.rdev)
    }
  }

  override statfs(): StatFs {
    const { pages, inodes } = this
    const free = this.pagesFree
    return { type: 0x01021994, blockSize: PAGE_SIZE, blocks: pages, free, available: free, files: inodes, filesFree: inodes - this.usedInodes, fsid: [this.dev, 0], nameLength: 255 }
  }
}

/** A FIFO, socket or device node. */
class TmpfsSpecial extends InodeBase {
  override readonly sb: Tmpfs
  override xattrs = new Map<string, Uint8Array>()
  constructor(sb: Tmpfs, mode: number, rdev: number) {
    super(sb, mode)
    this.sb = sb
    this.rdev = rdev
  }
  override open(file: File, task: Task | null): FileOps | number {
    return openSpecial(file, this.sb, task)
  }
  override evict(): void {
    this.sb.inodeGone(this.xattrs)
  }
}

class TmpfsLink extends InodeBase {
  override readonly sb: Tmpfs
  override xattrs = new Map<string, Uint8Array>()
  private readonly target: string
  constructor(sb: Tmpfs, target: string) {
    super(sb, STAT_MODE.S_IFLNK | 0o777)
    this.sb = sb
    this.target = target
    this.size = target.length
  }
  override blocks(): number {
    return this.size > SHORT_LINK ? 8 : 0
  }
  override readlink(): string {
    return this.target
  }
  override evict(): void {
    if (this.size > SHORT_LINK) this.sb.give(1)
    this.sb.inodeGone(this.xattrs)
  }
}

/** A directory; its entries are the dentry's children. Order and offsets as simple_offset_* of fs/libfs.c give them. */
class TmpfsDir extends InodeBase implements FileOps {
  override readonly sb: Tmpfs
  readonly seekable = true
  override xattrs = new Map<string, Uint8Array>()
  private nextOffset = FIRST_OFFSET
  constructor(sb: Tmpfs, mode: number) {
    super(sb, mode)
    this.sb = sb
    this.nlink = 2
    this.size = 2 * ENTRY_SIZE
  }

  override open(): FileOps {
    return this
  }

  override lookup(parent: Dentry, name: string): Dentry | null {
    return parent.children.get(name) ?? null
  }

  /** Puts a dentry into the directory as its newest entry. */
  private enter(parent: Dentry, child: Dentry, name: string, offset = this.nextOffset++): void {
    child.name = name
    child.parent = parent
    child.offset = offset
    child.unlinked = false
    parent.children.set(name, child)
    this.size += ENTRY_SIZE
    touch(this, true)
  }

  private leave(parent: Dentry, child: Dentry): void {
    parent.children.delete(child.name)
    this.size -= ENTRY_SIZE
    touch(this, true)
  }

  override create(parent: Dentry, name: string, what: NewInode): Dentry | number {
    const inode = this.sb.newInode(what)
    if (inode === null) return -ENOSPC
    const dentry = newDentry(this.sb.kernel, name, inode, parent)
    this.enter(parent, dentry, name)
    if ((what.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR) this.nlink++
    return dentry
  }

  override createUnnamed(parent: Dentry, what: NewInode): Dentry | number {
    const inode = this.sb.newInode(what)
    if (inode === null) return -ENOSPC
    inode.nlink = 0
    inode.linkable = true
    const dentry = newDentry(this.sb.kernel, `#${inode.ino}`, inode, parent)
    dentry.unlinked = true
    return dentry
  }

  override link(parent: Dentry, name: string, inode: Inode): Dentry | number {
    if (parent.children.has(name)) return -EEXIST
    if (inode.nlink > 0 && !this.sb.takeInode()) return -ENOSPC // names cost as much as inodes
    const dentry = newDentry(this.sb.kernel, name, inode, parent)
    inode.nlink++
    inode.ctime = this.sb.now()
    this.enter(parent, dentry, name)
    return dentry
  }

  override unlink(parent: Dentry, child: Dentry): number {
    const { inode } = child
    const isDirectory = (inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR
    if (isDirectory && child.children.size > 0) return -ENOTEMPTY
    this.leave(parent, child)
    child.unlinked = true
    inode.ctime = this.ctime
    if (isDirectory) {
      this.nlink--
      inode.nlink--
    } else if (inode.nlink > 1) this.sb.inodeGone()
    dropLink(inode)
    return 0
  }

  override rename(parent: Dentry, child: Dentry, target: Dentry, name: string, over: Dentry | null, exchange: boolean): number {
    const into = target.inode
    if (!(into instanceof TmpfsDir)) return -ENOENT
    if (exchange && over !== null) return this.exchange(parent, child, target, into, over)
    const isDirectory = (child.inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR
    let offset = undefined
    if (over !== null) {
      offset = over.offset
      const failed = into.unlink(target, over)
      if (failed !== 0) return failed
    }
    this.leave(parent, child)
    into.enter(target, child, name, offset)
    if (isDirectory) {
      this.nlink--
      into.nlink++
    }
    child.inode.ctime = into.ctime
    return 0
  }

  private exchange(parent: Dentry, child: Dentry, target: Dentry, into: TmpfsDir, over: Dentry): number {
    const { name, offset } = child
    const other = { name: over.name, offset: over.offset }
    this.leave(parent, child)
    into.leave(target, over)
    this.enter(parent, over, name, offset)
    into.enter(target, child, other.name, other.offset)
    const by = Number((child.inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR) - Number((over.inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR)
    this.nlink -= by
    into.nlink += by
    child.inode.ctime = over.inode.ctime = into.ctime
    return 0
  }

  override empty(self: Dentry): boolean {
    return self.children.size === 0
  }

  iterate(file: File, emit: DirEmit): number {
    const { dentry } = file.path
    if (file.position === END_OFFSET) return 0
    const entries = [...dentry.children.values()].reverse()
    const first = entries[0]?.offset ?? END_OFFSET
    if (file.position === 0) {
      if (!emit('.', this.ino, dirType(this.mode), 0, 1)) return 0
      file.position = 1
    }
    if (file.position === 1) {
      if (!emit('..', dentry.parent.inode.ino, dirType(dentry.parent.inode.mode), 1, first)) return 0
      file.position = first
    }
    for (let i = startOf(entries, file.position); i < entries.length; i++) {
      const entry = entries[i]!
      const next = entries[i + 1]?.offset ?? END_OFFSET
      file.position = entry.offset
      if (!emit(entry.name, entry.inode.ino, dirType(entry.inode.mode), entry.offset, next)) return 0
    }
    file.position = END_OFFSET
    return 0
  }

  llseek(file: File, offset: number, whence: number): number {
    const to = whence === 1 ? file.position + offset : whence === 0 ? offset : -1
    if (to < 0) return -EINVAL
    file.position = to
    return to
  }

  fsync(): number {
    return 0
  }

  override evict(): void {
    this.sb.inodeGone(this.xattrs)
  }
}

/** Where listing goes on: the entry of the lowest offset that is not below `position`. Linux: offset_dir_lookup. */
function startOf(entries: readonly Dentry[], position: number): number {
  if (position <= FIRST_OFFSET - 1) return 0
  let best = entries.length
  for (let i = 0; i < entries.length; i++)
    if (entries[i]!.offset >= position && (best === entries.length || entries[i]!.offset < entries[best]!.offset)) best = i
  return best
}

/** Classes of its inodes but for regular files, for saving. */
export const tmpfsInodes = { TmpfsDir, TmpfsLink, TmpfsSpecial } as const
