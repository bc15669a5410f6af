import { EACCES, EFAULT, EINVAL, EIO } from '../../abi/errno.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { mayInspect } from '../../kernel/creds.js'
import type { File, FileOps, IoBuffer } from '../../kernel/ports/files.js'
import type { Task } from '../../kernel/task.js'
import type { UserMemory } from '../../memory/user-memory.js'
import { InodeBase, type FileSystem } from '../inode.js'

const CHUNK = 4096

/** /proc/PID/mem: the position is an address. Linux: mem_rw. */
class MemOps implements FileOps {
  readonly seekable = true
  private readonly memory: UserMemory
  constructor(task: Task) {
    this.memory = task.memory
  }

  llseek(file: File, offset: number, whence: number): number {
    if (whence > 1) return -EINVAL
    file.position = whence === 0 ? offset : file.position + offset
    return file.position
  }

  read(_file: File, to: IoBuffer, position: number): number {
    const bytes = new Uint8Array(CHUNK)
    let done = 0
    while (to.left > 0) {
      const got = this.memory.copyFrom(position + done, bytes, 0, Math.min(to.left, CHUNK - ((position + done) % CHUNK)))
      if (got === 0) return done === 0 ? -EIO : done
      const put = to.put(bytes, 0, got)
      done += put
      if (put < got) return done === 0 ? -EFAULT : done
    }
    return done
  }

  write(_file: File, from: IoBuffer, position: number): number {
    const bytes = new Uint8Array(CHUNK)
    let done = 0
    while (from.left > 0) {
      const got = from.take(bytes, 0, Math.min(from.left, CHUNK - ((position + done) % CHUNK)))
      if (got === 0) return done === 0 ? -EFAULT : done
      const put = this.memory.copyTo(position + done, bytes, 0, got)
      done += put
      if (put < got) return done === 0 ? -EIO : done
    }
    return done
  }
}

/** The inode of /proc/PID/mem. */
export class ProcMem extends InodeBase {
  private readonly task: Task
  constructor(sb: FileSystem, ino: number, task: Task) {
    super(sb, STAT_MODE.S_IFREG | 0o600, ino)
    this.task = task
  }
  override open(_file: File, task: Task | null): FileOps | number {
    return task !== null && mayInspect(task, this.task, 'fs') ? new MemOps(this.task) : -EACCES
  }
}
