import { EBADF, EINVAL } from '../../abi/errno.js'
import { DUP3_FLAGS, OPEN_FLAGS } from '../../abi/flags/open.js'
import { nofile } from '../../fs/file-table.js'
import { files } from '../../kernel/ports/files.js'
import { flags, ufd } from '../codecs.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'
import { closing } from './linger.js'

const dup3Flags = /* @__PURE__ */ flags('dup3', DUP3_FLAGS)

/** A second descriptor for what `fd` is, at or above `lowest`. Linux: f_dupfd. */
export function duplicate(task: FilesTask, fd: number, lowest: number, closeOnExec: boolean): number {
  const file = task.files.getRaw(fd)
  if (file === null) return -EBADF
  file.hold()
  const made = task.files.install(file, nofile(task), lowest, closeOnExec)
  if (made < 0) file.release()
  return made
}

/** Linux: ksys_dup3, for different descriptors. */
function replace(task: FilesTask, from: number, to: number, closeOnExec: boolean): number {
  return closing(task, [to], () => {
    if (to >= nofile(task)) return -EBADF
    const file = task.files.getRaw(from)
    if (file === null) return -EBADF
    task.files.replace(to, file, closeOnExec)
    return to
  })
}

/** dup(2). */
export const dup = /* @__PURE__ */ defineSyscall('dup', {
  args: [['fildes', ufd]],
  uses: [files],
  level: 'full',
  run: (task, fd) => duplicate(task, fd, 0, false),
})

/** dup2(2). */
export const dup2 = /* @__PURE__ */ defineSyscall('dup2', {
  args: [['oldfd', ufd], ['newfd', ufd]],
  uses: [files],
  level: 'full',
  run(task, from, to) {
    if (from === to) return task.files.getRaw(from) === null ? -EBADF : from
    return replace(task, from, to, false)
  },
})

/** dup3(2). */
export const dup3 = /* @__PURE__ */ defineSyscall('dup3', {
  args: [['oldfd', ufd], ['newfd', ufd], ['flags', dup3Flags]],
  uses: [files],
  level: 'full',
  run(task, from, to, bits) {
    if ((bits & ~OPEN_FLAGS.O_CLOEXEC) !== 0 || from === to) return -EINVAL
    return replace(task, from, to, bits !== 0)
  },
})
