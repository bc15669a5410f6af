import { EAGAIN, EBADF, EINVAL } from '../../abi/errno.js'
import { SPLICE } from '../../abi/flags/rw.js'
import { pipeOf } from '../../fs/anonymous.js'
import { UserBuffer } from '../../fs/iov-iter.js'
import { brokenPipe, type Pipe } from '../../fs/pipe.js'
import { files, type File } from '../../kernel/ports/files.js'
import { PAGE_SIZE } from '../../memory/layout.js'
import { fd, ulong } from '../codecs.js'
import { iovecIn } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { AT_POSITION, readFile, type FilesTask } from './io.js'
import { importIovec } from './iovec.js'
import { KNOWN_SPLICE_FLAGS, spliceFlags } from './splice.js'

/** Waits for the other end; only the call's own flag says not to, whatever the file's is. */
function waitFor(task: FilesTask, file: File, segments: readonly number[], bits: number): number {
  if ((bits & SPLICE.SPLICE_F_NONBLOCK) !== 0) return -EAGAIN
  if (task.progressOf('io') === null) task.pin(file)
  return task.block('io', { file: file.id, segments, done: 0, deadline: Infinity }, file.ops.queues?.(file, task) ?? [], { exclusive: true })
}

/** Lengths of the pieces that lie in one page each. */
function piecesOf(segments: readonly number[]): number[] {
  const pieces: number[] = []
  for (let i = 0; i < segments.length; i += 2) {
    let at = segments[i]!
    const end = at + segments[i + 1]!
    for (; at < end && pieces.length < 65_536; at += pieces[pieces.length - 1]!) pieces.push(Math.min(end - at, PAGE_SIZE - (((at % PAGE_SIZE) + PAGE_SIZE) % PAGE_SIZE)))
  }
  return pieces
}

/** Linux: vmsplice_to_pipe. */
function give(task: FilesTask, file: File, pipe: Pipe, segments: readonly number[], bits: number): number {
  if (pipe.readers === 0) return brokenPipe(task)
  if (pipe.full) return waitFor(task, file, segments, bits)
  return pipe.writePages(new UserBuffer(task.memory, task.kernel.memory, segments), piecesOf(segments))
}

/** vmsplice(2): copies instead of mapping, which differs for programs that change their pages afterwards. */
export const vmsplice = /* @__PURE__ */ defineSyscall('vmsplice', {
  args: [['fd', fd], ['uiov', iovecIn], ['nr_segs', ulong], ['flags', spliceFlags]],
  uses: [files],
  note: 'copies at once: later changes of the pages do not show in the pipe',
  run(task, descriptor, address, count, bits) {
    if ((bits & ~KNOWN_SPLICE_FLAGS) !== 0) return -EINVAL
    const waiting = task.progressOf('io')
    const file = waiting === null ? task.files.get(descriptor) : task.files.byId(waiting.file)
    const pipe = file === null ? null : pipeOf(file)
    if (file === null || pipe === null) return -EBADF
    const segments = waiting?.segments ?? importIovec(task, address, count, task.syscallAbi === 'x86_64')
    if (typeof segments === 'number') return segments
    if (segments.every((part, i) => i % 2 === 0 || part === 0)) return 0
    if (file.writable) return give(task, file, pipe, segments, bits)
    const moved = readFile(task, file, new UserBuffer(task.memory, task.kernel.memory, segments), AT_POSITION)
    return moved === -EAGAIN ? waitFor(task, file, segments, bits) : moved
  },
})
