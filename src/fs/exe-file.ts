import type { File } from '../kernel/ports/files.js'
import type { Path } from '../kernel/ports/fs.js'
import type { Task } from '../kernel/task.js'

/**
 * An executable that runs or is about to: nobody may open it for writing meanwhile. It starts with one reference and
 * takes over one of the file. Linux: exe_file_deny_write_access, mm->exe_file.
 */
export class ExeFile {
  private readonly file: File
  private count = 1
  constructor(file: File) {
    this.file = file
    file.inode.writers--
  }

  /** Where it was opened. */
  get path(): Path {
    return this.file.path
  }

  /** Its open file, which it holds. */
  get open(): File {
    return this.file
  }

  hold(): void {
    this.count++
  }

  release(): void {
    if (--this.count > 0) return
    this.file.inode.writers++
    this.file.release()
  }
}

/** The executable that a task runs; null when the host gave plain bytes, or after its end. */
export function exeOf(task: Task): ExeFile | null {
  const { exe } = task.mm
  return exe instanceof ExeFile ? exe : null
}
