import { EINVAL } from '../../abi/errno.js'
import { RWF } from '../../abi/flags/rw.js'
import { signed64 } from '../../abi/int64.js'
import { files } from '../../kernel/ports/files.js'
import { fdLong, flags, loffT, sizeT, typed, u32, ufd, ulong } from '../codecs.js'
import { bytesIn, iovecIn } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { AT_POSITION, writeSegments, type FilesTask } from './io.js'
import { importIovec } from './iovec.js'

/** A position in one register: -1 is the file's own, and other negative ones are refused. */
const position = /* @__PURE__ */ typed(loffT, 'unsigned long')

const rwFlags = /* @__PURE__ */ flags('rwf', RWF, 'rwf_t')
const compatFd = /* @__PURE__ */ typed(ufd, 'compat_ulong_t')
const compatCount = /* @__PURE__ */ typed(u32, 'compat_ulong_t')
const count32 = /* @__PURE__ */ typed(sizeT, 'u32')

/** write(2). */
export const write = /* @__PURE__ */ defineSyscall('write', {
  args: [['fd', ufd], ['buf', bytesIn], ['count', sizeT]],
  uses: [files],
  run: (task, fd, buf, count) => writeSegments(task, fd, [buf, count], AT_POSITION),
})

/** pwrite64(2). */
export const pwrite64 = /* @__PURE__ */ defineSyscall('pwrite64', {
  args: [['fd', ufd], ['buf', bytesIn], ['count', sizeT], ['pos', loffT]],
  uses: [files],
  level: 'full',
  run: (task, fd, buf, count, pos) => (pos < 0 ? -EINVAL : writeSegments(task, fd, [buf, count], pos)),
})

/** pwrite64(2) of 32-bit programs: the position in two registers. */
export const ia32Pwrite64 = /* @__PURE__ */ defineSyscall('ia32_pwrite64', {
  args: [['fd', ufd], ['ubuf', bytesIn], ['count', count32], ['poslo', u32], ['poshi', u32]],
  uses: [files],
  level: 'full',
  run(task, fd, buf, count, low, high) {
    const pos = signed64(low, high)
    return pos < 0 ? -EINVAL : writeSegments(task, fd, [buf, count], pos)
  },
})

function writeVector(task: FilesTask, fd: number, vec: number, count: number, position: number, bits = 0): number {
  if (task.progressOf('io') !== null) return writeSegments(task, fd, [], position, bits)
  if (position < AT_POSITION) return -EINVAL
  const file = task.files.get(fd)
  if (file === null || !file.writable) return writeSegments(task, fd, [], position)
  const segments = importIovec(task, vec, count, task.syscallAbi === 'x86_64')
  return typeof segments === 'number' ? segments : writeSegments(task, fd, segments, position, bits)
}

/** The position of preadv and pwritev: -1 is refused, as every negative one. */
function positionOf(position: number): number {
  return position < 0 ? -2 : position
}

/** writev(2). */
export const writev = /* @__PURE__ */ defineSyscall('writev', {
  args: [['fd', fdLong], ['vec', iovecIn], ['vlen', ulong]],
  uses: [files],
  level: 'full',
  run: (task, fd, vec, count) => writeVector(task, fd, vec, count, AT_POSITION),
})

/** pwritev(2). On x86_64 `pos_l` is the whole position. */
export const pwritev = /* @__PURE__ */ defineSyscall('pwritev', {
  args: [['fd', fdLong], ['vec', iovecIn], ['vlen', ulong], ['pos_l', ulong], ['pos_h', ulong]],
  uses: [files],
  level: 'full',
  run: (task, fd, vec, count, low) => writeVector(task, fd, vec, count, low >= 2 ** 63 ? -2 : low),
})

/** pwritev2(2). */
export const pwritev2 = /* @__PURE__ */ defineSyscall('pwritev2', {
  args: [['fd', fdLong], ['vec', iovecIn], ['vlen', ulong], ['pos_l', position], ['pos_h', ulong], ['flags', rwFlags]],
  uses: [files],
  level: 'full',
  run(task, fd, vec, count, low, _high, bits) {
    return writeVector(task, fd, vec, count, low, bits)
  },
})

/** pwritev(2) of 32-bit programs. */
export const compatPwritev = /* @__PURE__ */ defineSyscall('compat_sys_pwritev', {
  args: [['fd', compatFd], ['vec', iovecIn], ['vlen', compatCount], ['pos_low', u32], ['pos_high', u32]],
  uses: [files],
  level: 'full',
  run: (task, fd, vec, count, low, high) => writeVector(task, fd, vec, count, positionOf(signed64(low, high))),
})

/** pwritev2(2) of 32-bit programs. */
export const compatPwritev2 = /* @__PURE__ */ defineSyscall('compat_sys_pwritev2', {
  args: [['fd', compatFd], ['vec', iovecIn], ['vlen', compatCount], ['pos_low', u32], ['pos_high', u32], ['flags', rwFlags]],
  uses: [files],
  level: 'full',
  run(task, fd, vec, count, low, high, bits) {
    const pos = signed64(low, high)
    return writeVector(task, fd, vec, count, pos === -1 ? AT_POSITION : positionOf(pos), bits)
  },
})
