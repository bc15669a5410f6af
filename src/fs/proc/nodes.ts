import { EFAULT, ENOENT } from '../../abi/errno.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import type { DirEmit, File, FileOps, IoBuffer } from '../../kernel/ports/files.js'
import type { Dentry, NewInode, Path } from '../../kernel/ports/fs.js'
import type { Task } from '../../kernel/task.js'
import { bytesOf } from '../../base/bytes.js'
import { dirType } from '../constants.js'
import { newDentry } from '../dentry.js'
import { InodeBase, type FileSystem } from '../inode.js'

type MakeText = (task: Task | null) => string | number

/** The text of a file of /proc, made when it is read from its start. Linux: seq_file. */
class TextOps implements FileOps {
  readonly seekable = true
  private readonly text: MakeText
  private bytes: Uint8Array | null = null
  readonly noSpliceRead: boolean
  constructor(text: MakeText, noSpliceRead: boolean) {
    this.text = text
    this.noSpliceRead = noSpliceRead
  }
  read(_file: File, to: IoBuffer, position: number, task: Task): number {
    if (this.bytes === null || position === 0) {
      const text = this.text(task)
      if (typeof text === 'number') return text
      this.bytes = bytesOf(text)
    }
    if (position >= this.bytes.length) return 0
    return to.put(this.bytes, position, Math.min(to.left, this.bytes.length - position))
  }
}

/** Writes a file of /proc: the bytes of one write; 0 or -errno. */
export type ProcWrite = (text: string, task: Task) => number

class WritableOps extends TextOps {
  private readonly store: ProcWrite
  constructor(text: MakeText, noSpliceRead: boolean, store: ProcWrite) {
    super(text, noSpliceRead)
    this.store = store
  }
  write(_file: File, from: IoBuffer, _position: number, task: Task): number {
    const bytes = new Uint8Array(Math.min(from.left, 4096))
    const moved = from.take(bytes, 0, bytes.length)
    if (moved < bytes.length) return -EFAULT
    const failed = this.store(String.fromCharCode(...bytes), task)
    return failed < 0 ? failed : moved
  }
}

/** A file whose text is made when it is read; making it fails where opening fails on Linux. */
export class ProcText extends InodeBase {
  private readonly text: MakeText
  private readonly store: ProcWrite | null
  /** Whether splice cannot read it. */
  protected readonly noSplice: boolean = false
  constructor(sb: FileSystem, ino: number, text: MakeText, permissions = 0o444, store: ProcWrite | null = null) {
    super(sb, STAT_MODE.S_IFREG | permissions, ino)
    this.text = text
    this.store = store
  }
  override open(_file: File, task: Task | null): FileOps | number {
    const text = this.text(task)
    if (typeof text === 'number') return text
    return this.store === null ? new TextOps(this.text, this.noSplice) : new WritableOps(this.text, this.noSplice, this.store)
  }
  /** Truncating, as opening with O_TRUNC (the shell's `>`) does, changes nothing. Linux: proc_setattr. */
  override setSize(): number {
    return 0
  }
}

/** A file of a process's directory, which splice does not read. Linux: proc_single_file_operations. */
export class ProcessText extends ProcText {
  protected override readonly noSplice = true
}

/** A symbolic link; a magic one leads to a place rather than by its text. */
export class ProcLink extends InodeBase {
  private readonly target: (task: Task) => string | number
  private readonly place: ((task: Task) => Path | number) | null
  constructor(sb: FileSystem, ino: number, target: (task: Task) => string | number, place: ((task: Task) => Path | number) | null = null) {
    super(sb, STAT_MODE.S_IFLNK | 0o777, ino)
    this.target = target
    this.place = place
    if (place !== null) this.size = 64
  }
  override readlink(_self: Dentry, task: Task): string | number {
    return this.target(task)
  }
  override follow(_self: Dentry, task: Task): Path | number | null {
    return this.place === null ? null : this.place(task)
  }
}

/** A directory of /proc: names and what makes their inodes. */
export abstract class ProcDir extends InodeBase implements FileOps {
  readonly seekable = true
  constructor(sb: FileSystem, ino: number, permissions = 0o555) {
    super(sb, STAT_MODE.S_IFDIR | permissions, ino)
    this.nlink = 2
  }
  /** Names in order, with their types. */
  abstract names(task: Task | null): readonly (readonly [name: string, mode: number])[]
  /** The inode of a name, null for none. */
  abstract find(name: string, task: Task | null): InodeBase | null

  override lookup(parent: Dentry, name: string, task: Task | null): Dentry | null {
    const inode = this.find(name, task)
    return inode === null ? null : newDentry(this.sb.kernel, name, inode, parent)
  }
  override create(_parent: Dentry, _name: string, _what: NewInode): number {
    return -ENOENT
  }
  override open(): FileOps {
    return this
  }
  iterate(file: File, emit: DirEmit, task: Task): number {
    const names = this.names(task)
    for (let at = file.position; at < names.length + 2; at++) {
      const [name, mode] = at === 0 ? ['.', STAT_MODE.S_IFDIR] : at === 1 ? ['..', STAT_MODE.S_IFDIR] : names[at - 2]!
      const parent = file.path.dentry.parent.inode
      const ino = at === 0 ? this.ino : at === 1 ? parent.ino : (this.find(name, task)?.ino ?? 1)
      file.position = at
      if (!emit(name, ino, dirType(mode), at, at + 1)) return 0
      file.position = at + 1
    }
    return 0
  }
}

/** A directory whose entries are fixed. */
export class ProcTree extends ProcDir {
  private readonly entries: ReadonlyMap<string, InodeBase>
  constructor(sb: FileSystem, ino: number, entries: ReadonlyMap<string, InodeBase>) {
    super(sb, ino)
    this.entries = entries
  }
  override names(): readonly (readonly [string, number])[] {
    return [...this.entries].map(([name, inode]) => [name, inode.mode] as const)
  }
  override find(name: string): InodeBase | null {
    return this.entries.get(name) ?? null
  }
}
