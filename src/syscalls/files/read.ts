import { EINVAL } from '../../abi/errno.js'
import { RWF } from '../../abi/flags/rw.js'
import { signed64 } from '../../abi/int64.js'
import { files } from '../../kernel/ports/files.js'
import { fdLong, flags, loffT, sizeT, typed, u32, ufd, ulong } from '../codecs.js'
import { bytesOut, iovecOut } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { AT_POSITION, readSegments, type FilesTask } from './io.js'
import { importIovec } from './iovec.js'

/** A position in one register: -1 is the file's own, and other negative ones are refused. */
const position = /* @__PURE__ */ typed(loffT, 'unsigned long')

const rwFlags = /* @__PURE__ */ flags('rwf', RWF, 'rwf_t')
const compatFd = /* @__PURE__ */ typed(ufd, 'compat_ulong_t')
const compatCount = /* @__PURE__ */ typed(u32, 'compat_ulong_t')
const count32 = /* @__PURE__ */ typed(sizeT, 'u32')

/** read(2). */
export const read = /* @__PURE__ */ defineSyscall('read', {
  args: [['fd', ufd], ['buf', bytesOut], ['count', sizeT]],
  uses: [files],
  level: 'full',
  run: (task, fd, buf, count) => readSegments(task, fd, [buf, count], AT_POSITION),
})

/** pread64(2). */
export const pread64 = /* @__PURE__ */ defineSyscall('pread64', {
  args: [['fd', ufd], ['buf', bytesOut], ['count', sizeT], ['pos', loffT]],
  uses: [files],
  level: 'full',
  run: (task, fd, buf, count, pos) => (pos < 0 ? -EINVAL : readSegments(task, fd, [buf, count], pos)),
})

/** pread64(2) of 32-bit programs: the position in two registers. */
export const ia32Pread64 = /* @__PURE__ */ defineSyscall('ia32_pread64', {
  args: [['fd', ufd], ['ubuf', bytesOut], ['count', count32], ['poslo', u32], ['poshi', u32]],
  uses: [files],
  level: 'full',
  run(task, fd, buf, count, low, high) {
    const pos = signed64(low, high)
    return pos < 0 ? -EINVAL : readSegments(task, fd, [buf, count], pos)
  },
})

function readVector(task: FilesTask, fd: number, vec: number, count: number, position: number, bits = 0): number {
  if (task.progressOf('io') !== null) return readSegments(task, fd, [], position, bits)
  if (position < AT_POSITION) return -EINVAL
  const file = task.files.get(fd)
  if (file === null || !file.readable) return readSegments(task, fd, [], position)
  const segments = importIovec(task, vec, count, task.syscallAbi === 'x86_64')
  return typeof segments === 'number' ? segments : readSegments(task, fd, segments, position, bits)
}

/** The position of preadv and pwritev: -1 is refused, as every negative one. */
function positionOf(position: number): number {
  return position < 0 ? -2 : position
}

/** readv(2). */
export const readv = /* @__PURE__ */ defineSyscall('readv', {
  args: [['fd', fdLong], ['vec', iovecOut], ['vlen', ulong]],
  uses: [files],
  level: 'full',
  run: (task, fd, vec, count) => readVector(task, fd, vec, count, AT_POSITION),
})

/** preadv(2). On x86_64 `pos_l` is the whole position. */
export const preadv = /* @__PURE__ */ defineSyscall('preadv', {
  args: [['fd', fdLong], ['vec', iovecOut], ['vlen', ulong], ['pos_l', ulong], ['pos_h', ulong]],
  uses: [files],
  level: 'full',
  run: (task, fd, vec, count, low) => readVector(task, fd, vec, count, low >= 2 ** 63 ? -2 : low),
})

/** preadv2(2). */
export const preadv2 = /* @__PURE__ */ defineSyscall('preadv2', {
  args: [['fd', fdLong], ['vec', iovecOut], ['vlen', ulong], ['pos_l', position], ['pos_h', ulong], ['flags', rwFlags]],
  uses: [files],
  level: 'full',
  run(task, fd, vec, count, low, _high, bits) {
    return readVector(task, fd, vec, count, low, bits)
  },
})

/** preadv(2) of 32-bit programs. */
export const compatPreadv = /* @__PURE__ */ defineSyscall('compat_sys_preadv', {
  args: [['fd', compatFd], ['vec', iovecOut], ['vlen', compatCount], ['pos_low', u32], ['pos_high', u32]],
  uses: [files],
  level: 'full',
  run: (task, fd, vec, count, low, high) => readVector(task, fd, vec, count, positionOf(signed64(low, high))),
})

/** preadv2(2) of 32-bit programs. */
export const compatPreadv2 = /* @__PURE__ */ defineSyscall('compat_sys_preadv2', {
  args: [['fd', compatFd], ['vec', iovecOut], ['vlen', compatCount], ['pos_low', u32], ['pos_high', u32], ['flags', rwFlags]],
  uses: [files],
  level: 'full',
  run(task, fd, vec, count, low, high, bits) {
    const pos = signed64(low, high)
    return readVector(task, fd, vec, count, pos === -1 ? AT_POSITION : positionOf(pos), bits)
  },
})
