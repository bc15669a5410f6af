import { EACCES, ENOENT } from '../../abi/errno.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import type { File } from '../../kernel/ports/files.js'
import { mayInspect } from '../../kernel/creds.js'
import type { FsContext, Path } from '../../kernel/ports/fs.js'
import type { Task } from '../../kernel/task.js'
import { pathName } from '../dentry.js'
import { exeOf } from '../exe-file.js'
import { tableOf } from '../file-table.js'
import type { FileSystem, InodeBase } from '../inode.js'
import { vfsOf } from '../vfs.js'
import { mountsText } from './mounts.js'
import { ProcDir, ProcLink, ProcText } from './nodes.js'
import { auxvText, cmdline, environ, mapsText, statText, statmText, statusText } from './pid-text.js'

/** Inode numbers set aside for each process. */
export const PID_INODES = 0x10000
const FD_INODES = 0x1000

/** A task's place in the file system; null when it has none. */
export function contextOf(task: Task): FsContext | null {
  const context: unknown = Reflect.get(task, 'fs')
  return isContext(context) ? context : null
}

function isContext(value: unknown): value is FsContext {
  return typeof value === 'object' && value !== null && 'root' in value && 'cwd' in value && 'umask' in value
}

/** /proc/PID of a task; inode numbers from `ino`. */
export function pidDirectory(sb: FileSystem, task: Task, ino: number): InodeBase {
  return new PidDir(sb, task, ino)
}

const NAMES = ['auxv', 'cmdline', 'comm', 'cwd', 'environ', 'exe', 'fd', 'fdinfo', 'maps', 'mounts', 'root', 'stat', 'statm', 'status', 'task'] as const

function typeOf(name: (typeof NAMES)[number]): number {
  switch (name) {
    case 'cwd': case 'exe': case 'root': return STAT_MODE.S_IFLNK
    case 'fd': case 'fdinfo': case 'task': return STAT_MODE.S_IFDIR
    default: return STAT_MODE.S_IFREG
  }
}

/** Things of a task, owned by it. Linux: proc_pid_make_inode. */
abstract class TaskDir extends ProcDir {
  protected readonly task: Task
  constructor(sb: FileSystem, task: Task, ino: number, permissions = 0o555) {
    super(sb, ino, permissions)
    this.task = task
    this.own(this)
  }
  /** Things of a task that cannot be dumped are root's, but for directories open to all. Linux: task_dump_owner. */
  protected own<T extends InodeBase>(inode: T): T {
    const { creds, group } = this.task
    if (group.dumpable !== 1 && inode.mode !== (STAT_MODE.S_IFDIR | 0o555)) return inode
    inode.uid = creds.euid
    inode.gid = creds.egid
    return inode
  }
}

class PidDir extends TaskDir {
  override names(): readonly (readonly [string, number])[] {
    return NAMES.map((name) => [name, typeOf(name)] as const)
  }

  override find(name: string): InodeBase | null {
    const at = NAMES.findIndex((known) => known === name)
    return at < 0 ? null : this.own(this.make(NAMES[at]!, this.ino + 1 + at))
  }

  private make(name: (typeof NAMES)[number], ino: number): InodeBase {
    const { sb, task } = this
    const text = (make: (task: Task) => string, permissions = 0o444): ProcText => new ProcText(sb, ino, () => make(task), permissions)
    switch (name) {
      case 'auxv': return text(auxvText, 0o400)
      case 'cmdline': return text(cmdline)
      case 'comm': return new ProcText(sb, ino, () => `${task.comm}\n`, 0o644, (value) => {
        task.comm = value.replace(/\n[^]*$/, '').slice(0, 15)
        return 0
      })
      case 'environ': return text(environ, 0o400)
      case 'maps': return text(mapsText)
      case 'mounts': return text((of) => mountsText(vfsOf(sb.kernel), contextOf(of)?.root ?? vfsOf(sb.kernel).root))
      case 'stat': return text(statText)
      case 'statm': return text(statmText)
      case 'status': return text((of) => statusText(of, contextOf(of)?.umask ?? 0o22))
      case 'cwd': return this.place(ino, (context) => context.cwd)
      case 'root': return this.place(ino, (context) => context.root)
      case 'exe': return this.exe(ino)
      case 'fd': return new FdDir(sb, task, this.ino + FD_INODES, 0o500)
      case 'fdinfo': return new FdInfoDir(sb, task, this.ino + 2 * FD_INODES)
      case 'task': return new TasksDir(sb, task, ino)
    }
  }

  private place(ino: number, of: (context: FsContext) => Path): ProcLink {
    const path = (): Path | number => {
      const context = contextOf(this.task)
      return context === null ? -ENOENT : of(context)
    }
    return placeLink(this.sb, ino, this.task, path)
  }

  /** The executable; one that the host gave as bytes has only a name. */
  private exe(ino: number): ProcLink {
    const { task } = this
    const { exePath } = task.group
    if (exeOf(task) === null && exePath !== '') return new ProcLink(this.sb, ino, () => exePath)
    return placeLink(this.sb, ino, task, () => exeOf(task)?.path ?? -ENOENT)
  }
}

/** A magic link; only who may inspect the task may read or follow it. Linux: proc_pid_get_link, proc_pid_readlink. */
function placeLink(sb: FileSystem, ino: number, of: Task, path: () => Path | number): ProcLink {
  const seen = (reader: Task): Path | number => (mayInspect(reader, of, 'fs') ? path() : -EACCES)
  const text = (reader: Task): string | number => {
    const at = seen(reader)
    return typeof at === 'number' ? at : pathName(at, contextOf(reader)?.root ?? at)
  }
  return new ProcLink(sb, ino, text, seen)
}

/** /proc/PID/fd: links to what is open. */
class FdDir extends TaskDir {
  override names(): readonly (readonly [string, number])[] {
    return (tableOf(this.task)?.descriptors() ?? []).map((fd) => [String(fd), STAT_MODE.S_IFLNK] as const)
  }
  override find(name: string): InodeBase | null {
    const file = openFileOf(this.task, name)
    if (file === null) return null
    const link = placeLink(this.sb, this.ino + 1 + Number(name), this.task, () => openFileOf(this.task, name)?.path ?? -ENOENT)
    link.mode = STAT_MODE.S_IFLNK | (file.readable ? 0o500 : 0) | (file.writable ? 0o300 : 0)
    return this.own(link)
  }
}

function openFileOf(task: Task, name: string): File | null {
  return /^(0|[1-9]\d*)$/.test(name) ? (tableOf(task)?.getRaw(Number(name)) ?? null) : null
}

class FdInfoDir extends TaskDir {
  override names(): readonly (readonly [string, number])[] {
    return (tableOf(this.task)?.descriptors() ?? []).map((fd) => [String(fd), STAT_MODE.S_IFREG] as const)
  }
  override find(name: string): InodeBase | null {
    if (openFileOf(this.task, name) === null) return null
    const text = (): string | number => {
      const file = openFileOf(this.task, name)
      if (file === null) return -EACCES
      const cloexec = tableOf(this.task)?.closeOnExec(Number(name)) === true ? 0o2000000 : 0
      return `pos:\t${file.position}\nflags:\t0${(file.flags | cloexec).toString(8)}\nmnt_id:\t${file.path.mount.id}\nino:\t${file.inode.ino}\n${file.ops.fdinfo?.(file) ?? ''}`
    }
    return this.own(new ProcText(this.sb, this.ino + 1 + Number(name), text))
  }
}

/** /proc/PID/task: the threads. */
class TasksDir extends TaskDir {
  private threads(): Task[] {
    return this.task.group.tasks
  }
  override names(): readonly (readonly [string, number])[] {
    return this.threads().map((task) => [String(task.pid), STAT_MODE.S_IFDIR] as const)
  }
  override find(name: string): InodeBase | null {
    const task = this.threads().find((thread) => String(thread.pid) === name)
    return task === undefined ? null : new PidDir(this.sb, task, task.pid * PID_INODES + 0x8000)
  }
}
