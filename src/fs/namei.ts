import { EAGAIN, EBADF, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EXDEV } from '../abi/errno.js'
import { AT } from '../abi/flags/fcntl.js'
import { RESOLVE } from '../abi/flags/open.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import type { FileTable } from '../kernel/ports/files.js'
import type { FsContext, Path, Rights } from '../kernel/ports/fs.js'
import type { Task } from '../kernel/task.js'
import { MAY, NAME_MAX, PATH_MAX } from './constants.js'
import { crossMounts, samePath } from './dentry.js'
import { touchAtime } from './times.js'
import { genericPermission } from './permission.js'

/** A task as path walks see it. */
export type FsTask = Task & { readonly fs: FsContext; readonly files: FileTable }

/** Most symbolic links in one walk (MAXSYMLINKS). */
const MAX_LINKS = 40

/** What the last component of a path is. */
export type LastKind = 'name' | 'dot' | 'dotdot' | 'root'

/** How to walk. */
export interface WalkOptions {
  /** Follow a symbolic link at the end (default true). */
  follow?: boolean
  /** The result must be a directory. */
  directory?: boolean
  /** An empty path means the start itself (AT_EMPTY_PATH). */
  empty?: boolean
  /** RESOLVE_* bits. */
  resolve?: number
  /** Whose rights; default the task's. */
  rights?: Rights
}

/** A path string of the guest. Linux: getname. -ENOENT when it is empty and may not be, -EFAULT, -ENAMETOOLONG. */
export function getName(task: Task, address: number, empty = false): string | number {
  const name = task.memory.string(address, PATH_MAX)
  return name === '' && !empty ? -ENOENT : name
}

/** A path walk. Linux: struct nameidata with link_path_walk. */
export class Walk {
  path: Path
  /** Last component and what follows it. */
  last = ''
  kind: LastKind = 'root'
  /** Slashes follow the last component. */
  trailing = false
  private readonly task: FsTask
  private readonly rights: Rights
  private readonly resolve: number
  private readonly root: Path
  private links = 0

  private constructor(task: FsTask, start: Path, root: Path, options: WalkOptions) {
    this.task = task
    this.path = start
    this.root = root
    this.rights = options.rights ?? task.creds
    this.resolve = options.resolve ?? 0
  }

  /** Where a walk starts. Linux: path_init. */
  static start(task: FsTask, dirfd: number, name: string, options: WalkOptions): Walk | number {
    const resolve = options.resolve ?? 0
    if ((resolve & RESOLVE.RESOLVE_CACHED) !== 0) return -EAGAIN
    const scoped = (resolve & (RESOLVE.RESOLVE_BENEATH | RESOLVE.RESOLVE_IN_ROOT)) !== 0
    if (name.startsWith('/') && (resolve & RESOLVE.RESOLVE_IN_ROOT) === 0) {
      if ((resolve & RESOLVE.RESOLVE_BENEATH) !== 0) return -EXDEV
      return new Walk(task, task.fs.root, task.fs.root, options)
    }
    let start = task.fs.cwd
    if (dirfd !== AT.AT_FDCWD) {
      const file = task.files.getRaw(dirfd)
      if (file === null) return -EBADF
      start = file.path
      if (name !== '' && !isDirectory(start)) return -ENOTDIR
    }
    return new Walk(task, start, scoped ? start : task.fs.root, options)
  }

  /**
   * Walks to the parent of the last component, which `last` and `kind` then tell. Linux: link_path_walk.
   *
   * @returns 0 or -errno
   */
  toParent(name: string): number {
    const rests: string[] = []
    for (;;) {
      let at = 0
      while (name[at] === '/') at++
      if (at === name.length && rests.length === 0) {
        this.last = ''
        this.kind = 'root'
        return 0
      }
      if (at < name.length) {
        const { inode } = this.path.dentry
        const denied = genericPermission(this.rights, inode, MAY.exec)
        if (denied !== 0) return denied
        let end = name.indexOf('/', at)
        if (end < 0) end = name.length
        const component = name.slice(at, end)
        const kind = component === '.' ? 'dot' : component === '..' ? 'dotdot' : 'name'
        let rest = end
        while (name[rest] === '/') rest++
        if (rest === name.length && rests.length === 0) {
          this.last = component
          this.kind = kind
          this.trailing = end < name.length
          return 0
        }
        const body = this.step(component, kind, true)
        if (typeof body === 'number' && body < 0) return body
        if (typeof body === 'string') {
          if (rest < name.length) rests.push(name.slice(rest))
          name = body
          continue
        }
        if (!isDirectory(this.path)) return -ENOTDIR
        name = name.slice(rest)
      }
      while (onlySlashes(name) && rests.length > 0) name = rests.pop()!
    }
  }

  /** Goes to the last component. Linux: lookup_last and trailing_symlink. */
  toEnd(follow: boolean): number {
    for (;;) {
      if (this.kind === 'root') return 0
      const body = this.step(this.last, this.kind, follow || this.trailing)
      if (typeof body === 'number') return body
      const slashes = this.trailing
      const failed = this.toParent(body)
      if (failed !== 0) return failed
      this.trailing ||= slashes
    }
  }

  /**
   * One component further. A link to be followed leaves the place as it is and returns its text.
   * Linux: walk_component, step_into, pick_link.
   */
  step(name: string, kind: LastKind, follow: boolean): 0 | string | number {
    if (kind === 'dot') return 0
    if (kind === 'dotdot') return this.up()
    const { mount, dentry } = this.path
    if (name.length > NAME_MAX) return -ENAMETOOLONG
    const child = dentry.inode.lookup(dentry, name, this.task)
    if (child === null) return -ENOENT
    if (typeof child === 'number') return child
    const next = crossMounts({ mount, dentry: child })
    if (next.mount !== mount && (this.resolve & RESOLVE.RESOLVE_NO_XDEV) !== 0) return -EXDEV
    if (follow && (child.inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFLNK) return this.link(next)
    this.path = next
    return 0
  }

  private link(link: Path): 0 | string | number {
    const { task, resolve } = this
    const { dentry } = link
    if (this.links++ >= MAX_LINKS || (resolve & RESOLVE.RESOLVE_NO_SYMLINKS) !== 0) return -ELOOP
    const jump = dentry.inode.follow(dentry, task)
    if (typeof jump === 'number') return jump
    if (jump !== null) {
      if ((resolve & RESOLVE.RESOLVE_NO_MAGICLINKS) !== 0) return -ELOOP
      if ((resolve & (RESOLVE.RESOLVE_BENEATH | RESOLVE.RESOLVE_IN_ROOT)) !== 0) return -EXDEV
      if ((resolve & RESOLVE.RESOLVE_NO_XDEV) !== 0 && jump.mount !== this.path.mount) return -EXDEV
      this.path = jump
      return 0
    }
    touchAtime(task.kernel, link, 0)
    const body = dentry.inode.readlink(dentry, task)
    if (typeof body === 'number') return body
    if (body.startsWith('/')) {
      if ((resolve & RESOLVE.RESOLVE_BENEATH) !== 0) return -EXDEV
      if ((resolve & RESOLVE.RESOLVE_NO_XDEV) !== 0 && this.root.mount !== this.path.mount) return -EXDEV
      this.path = this.root
    }
    return body
  }

  /** Linux: follow_dotdot. */
  private up(): number {
    let { path } = this
    for (;;) {
      if (samePath(path, this.root)) return (this.resolve & RESOLVE.RESOLVE_BENEATH) !== 0 ? -EXDEV : 0
      const { mount, dentry } = path
      if (dentry !== mount.root) {
        this.path = crossMounts({ mount, dentry: dentry.parent })
        return 0
      }
      if (mount.parent === null || mount.mountpoint === null) return 0
      if ((this.resolve & RESOLVE.RESOLVE_NO_XDEV) !== 0) return -EXDEV
      path = { mount: mount.parent, dentry: mount.mountpoint }
    }
  }
}

/** Whether a place is a directory. */
export function isDirectory(path: Path): boolean {
  return (path.dentry.inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR
}

function onlySlashes(name: string): boolean {
  for (let i = 0; i < name.length; i++) if (name[i] !== '/') return false
  return true
}

/**
 * The place that a path names. Linux: user_path_at.
 *
 * @param dirfd where relative paths start: AT_FDCWD or a descriptor
 */
export function lookup(task: FsTask, dirfd: number, name: string, options: WalkOptions = {}): Path | number {
  if (name === '' && options.empty !== true) return -ENOENT
  const walk = Walk.start(task, dirfd, name, options)
  if (typeof walk === 'number') return walk
  if (name === '') return walk.path
  const failed = walk.toParent(name) || walk.toEnd(options.follow ?? true)
  if (failed !== 0) return failed
  if ((options.directory === true || walk.trailing) && !isDirectory(walk.path)) return -ENOTDIR
  return walk.path
}

/** The same with a path string of the guest. */
export function lookupUser(task: FsTask, dirfd: number, address: number, options: WalkOptions = {}): Path | number {
  const name = getName(task, address, options.empty)
  return typeof name === 'number' ? name : lookup(task, dirfd, name, options)
}

/** Walks to the directory that holds the last component. Linux: filename_parentat. */
export function lookupParent(task: FsTask, dirfd: number, name: string): Walk | number {
  if (name === '') return -ENOENT
  const walk = Walk.start(task, dirfd, name, {})
  if (typeof walk === 'number') return walk
  return walk.toParent(name) || walk
}
