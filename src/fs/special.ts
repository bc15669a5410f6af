import { ENXIO } from '../abi/errno.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import type { File, FileOps } from '../kernel/ports/files.js'
import type { Task } from '../kernel/task.js'
import { Pipe, PipeEnd } from './pipe.js'
import { vfsOf } from './vfs.js'
import type { FileSystem } from './inode.js'

/** Opens what is not a file or directory: devices by number, FIFOs; sockets cannot be opened. Linux: init_special_inode. */
export function openSpecial(file: File, sb: FileSystem, task: Task | null): FileOps | number {
  const { inode } = file
  const vfs = vfsOf(sb.kernel)
  switch (inode.mode & STAT_MODE.S_IFMT) {
    case STAT_MODE.S_IFCHR: {
      const open = vfs.charDevices.get(inode.rdev)
      return open === undefined ? -ENXIO : open(file, task)
    }
    case STAT_MODE.S_IFIFO: {
      const pipe = vfs.fifos.get(inode) ?? new Pipe()
      if (file.writable && !file.readable && (file.flags & OPEN_FLAGS.O_NONBLOCK) !== 0 && pipe.readers === 0) return -ENXIO
      vfs.fifos.set(inode, pipe)
      return new PipeEnd(pipe, file, true, vfs.fifos)
    }
    default: return -ENXIO
  }
}
