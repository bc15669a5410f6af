import { STAT_MODE } from '../abi/flags/stat.js'
import { SyscallkitError } from '../base/errors.js'
import type { Kernel } from '../kernel/kernel.js'
import type { Dentry, Timespec } from '../kernel/ports/fs.js'
import { InodeBase } from './inode.js'
import { KernelBuffer } from './iov-iter.js'
import { Tmpfs, type TmpfsOptions } from './tmpfs.js'
import { TmpfsFile } from './tmpfs-file.js'

/** A file, directory, link or node to be put into a root file system. */
export interface RootEntry {
  /** Byte string without leading slash, such as `bin/busybox`; the empty one is the root itself. */
  readonly path: string
  /** Type and permission bits. */
  readonly mode: number
  readonly uid?: number
  readonly gid?: number
  readonly mtime?: Timespec
  /** Content of a regular file. */
  readonly data?: Uint8Array
  /** Target of a symbolic link, a byte string. */
  readonly target?: string
  /** Path of an earlier entry: this is one more name of it. */
  readonly link?: string
  /** Device number, `major << 20 | minor`. */
  readonly rdev?: number
}

function fail(path: string, reason: string): SyscallkitError {
  return new SyscallkitError('ERR_SYSCALLKIT_ROOT', `root entry ${JSON.stringify(path)}: ${reason}`)
}

/** The directory of a path within a file system, made with mode 0755 where missing. Throws when something else is there. */
export function directoryAt(sb: Tmpfs, path: string, uid = 0, gid = 0): Dentry {
  let at = sb.root
  for (const name of path.split('/').filter((part) => part !== '')) {
    if (name === '.' || name === '..') throw fail(path, 'a path may not hold . or ..')
    const next = at.children.get(name) ?? at.inode.create(at, name, { mode: STAT_MODE.S_IFDIR | 0o755, uid, gid, rdev: 0 })
    if (typeof next === 'number') throw fail(path, `cannot make the directory ${JSON.stringify(name)} (errno ${-next})`)
    if ((next.inode.mode & STAT_MODE.S_IFMT) !== STAT_MODE.S_IFDIR) throw fail(path, `${JSON.stringify(name)} is not a directory`)
    at = next
  }
  return at
}

/** A name in a file system, or null. */
export function entryAt(sb: Tmpfs, path: string): Dentry | null {
  let at: Dentry | undefined = sb.root
  for (const name of path.split('/').filter((part) => part !== '')) at = at?.children.get(name)
  return at ?? null
}

const TYPES: readonly number[] = [
  STAT_MODE.S_IFDIR, STAT_MODE.S_IFREG, STAT_MODE.S_IFLNK, STAT_MODE.S_IFCHR, STAT_MODE.S_IFBLK, STAT_MODE.S_IFIFO, STAT_MODE.S_IFSOCK,
]

function place(sb: Tmpfs, entry: RootEntry): Dentry {
  const slash = entry.path.lastIndexOf('/')
  const parent = directoryAt(sb, entry.path.slice(0, Math.max(slash, 0)))
  const name = entry.path.slice(slash + 1)
  if (name === '') return sb.root
  if (name.length > 255 || name === '.' || name === '..') throw fail(entry.path, 'the name cannot be used')
  const old = parent.children.get(name)
  const type = entry.mode & STAT_MODE.S_IFMT
  if (old !== undefined) {
    if (type === STAT_MODE.S_IFDIR && (old.inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR) return old
    const failed = parent.inode.unlink(parent, old)
    if (failed !== 0) throw fail(entry.path, `cannot replace what is there (errno ${-failed})`)
  }
  if (entry.link !== undefined) {
    const first = entryAt(sb, entry.link)
    if (first === null || (first.inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR) throw fail(entry.path, `hard link to ${JSON.stringify(entry.link)}, which is no file before it`)
    const linked = parent.inode.link(parent, name, first.inode)
    if (typeof linked === 'number') throw fail(entry.path, `cannot be linked (errno ${-linked})`)
    return linked
  }
  if (!TYPES.includes(type)) throw fail(entry.path, `mode 0${entry.mode.toString(8)} is of no known type`)
  const made = parent.inode.create(parent, name, {
    mode: entry.mode, uid: entry.uid ?? 0, gid: entry.gid ?? 0, rdev: entry.rdev ?? 0, ...(entry.target === undefined ? {} : { target: entry.target }),
  })
  if (typeof made === 'number') throw fail(entry.path, `cannot be made (errno ${-made})`)
  return made
}

/**
 * A tmpfs that holds the entries, in their order. Missing parents are made; a later entry of the same path replaces.
 *
 * @throws SyscallkitError ERR_SYSCALLKIT_ROOT with the path and the reason
 * @example
 * createRootFrom(kernel, [{ path: 'etc/hostname', mode: 0o100644, data: bytesOf('box\n') }])
 */
export function createRootFrom(kernel: Kernel, entries: readonly RootEntry[], options: TmpfsOptions = {}): Tmpfs {
  const sb = new Tmpfs(kernel, { mode: 0o755, ...options })
  const dated: [InodeBase, RootEntry][] = []
  for (const entry of entries) {
    const { inode } = place(sb, entry)
    if (!(inode instanceof InodeBase)) continue
    if (entry.data !== undefined && inode instanceof TmpfsFile) {
      const { moved } = inode.pages.write(new KernelBuffer(kernel.memory, entry.data), 0)
      if (moved < entry.data.length)
        throw new SyscallkitError('ERR_SYSCALLKIT_ROOT', `root entry ${JSON.stringify(entry.path)}: no space for ${entry.data.length} bytes`, { hint: 'raise the memory limit of the machine' })
      inode.size = moved
    }
    if (entry.link === undefined) {
      inode.mode = (inode.mode & STAT_MODE.S_IFMT) | (entry.mode & 0o7777)
      inode.uid = entry.uid ?? 0
      inode.gid = entry.gid ?? 0
    }
    dated.push([inode, entry])
  }
  for (const [inode, { mtime }] of dated) if (mtime !== undefined) inode.atime = inode.mtime = inode.ctime = inode.btime = mtime
  return sb
}
