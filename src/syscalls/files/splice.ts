import { EAGAIN, EBADF, EFAULT, EINVAL, ESPIPE } from '../../abi/errno.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { SPLICE } from '../../abi/flags/rw.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { pipeOf } from '../../fs/anonymous.js'
import { MAX_RW_COUNT } from '../../fs/constants.js'
import { KernelBuffer } from '../../fs/iov-iter.js'
import { files, type File } from '../../kernel/ports/files.js'
import { fd, flags, sizeT } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { offsetAt, storeOffset } from './copy-range.js'
import { AT_POSITION, readFile, writeFile, type FilesTask } from './io.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** splice and tee: both files pinned, and the offsets as they were (AT_POSITION for none). */
    splice: { readonly from: number; readonly to: number; readonly start: number; readonly target: number }
  }
}

type Ends = { readonly from: number; readonly to: number; readonly start: number; readonly target: number }

/** SPLICE_F_*. */
export const spliceFlags = /* @__PURE__ */ flags('splice', SPLICE, 'unsigned int')
const loffInOut = /* @__PURE__ */ pointer('loff_t', 'inout')
/** Flags that the three calls know; others give -EINVAL. */
export const KNOWN_SPLICE_FLAGS = SPLICE.SPLICE_F_MOVE | SPLICE.SPLICE_F_NONBLOCK | SPLICE.SPLICE_F_MORE | SPLICE.SPLICE_F_GIFT
/** Bytes that one call moves through pages of its own. */
const MOST = 65_536

function isPipe(file: File): boolean {
  return (file.inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFIFO
}

/** What splice's descriptors and offsets must be. Linux: __do_splice, do_splice. */
function open(task: FilesTask, fdIn: number, offIn: number, fdOut: number, offOut: number): Ends | number {
  const from = task.files.get(fdIn)
  const to = task.files.get(fdOut)
  if (from === null || to === null) return -EBADF
  if ((isPipe(from) && offIn !== 0) || (isPipe(to) && offOut !== 0)) return -ESPIPE
  const start = offIn === 0 ? AT_POSITION : offsetAt(task, offIn, from)
  const target = offOut === 0 ? AT_POSITION : offsetAt(task, offOut, to)
  if (start === null || target === null) return -EFAULT
  if (!from.readable || !to.writable) return -EBADF
  if (!isPipe(from) && !isPipe(to)) return -EINVAL
  if (isPipe(from) && isPipe(to) && pipeOf(from) !== null && pipeOf(from) === pipeOf(to)) return -EINVAL
  if (start < AT_POSITION || target < AT_POSITION) return -EINVAL
  if ((offIn !== 0 && from.ops.seekable !== true) || (offOut !== 0 && to.ops.seekable !== true)) return -EINVAL
  if (!isPipe(to) && (to.flags & OPEN_FLAGS.O_APPEND) !== 0) return -EINVAL
  if (!givesPages(from) || !takesPages(to)) return -EINVAL
  return { from: from.id, to: to.id, start, target }
}

/** Whether splice can read from a file. Linux: file_operations.splice_read. */
export function givesPages({ ops }: File): boolean {
  return ops.read !== undefined && ops.noSpliceRead !== true
}

/** Whether splice can write to a file. Linux: file_operations.splice_write. */
export function takesPages({ ops }: File): boolean {
  return ops.write !== undefined && ops.noSpliceWrite !== true
}

/** Waits for one of the ends. */
function waitFor(task: FilesTask, ends: Ends, file: File, bits: number): number {
  const from = task.files.byId(ends.from)
  const to = task.files.byId(ends.to)
  if ((bits & SPLICE.SPLICE_F_NONBLOCK) !== 0 || (file.flags & OPEN_FLAGS.O_NONBLOCK) !== 0 || from === null || to === null) return -EAGAIN
  if (task.progressOf('splice') === null) {
    task.pin(from)
    task.pin(to)
  }
  return task.block('splice', ends, file.ops.queues?.(file, task) ?? [])
}

/** One move of bytes: no more is taken from the input than the output's pipe has room for. */
function move(task: FilesTask, ends: Ends, from: File, to: File, length: number, bits: number): number {
  const { memory } = task.kernel
  const into = pipeOf(to)
  if (into !== null && into.full && into.readers > 0) return waitFor(task, ends, to, bits)
  const room = into === null ? MOST : into.readers === 0 ? 1 : (into.slots - into.buffers.length) * 4096
  const chunk = new KernelBuffer(memory, new Uint8Array(Math.min(length, room, MOST)))
  const got = readFile(task, from, chunk, ends.start)
  if (got === -EAGAIN) return waitFor(task, ends, from, bits)
  if (got <= 0) return got
  return writeFile(task, to, new KernelBuffer(memory, chunk.bytes.subarray(0, got)), ends.target)
}

/** splice(2). */
export const splice = /* @__PURE__ */ defineSyscall('splice', {
  args: [['fd_in', fd], ['off_in', loffInOut], ['fd_out', fd], ['off_out', loffInOut], ['len', sizeT], ['flags', spliceFlags]],
  uses: [files],
  note: 'copies; at most 64 KiB a call',
  run(task, fdIn, offIn, fdOut, offOut, length, bits) {
    if (length === 0) return 0
    if ((bits & ~KNOWN_SPLICE_FLAGS) !== 0) return -EINVAL
    const ends = task.progressOf('splice') ?? open(task, fdIn, offIn, fdOut, offOut)
    if (typeof ends === 'number') return ends
    const from = task.files.byId(ends.from)
    const to = task.files.byId(ends.to)
    if (from === null || to === null) return -EBADF
    const moved = move(task, ends, from, to, Math.min(length, MAX_RW_COUNT), bits)
    if (moved < 0) return moved
    const stored = (offIn === 0 ? 0 : storeOffset(task, offIn, from, ends.start + moved)) || (offOut === 0 ? 0 : storeOffset(task, offOut, to, ends.target + moved))
    return stored === 0 ? moved : -EFAULT
  },
})

/** tee(2): the input keeps what is copied. Linux: do_tee. */
export const tee = /* @__PURE__ */ defineSyscall('tee', {
  args: [['fdin', fd], ['fdout', fd], ['len', sizeT], ['flags', spliceFlags]],
  uses: [files],
  level: 'full',
  run(task, fdIn, fdOut, length, bits) {
    if ((bits & ~KNOWN_SPLICE_FLAGS) !== 0) return -EINVAL
    if (length === 0) return 0
    const waiting = task.progressOf('splice')
    const from = waiting === null ? task.files.get(fdIn) : task.files.byId(waiting.from)
    const to = waiting === null ? task.files.get(fdOut) : task.files.byId(waiting.to)
    if (from === null || to === null || !from.readable || !to.writable) return -EBADF
    const source = pipeOf(from)
    const target = pipeOf(to)
    if (source === null || target === null || source === target) return -EINVAL
    const ends = { from: from.id, to: to.id, start: AT_POSITION, target: AT_POSITION }
    if (source.buffers.length === 0) return source.writers === 0 ? 0 : waitFor(task, ends, from, bits)
    if (target.readers > 0 && target.full) return waitFor(task, ends, to, bits)
    const bytes = source.peek(Math.min(length, (target.slots - target.buffers.length) * 4096))
    return target.write(new KernelBuffer(task.kernel.memory, bytes), (to.flags & OPEN_FLAGS.O_DIRECT) !== 0, task)
  },
})
