import { EBADF, EFAULT, EINVAL, EPERM } from '../../abi/errno.js'
import { CAP } from '../../abi/flags/capability.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { CLOCKS, TFD, TFD_TIMER } from '../../abi/flags/time.js'
import { anonInode } from '../../fs/anonymous.js'
import { nofile } from '../../fs/file-table.js'
import { TimerFd } from '../../fs/timerfd.js'
import { capable } from '../../kernel/creds.js'
import { files } from '../../kernel/ports/files.js'
import { enumeration, fd, flags } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { isValid, putNanoseconds, takeTimespec, toNanoseconds, type TimeWidth } from '../time/timespec.js'
import type { FilesTask } from './io.js'

const clock = /* @__PURE__ */ enumeration('clock', CLOCKS)
const createFlags = /* @__PURE__ */ flags('timerfd_create', TFD)
const settimeFlags = /* @__PURE__ */ flags('timerfd_settime', TFD_TIMER)
const specIn = /* @__PURE__ */ pointer('const struct __kernel_itimerspec', 'in')
const specOut = /* @__PURE__ */ pointer('struct __kernel_itimerspec', 'out')
const oldSpecIn = /* @__PURE__ */ pointer('const struct old_itimerspec32', 'in')
const oldSpecOut = /* @__PURE__ */ pointer('struct old_itimerspec32', 'out')

/** timerfd_create(2). */
export const timerfdCreate = /* @__PURE__ */ defineSyscall('timerfd_create', {
  args: [['clockid', clock], ['flags', createFlags]],
  uses: [files],
  level: 'full',
  run(task, id, bits) {
    const alarm = id === CLOCKS.CLOCK_REALTIME_ALARM || id === CLOCKS.CLOCK_BOOTTIME_ALARM
    const known = alarm || id === CLOCKS.CLOCK_REALTIME || id === CLOCKS.CLOCK_MONOTONIC || id === CLOCKS.CLOCK_BOOTTIME
    if ((bits & ~(TFD.TFD_CLOEXEC | TFD.TFD_NONBLOCK)) !== 0 || !known) return -EINVAL
    if (alarm && !capable(task.creds, CAP.CAP_WAKE_ALARM)) return -EPERM
    const real = id === CLOCKS.CLOCK_REALTIME || id === CLOCKS.CLOCK_REALTIME_ALARM
    const file = anonInode(task.kernel, '[timerfd]', OPEN_FLAGS.O_RDWR | (bits & OPEN_FLAGS.O_NONBLOCK), new TimerFd(task.kernel, real))
    const made = task.files.install(file, nofile(task), 0, (bits & TFD.TFD_CLOEXEC) !== 0)
    if (made < 0) file.release()
    return made
  },
})

function timerOf(task: FilesTask, descriptor: number): TimerFd | number {
  const file = task.files.get(descriptor)
  if (file === null) return -EBADF
  return file.ops instanceof TimerFd ? file.ops : -EINVAL
}

function put(task: FilesTask, address: number, interval: number, left: number, width: TimeWidth): number {
  return putNanoseconds(task, address, interval, width) || putNanoseconds(task, address + (width === 64 ? 16 : 8), left, width)
}

/** Linux: do_timerfd_settime. */
function settime(task: FilesTask, descriptor: number, bits: number, next: number, old: number, width: TimeWidth): number {
  const interval = takeTimespec(task, next, width)
  const value = takeTimespec(task, next + (width === 64 ? 16 : 8), width)
  if (interval === null || value === null) return -EFAULT
  if ((bits & ~(TFD_TIMER.TFD_TIMER_ABSTIME | TFD_TIMER.TFD_TIMER_CANCEL_ON_SET)) !== 0 || !isValid(interval) || !isValid(value)) return -EINVAL
  const timer = timerOf(task, descriptor)
  if (typeof timer === 'number') return timer
  const before = { interval: timer.interval, left: timer.left }
  const now = task.kernel.clock.monotonic()
  const wait = toNanoseconds(value)
  const { seconds, nanoseconds } = task.kernel.realtime()
  const absolute = (bits & TFD_TIMER.TFD_TIMER_ABSTIME) !== 0
  const at = !absolute ? now + wait : timer.realtime ? now + (value.seconds - seconds) * 1e9 + (value.nanoseconds - nanoseconds) : wait
  timer.set(wait === 0 ? null : at, toNanoseconds(interval))
  return old === 0 ? 0 : put(task, old, before.interval, before.left, width)
}

function gettime(task: FilesTask, descriptor: number, out: number, width: TimeWidth): number {
  const timer = timerOf(task, descriptor)
  return typeof timer === 'number' ? timer : put(task, out, timer.interval, timer.left, width)
}

/** timerfd_settime(2). */
export const timerfdSettime = /* @__PURE__ */ defineSyscall('timerfd_settime', {
  args: [['ufd', fd], ['flags', settimeFlags], ['utmr', specIn], ['otmr', specOut]],
  uses: [files],
  note: 'TFD_TIMER_CANCEL_ON_SET is taken but setting the clock cancels nothing',
  run: (task, descriptor, bits, next, old) => settime(task, descriptor, bits, next, old, 64),
})

/** timerfd_gettime(2). */
export const timerfdGettime = /* @__PURE__ */ defineSyscall('timerfd_gettime', {
  args: [['ufd', fd], ['otmr', specOut]],
  uses: [files],
  level: 'full',
  run: (task, descriptor, out) => gettime(task, descriptor, out, 64),
})

/** timerfd_settime(2) with 32-bit times. */
export const timerfdSettime32 = /* @__PURE__ */ defineSyscall('timerfd_settime32', {
  args: [['ufd', fd], ['flags', settimeFlags], ['utmr', oldSpecIn], ['otmr', oldSpecOut]],
  uses: [files],
  note: 'TFD_TIMER_CANCEL_ON_SET is taken but setting the clock cancels nothing',
  run: (task, descriptor, bits, next, old) => settime(task, descriptor, bits, next, old, 32),
})

/** timerfd_gettime(2) with 32-bit times. */
export const timerfdGettime32 = /* @__PURE__ */ defineSyscall('timerfd_gettime32', {
  args: [['ufd', fd], ['otmr', oldSpecOut]],
  uses: [files],
  level: 'full',
  run: (task, descriptor, out) => gettime(task, descriptor, out, 32),
})
