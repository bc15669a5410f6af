import { EFBIG, EFAULT, EINVAL, ENOMEM, ENOSPC, ENXIO, EOPNOTSUPP, EPERM } from '../abi/errno.js'
import { SEALS } from '../abi/flags/fcntl.js'
import type { File, FileOps, IoBuffer } from '../kernel/ports/files.js'
import type { Task } from '../kernel/task.js'
import { PAGE_SIZE } from '../memory/layout.js'
import type { Backing } from '../memory/vma.js'
import { pathName } from './dentry.js'
import { InodeBase, touch } from './inode.js'
import { FileBacking, PageCache, pagesOf } from './page-cache.js'
import { unmapFilePages } from './unmap.js'
import { vfsOf } from './vfs.js'
import type { Tmpfs } from './tmpfs.js'

/** Modes of fallocate(2) that tmpfs has. */
const FALLOC = { keepSize: 1, punchHole: 2 } as const

/** A regular file of tmpfs: its pages are the page cache. Linux: mm/shmem.c. */
export class TmpfsFile extends InodeBase implements FileOps {
  override readonly sb: Tmpfs
  readonly seekable = true
  readonly pages: PageCache
  /** F_SEAL_* bits; ordinary files refuse more seals. */
  seals: number = SEALS.F_SEAL_SEAL
  override xattrs = new Map<string, Uint8Array>()

  constructor(sb: Tmpfs, mode: number) {
    super(sb, mode)
    this.sb = sb
    this.pages = new PageCache(sb.kernel.newId(), sb.kernel.memory, sb)
  }

  override blocks(): number {
    return this.pages.count * (PAGE_SIZE / 512)
  }

  override open(): FileOps {
    return this
  }

  read(_file: File, to: IoBuffer, position: number): number {
    const wanted = to.left
    const moved = this.pages.read(to, position, this.size)
    return moved === 0 && wanted > 0 && position < this.size ? -EFAULT : moved
  }

  write(_file: File, from: IoBuffer, position: number): number {
    if (this.sealed()) return -EPERM
    if (from.left === 0) return 0
    if ((this.seals & SEALS.F_SEAL_GROW) !== 0) {
      const end = this.size - (this.size % PAGE_SIZE) // whole pages below the end go through
      if (position + from.left > this.size) {
        if (position >= end) return -EPERM
        from.truncate(end - position)
      }
    }
    const { moved, failed } = this.pages.write(from, position)
    if (position + moved > this.size) this.size = position + moved
    if (moved > 0) return moved
    return failed === 'space' ? -ENOSPC : failed === 'memory' ? -ENOMEM : -EFAULT
  }

  override setSize(size: number): number {
    if (size < this.size && (this.seals & SEALS.F_SEAL_SHRINK) !== 0) return -EPERM
    if (size > this.size && (this.seals & SEALS.F_SEAL_GROW) !== 0) return -EPERM
    if (size > this.sb.maxBytes) return -EFBIG
    const cut = size < this.size
    this.size = size
    if (cut) {
      unmapFilePages(this.sb.kernel, this.pages, pagesOf(size), Infinity, true)
      this.pages.truncate(size)
    }
    return 0
  }

  seekData(_file: File, offset: number, whence: number): number {
    if (offset < 0 || offset >= this.size) return -ENXIO
    const end = pagesOf(this.size)
    const index = this.pages.seek(Math.floor(offset / PAGE_SIZE), end, whence === 4)
    if (index >= end) return whence === 4 ? this.size : -ENXIO
    return Math.min(Math.max(index * PAGE_SIZE, offset), this.size)
  }

  fallocate(_file: File, mode: number, offset: number, length: number, _task: Task): number {
    if ((mode & ~(FALLOC.keepSize | FALLOC.punchHole)) !== 0) return -EOPNOTSUPP
    const end = offset + length
    if ((mode & FALLOC.punchHole) !== 0) return this.punch(offset, end)
    if ((mode & FALLOC.keepSize) === 0 && end > this.size && (this.seals & SEALS.F_SEAL_GROW) !== 0) return -EPERM
    if (pagesOf(end) - Math.floor(offset / PAGE_SIZE) > this.sb.pagesFree + this.pages.count) return -ENOSPC
    const made: number[] = []
    for (let index = Math.floor(offset / PAGE_SIZE); index < pagesOf(end); index++) {
      if (this.pages.at(index) !== 0) continue
      const frame = this.pages.grab(index)
      if (frame <= 0) {
        for (const undo of made) this.pages.punch(undo * PAGE_SIZE, (undo + 1) * PAGE_SIZE)
        return frame === 0 ? -ENOMEM : -ENOSPC
      }
      made.push(index)
    }
    if ((mode & FALLOC.keepSize) === 0 && end > this.size) this.size = end
    touch(this)
    return 0
  }

  /** Makes a hole of bytes [from, to). */
  punch(from: number, to: number): number {
    if (this.sealed()) return -EPERM
    unmapFilePages(this.sb.kernel, this.pages, pagesOf(from), Math.floor(to / PAGE_SIZE), false)
    this.pages.punch(from, to)
    touch(this, true)
    return 0
  }

  backing(file: File): Backing {
    const { path } = file
    const root = vfsOf(this.sb.kernel).mounts[0]
    return new FileBacking(file, this, this.pages, pathName(path, root === undefined ? path : { mount: root, dentry: root.root }))
  }

  /** Linux: seal_check_write. */
  sealed(): boolean {
    return (this.seals & (SEALS.F_SEAL_WRITE | SEALS.F_SEAL_FUTURE_WRITE)) !== 0
  }

  fsync(): number {
    return 0
  }

  override evict(): void {
    this.pages.clear()
    this.sb.inodeGone(this.xattrs)
  }

  /** Whether seals may be added at all; -errno or 0. */
  mayAddSeals(seals: number, writable: boolean): number {
    if (!writable) return -EPERM
    if ((seals & ~0x3f) !== 0) return -EINVAL
    return (this.seals & SEALS.F_SEAL_SEAL) !== 0 ? -EPERM : 0
  }
}
