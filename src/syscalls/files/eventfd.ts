import { EINVAL } from '../../abi/errno.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { EFD } from '../../abi/flags/poll.js'
import { anonInode } from '../../fs/anonymous.js'
import { EventFd } from '../../fs/eventfd.js'
import { nofile } from '../../fs/file-table.js'
import { files } from '../../kernel/ports/files.js'
import { flags, uint } from '../codecs.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'

const efdFlags = /* @__PURE__ */ flags('eventfd2', EFD)

function eventfdOf(task: FilesTask, count: number, bits: number): number {
  if ((bits & ~(EFD.EFD_SEMAPHORE | EFD.EFD_CLOEXEC | EFD.EFD_NONBLOCK)) !== 0) return -EINVAL
  const file = anonInode(task.kernel, '[eventfd]', OPEN_FLAGS.O_RDWR | (bits & OPEN_FLAGS.O_NONBLOCK), new EventFd(count, (bits & EFD.EFD_SEMAPHORE) !== 0))
  const fd = task.files.install(file, nofile(task), 0, (bits & EFD.EFD_CLOEXEC) !== 0)
  if (fd < 0) file.release()
  return fd
}

/** eventfd(2) of the kernel: without flags. */
export const eventfd = /* @__PURE__ */ defineSyscall('eventfd', {
  args: [['count', uint]],
  uses: [files],
  level: 'full',
  run: (task, count) => eventfdOf(task, count, 0),
})

/** eventfd2(2). */
export const eventfd2 = /* @__PURE__ */ defineSyscall('eventfd2', {
  args: [['count', uint], ['flags', efdFlags]],
  uses: [files],
  level: 'full',
  run: (task, count, bits) => eventfdOf(task, count, bits),
})
