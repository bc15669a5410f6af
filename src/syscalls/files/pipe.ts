import { EFAULT, EINVAL, EMFILE, ENOPKG } from '../../abi/errno.js'
import { OPEN_FLAGS, PIPE2_FLAGS } from '../../abi/flags/open.js'
import { createPipe } from '../../fs/anonymous.js'
import { nofile } from '../../fs/file-table.js'
import { files } from '../../kernel/ports/files.js'
import { flags } from '../codecs.js'
import { intOut } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'

const pipeFlags = /* @__PURE__ */ flags('pipe2', PIPE2_FLAGS)

/** Linux: do_pipe2. */
function pipeOf(task: FilesTask, address: number, bits: number): number {
  if ((bits & PIPE2_FLAGS.O_NOTIFICATION_PIPE) !== 0) return -ENOPKG
  if ((bits & ~(OPEN_FLAGS.O_CLOEXEC | OPEN_FLAGS.O_NONBLOCK | OPEN_FLAGS.O_DIRECT)) !== 0) return -EINVAL
  const limit = nofile(task)
  const closeOnExec = (bits & OPEN_FLAGS.O_CLOEXEC) !== 0
  const [reader, writer] = createPipe(task.kernel, bits, { uid: task.creds.fsuid, gid: task.creds.fsgid })
  const first = task.files.install(reader, limit, 0, closeOnExec)
  const second = first < 0 ? first : task.files.install(writer, limit, 0, closeOnExec)
  if (second < 0) {
    if (first < 0) reader.release()
    else task.files.close(first)
    writer.release()
    return -EMFILE
  }
  if (task.memory.putU64(address, first, second) === 0) return 0
  task.files.close(second)
  task.files.close(first)
  return -EFAULT
}

/** pipe(2). */
export const pipe = /* @__PURE__ */ defineSyscall('pipe', {
  args: [['fildes', intOut]],
  uses: [files],
  level: 'full',
  run: (task, address) => pipeOf(task, address, 0),
})

/** pipe2(2). */
export const pipe2 = /* @__PURE__ */ defineSyscall('pipe2', {
  args: [['fildes', intOut], ['flags', pipeFlags]],
  uses: [files],
  level: 'full',
  note: 'O_NOTIFICATION_PIPE gives -ENOPKG, as where CONFIG_WATCH_QUEUE is not set',
  run: (task, address, bits) => pipeOf(task, address, bits),
})
