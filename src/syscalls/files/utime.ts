import { EBADF, EFAULT, EINVAL } from '../../abi/errno.js'
import { AT, AT_FLAGS } from '../../abi/flags/fcntl.js'
import { changeTimes, newTime, type NewTime } from '../../fs/attributes.js'
import { lookupUser, type FsTask } from '../../fs/namei.js'
import { files } from '../../kernel/ports/files.js'
import { fs, type Path } from '../../kernel/ports/fs.js'
import { atFd, flags, typed } from '../codecs.js'
import { path, pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { takePair, type TimeWidth } from '../time/timespec.js'

const charPath = /* @__PURE__ */ typed(path, 'char *')
const utimbuf = /* @__PURE__ */ pointer('struct utimbuf', 'in')
const utimbuf32 = /* @__PURE__ */ pointer('struct old_utimbuf32', 'in')
const timevals = /* @__PURE__ */ pointer('struct __kernel_old_timeval', 'in')
const timevals32 = /* @__PURE__ */ pointer('struct old_timeval32', 'in')
const timespecs = /* @__PURE__ */ pointer('struct __kernel_timespec', 'in')
const timespecs32 = /* @__PURE__ */ pointer('struct old_timespec32', 'in')
const utimeFlags = /* @__PURE__ */ flags('utimensat', { AT_SYMLINK_NOFOLLOW: AT_FLAGS.AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH: AT_FLAGS.AT_EMPTY_PATH })
const compatAtFd = /* @__PURE__ */ typed(atFd, 'unsigned int')

/** Two times, or `invalid`: nanoseconds that make no sense are refused only when the file has been found. */
type Times = readonly [NewTime, NewTime] | 'invalid'

/** Linux: do_utimes. A NULL path is the descriptor itself. */
function setTimes(task: FsTask, dirfd: number, filename: number, times: Times, at: number): number {
  const change = (path: Path): number => (times === 'invalid' ? -EINVAL : changeTimes(task, path, times[0], times[1]))
  if (filename === 0 && dirfd !== AT.AT_FDCWD) {
    if (at !== 0) return -EINVAL
    const file = task.files.get(dirfd)
    return file === null ? -EBADF : change(file.path)
  }
  if ((at & ~(AT_FLAGS.AT_SYMLINK_NOFOLLOW | AT_FLAGS.AT_EMPTY_PATH)) !== 0) return -EINVAL
  const found = lookupUser(task, dirfd, filename, { follow: (at & AT_FLAGS.AT_SYMLINK_NOFOLLOW) === 0, empty: (at & AT_FLAGS.AT_EMPTY_PATH) !== 0 })
  return typeof found === 'number' ? found : change(found)
}

const NOW: Times = ['now', 'now']

/** Two timespecs, or -EFAULT. */
function timespecPair(task: FsTask, address: number, width: TimeWidth): Times | number {
  if (address === 0) return NOW
  const first = takePair(task, address, width)
  const second = takePair(task, address + (width === 64 ? 16 : 8), width)
  if (first === null || second === null) return -EFAULT
  const atime = newTime(first[0], first[1])
  const mtime = newTime(second[0], second[1])
  return typeof atime === 'number' || typeof mtime === 'number' ? 'invalid' : [atime, mtime]
}

/** Two timevals. */
function timevalPair(task: FsTask, address: number, width: TimeWidth): Times | number {
  if (address === 0) return NOW
  const first = takePair(task, address, width)
  const second = takePair(task, address + (width === 64 ? 16 : 8), width)
  if (first === null || second === null) return -EFAULT
  if ([first[1], second[1]].some((usec) => usec < 0 || usec >= 1_000_000)) return -EINVAL
  return [{ seconds: first[0], nanoseconds: first[1] * 1000 }, { seconds: second[0], nanoseconds: second[1] * 1000 }]
}

/** struct utimbuf: seconds only. */
function utimbufPair(task: FsTask, address: number, width: TimeWidth): Times | number {
  if (address === 0) return NOW
  const both = takePair(task, address, width)
  return both === null ? -EFAULT : [{ seconds: both[0], nanoseconds: 0 }, { seconds: both[1], nanoseconds: 0 }]
}

function apply(task: FsTask, dirfd: number, filename: number, times: Times | number, at: number): number {
  return typeof times === 'number' ? times : setTimes(task, dirfd, filename, times, at)
}

/** utimensat omits both times without looking at the path. Linux: nothing to be done. */
function bothOmitted(times: Times | number): boolean {
  return typeof times !== 'number' && times[0] === 'keep' && times[1] === 'keep'
}

/** utime(2). */
export const utime = /* @__PURE__ */ defineSyscall('utime', {
  args: [['filename', charPath], ['times', utimbuf]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, address) => apply(task, AT.AT_FDCWD, filename, utimbufPair(task, address, 64), 0),
})

/** utime(2) of 32-bit programs. */
export const utime32 = /* @__PURE__ */ defineSyscall('utime32', {
  args: [['filename', path], ['t', utimbuf32]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, address) => apply(task, AT.AT_FDCWD, filename, utimbufPair(task, address, 32), 0),
})

/** utimes(2). */
export const utimes = /* @__PURE__ */ defineSyscall('utimes', {
  args: [['filename', charPath], ['utimes', timevals]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, address) => apply(task, AT.AT_FDCWD, filename, timevalPair(task, address, 64), 0),
})

/** utimes(2) of 32-bit programs. */
export const utimesTime32 = /* @__PURE__ */ defineSyscall('utimes_time32', {
  args: [['filename', path], ['t', timevals32]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, address) => apply(task, AT.AT_FDCWD, filename, timevalPair(task, address, 32), 0),
})

/** futimesat(2). */
export const futimesat = /* @__PURE__ */ defineSyscall('futimesat', {
  args: [['dfd', atFd], ['filename', path], ['utimes', timevals]],
  uses: [files, fs],
  level: 'full',
  run: (task, dfd, filename, address) => apply(task, dfd, filename, timevalPair(task, address, 64), 0),
})

/** futimesat(2) of 32-bit programs. */
export const futimesatTime32 = /* @__PURE__ */ defineSyscall('futimesat_time32', {
  args: [['dfd', compatAtFd], ['filename', path], ['t', timevals32]],
  uses: [files, fs],
  level: 'full',
  run: (task, dfd, filename, address) => apply(task, dfd | 0, filename, timevalPair(task, address, 32), 0),
})

/** utimensat(2). */
export const utimensat = /* @__PURE__ */ defineSyscall('utimensat', {
  args: [['dfd', atFd], ['filename', path], ['utimes', timespecs], ['flags', utimeFlags]],
  uses: [files, fs],
  level: 'full',
  run(task, dfd, filename, address, at) {
    const times = timespecPair(task, address, 64)
    return bothOmitted(times) ? 0 : apply(task, dfd, filename, times, at)
  },
})

/** utimensat(2) of 32-bit programs with 32-bit times. */
export const utimensatTime32 = /* @__PURE__ */ defineSyscall('utimensat_time32', {
  args: [['dfd', compatAtFd], ['filename', path], ['t', timespecs32], ['flags', utimeFlags]],
  uses: [files, fs],
  level: 'full',
  run(task, dfd, filename, address, at) {
    const times = timespecPair(task, address, 32)
    return bothOmitted(times) ? 0 : apply(task, dfd | 0, filename, times, at)
  },
})

