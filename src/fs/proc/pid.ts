import { EACCES, EINVAL, ENOENT } from '../../abi/errno.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import type { File } from '../../kernel/ports/files.js'
import { CAP } from '../../abi/flags/capability.js'
import { capable, mayInspect } from '../../kernel/creds.js'
import type { FsContext, Path } from '../../kernel/ports/fs.js'
import type { Task } from '../../kernel/task.js'
import { pathName } from '../dentry.js'
import { exeOf } from '../exe-file.js'
import { tableOf } from '../file-table.js'
import type { FileSystem, InodeBase } from '../inode.js'
import { vfsOf } from '../vfs.js'
import { mountInfoText, mountsText } from './mounts.js'
import { ProcDir, ProcLink, ProcessText, ProcText } from './nodes.js'
import { ProcMem } from './mem.js'
import { auxvText, cmdline, environ, mapsText, statText, statmText } from './pid-text.js'
import { limitsText, statusText } from './status.js'

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

/** In Linux's order (tgid_base_stuff), as far as they are there. */
const NAMES = [
  'task', 'fd', 'fdinfo', 'ns', 'environ', 'auxv', 'status', 'personality', 'limits', 'comm', 'syscall', 'cmdline', 'stat', 'statm', 'maps', 'mem', 'cwd', 'root', 'exe', 'mounts', 'mountinfo',
  'wchan', 'schedstat', 'cgroup', 'oom_score', 'oom_adj', 'oom_score_adj', 'loginuid', 'sessionid', 'coredump_filter', 'io', 'uid_map', 'gid_map', 'setgroups', 'timers', 'timerslack_ns',
] as const
type PidName = (typeof NAMES)[number]
/** What only a process has, and no thread of it (tid_base_stuff lacks them): with `task` there the tree would have no end. */
const PROCESS_ONLY: readonly PidName[] = ['task', 'coredump_filter', 'timers', 'timerslack_ns']

function typeOf(name: PidName): number {
  switch (name) {
    case 'cwd': case 'exe': case 'root': return STAT_MODE.S_IFLNK
    case 'fd': case 'fdinfo': case 'task': case 'ns': return STAT_MODE.S_IFDIR
    default: return STAT_MODE.S_IFREG
  }
}

/** Files whose text says nothing of this machine: no accounting, one namespace of everything, no control groups. */
const PLAIN: Partial<Record<PidName, readonly [text: string, permissions: number]>> = {
  wchan: ['0', 0o444], schedstat: ['0 0 0\n', 0o444], cgroup: ['0::/\n', 0o444], oom_score: ['0\n', 0o444], loginuid: ['4294967295', 0o644], sessionid: ['4294967295', 0o444],
  coredump_filter: ['00000033\n', 0o644], io: ['rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n', 0o400],
  uid_map: ['         0          0 4294967295\n', 0o644], gid_map: ['         0          0 4294967295\n', 0o644], setgroups: ['allow\n', 0o644], syscall: ['running\n', 0o400], timers: ['', 0o444],
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
  protected has(_name: PidName): boolean {
    return true
  }

  override names(): readonly (readonly [string, number])[] {
    return NAMES.filter((name) => this.has(name)).map((name) => [name, typeOf(name)] as const)
  }

  override find(name: string): InodeBase | null {
    const at = NAMES.findIndex((known) => known === name && this.has(known))
    return at < 0 ? null : this.own(this.make(NAMES[at]!, this.ino + 1 + at))
  }

  private make(name: PidName, ino: number): InodeBase {
    const { sb, task } = this
    const text = (make: (task: Task) => string, permissions = 0o444): ProcText => new ProcessText(sb, ino, () => make(task), permissions)
    const mounts = (make: (task: Task) => string): ProcText => new ProcText(sb, ino, () => make(task))
    switch (name) {
      case 'auxv': return text(auxvText, 0o400)
      case 'cmdline': return text(cmdline)
      case 'comm': return new ProcessText(sb, ino, () => `${task.comm}\n`, 0o644, (value) => {
        task.comm = value.replace(/\n[^]*$/, '').slice(0, 15)
        return 0
      })
      case 'environ': return text(environ, 0o400)
      case 'maps': return new ProcessText(sb, ino, (reader) => mapsText(task, reader === null ? null : (contextOf(reader)?.root ?? null)))
      case 'mem': return new ProcMem(sb, ino, task)
      case 'limits': return text(limitsText)
      case 'personality': return text((of) => `${of.group.personality.toString(16).padStart(8, '0')}\n`, 0o400)
      case 'timerslack_ns': return text((of) => `${of.timerSlack}\n`, 0o666)
      case 'oom_score_adj': case 'oom_adj': return this.oom(ino, name === 'oom_adj')
      case 'mountinfo': return mounts((of) => mountInfoText(vfsOf(sb.kernel), contextOf(of)?.root ?? vfsOf(sb.kernel).root))
      case 'ns': return new NamespaceDir(sb, task, this.ino + 3 * FD_INODES, 0o511)
      case 'mounts': return mounts((of) => mountsText(vfsOf(sb.kernel), contextOf(of)?.root ?? vfsOf(sb.kernel).root))
      case 'stat': return text(statText)
      case 'statm': return text(statmText)
      case 'status': return text((of) => statusText(of, contextOf(of)?.umask ?? 0o22))
      case 'cwd': return this.place(ino, (context) => context.cwd)
      case 'root': return this.place(ino, (context) => context.root)
      case 'exe': return this.exe(ino)
      case 'fd': return new FdDir(sb, task, this.ino + FD_INODES, 0o500)
      case 'fdinfo': return new FdInfoDir(sb, task, this.ino + 2 * FD_INODES)
      case 'task': return new TasksDir(sb, task, ino)
      default: return text(() => PLAIN[name]?.[0] ?? '', PLAIN[name]?.[1] ?? 0o444)
    }
  }

  /** How willingly memory is taken from the process when there is none: kept, and never used. */
  private oom(ino: number, old: boolean): ProcText {
    const { group } = this.task
    const scale = old ? 17 / 1000 : 1
    return new ProcText(this.sb, ino, () => `${Math.trunc(group.oomScoreAdj * scale)}\n`, 0o644, (value, writer) => {
      const wanted = Number(value.trim())
      const most = old ? 15 : 1000
      if (!/^-?\d+\s*$/.test(value.trim()) || Math.abs(wanted) > most + (old ? 2 : 0)) return -EINVAL
      const next = Math.trunc(wanted / scale)
      if (next < group.oomScoreAdj && !capable(writer.creds, CAP.CAP_SYS_RESOURCE)) return -EACCES
      group.oomScoreAdj = next
      return 0
    })
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

/** Namespaces: everybody is in the same ones. Linux: fs/nsfs.c; the numbers are those of the initial namespaces. */
const NAMESPACES = [
  ['net', 'net', 0xf0000000], ['uts', 'uts', 0xeffffffe], ['ipc', 'ipc', 0xefffffff], ['pid', 'pid', 0xeffffffc], ['pid_for_children', 'pid', 0xeffffffc], ['user', 'user', 0xeffffffd],
  ['mnt', 'mnt', 0xeffffff8], ['cgroup', 'cgroup', 0xeffffffb], ['time', 'time', 0xeffffffa], ['time_for_children', 'time', 0xeffffffa],
] as const

/** /proc/PID/ns. */
class NamespaceDir extends TaskDir {
  override names(): readonly (readonly [string, number])[] {
    return NAMESPACES.map(([name]) => [name, STAT_MODE.S_IFLNK] as const)
  }
  override find(name: string): InodeBase | null {
    const at = NAMESPACES.findIndex(([known]) => known === name)
    if (at < 0) return null
    const [, kind, id] = NAMESPACES[at]!
    return this.own(new ProcLink(this.sb, this.ino + 1 + at, () => `${kind}:[${id}]`))
  }
}

/** /proc/PID/task: the threads. */
/** /proc/PID/task/TID */
class ThreadDir extends PidDir {
  protected override has(name: PidName): boolean {
    return !PROCESS_ONLY.includes(name)
  }
}

class TasksDir extends TaskDir {
  private threads(): Task[] {
    return this.task.group.tasks
  }
  override names(): readonly (readonly [string, number])[] {
    return this.threads().map((task) => [String(task.pid), STAT_MODE.S_IFDIR] as const)
  }
  override find(name: string): InodeBase | null {
    const task = this.threads().find((thread) => String(thread.pid) === name)
    return task === undefined ? null : new ThreadDir(this.sb, task, task.pid * PID_INODES + 0x8000)
  }
}
