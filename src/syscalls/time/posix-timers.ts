import { EAGAIN, EFAULT, EINVAL, ENOTSUP } from '../../abi/errno.js'
import { RLIMIT } from '../../abi/flags/limits.js'
import { SIGNALS, SIGNAL_LIMITS } from '../../abi/flags/signals.js'
import { CLOCKS, TIMER_FLAGS } from '../../abi/flags/time.js'
import { cpuClockOf, isCpuClock } from '../../kernel/cpu-timers.js'
import { armPosix, timers, type PosixTimer, type ProcessTimers } from '../../kernel/itimers.js'
import type { Task } from '../../kernel/task.js'
import { clockId, flags, timerId, typed } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { readClock } from './clocks.js'
import { isValid, putNanoseconds, takeTimespec, toNanoseconds, type TimeWidth } from './timespec.js'

const MOST_TIMERS = 4096
const SIGEV = { signal: 0, none: 1, thread: 2, threadId: 4 } as const
const clock32 = /* @__PURE__ */ typed(clockId, 'clockid_t')
const timerFlags = /* @__PURE__ */ flags('timer', TIMER_FLAGS)
const idOut = /* @__PURE__ */ pointer('timer_t', 'out')
const specIn = /* @__PURE__ */ pointer('const struct __kernel_itimerspec', 'in')
const specOut = /* @__PURE__ */ pointer('struct __kernel_itimerspec', 'out')
const spec32In = /* @__PURE__ */ pointer('struct old_itimerspec32', 'in')
const spec32Out = /* @__PURE__ */ pointer('struct old_itimerspec32', 'out')

type TimerTask = Task & { readonly timers: ProcessTimers }

/** struct sigevent: value 0, signo, notify, then the thread; value has the program's width. */
function takeEvent(task: Task, address: number, is64: boolean): Pick<PosixTimer, 'notify' | 'signo' | 'valueLow' | 'valueHigh' | 'tid'> | null {
  const bytes = new Uint8Array(64)
  if (task.memory.copyFrom(address, bytes) < 64) return null
  const view = new DataView(bytes.buffer)
  const at = is64 ? 8 : 4
  return { valueLow: view.getInt32(0, true), valueHigh: is64 ? view.getInt32(4, true) : 0, signo: view.getInt32(at, true), notify: view.getInt32(at + 4, true), tid: view.getInt32(at + 8, true) }
}

/** Linux: good_sigevent. */
function goodEvent(task: Task, event: { notify: number; signo: number; tid: number }): boolean {
  const { notify, signo, tid } = event
  if (notify === SIGEV.none) return true
  if (signo <= 0 || signo > SIGNAL_LIMITS._NSIG) return false
  if (notify === SIGEV.signal || notify === SIGEV.thread) return true
  return notify === SIGEV.threadId && task.kernel.tasks.get(tid)?.group === task.group
}

/** Linux: do_timer_create. */
function createTimer(task: TimerTask, clock: number, eventAddress: number, out: number, is64: boolean): number {
  const usable: readonly number[] = [CLOCKS.CLOCK_REALTIME, CLOCKS.CLOCK_MONOTONIC, CLOCKS.CLOCK_BOOTTIME, CLOCKS.CLOCK_TAI, CLOCKS.CLOCK_PROCESS_CPUTIME_ID, CLOCKS.CLOCK_THREAD_CPUTIME_ID]
  const event = eventAddress === 0 ? null : takeEvent(task, eventAddress, is64)
  if (eventAddress !== 0 && event === null) return -EFAULT
  const alarm = clock === CLOCKS.CLOCK_REALTIME_ALARM || clock === CLOCKS.CLOCK_BOOTTIME_ALARM // without a real-time clock to wake by
  if (readClock(task, clock) === null && !alarm) return -EINVAL
  const own = task.timers
  if (alarm) own.nextId = (own.nextId + 1) % MOST_TIMERS // refused only when it has a number already
  if (!usable.includes(clock) && clock >= 0) return -ENOTSUP
  if (own.posix.size >= Math.min(MOST_TIMERS, task.group.rlimits[RLIMIT.RLIMIT_SIGPENDING]!.soft)) return -EAGAIN // each holds room for its signal
  while (own.posix.has(own.nextId)) own.nextId = (own.nextId + 1) % MOST_TIMERS
  const id = own.nextId
  own.nextId = (id + 1) % MOST_TIMERS // a refused event uses its number up too
  if (event !== null && !goodEvent(task, event)) return -EINVAL
  if (task.memory.putU32(out, id) !== 0) return -EFAULT
  const settings = event ?? { notify: SIGEV.signal, signo: SIGNALS.SIGALRM, valueLow: id, valueHigh: 0, tid: 0 }
  if (isCpuClock(clock)) own.cpuTimers++
  own.posix.set(id, { id, clock, thread: clock < -8 ? ~(clock >> 3) : task.pid, ...settings, expires: 0, interval: 0, overrun: 0, lastOverrun: 0, handle: null })
  return 0
}

/** Now, by what the timer counts. */
function clockOf(task: Task, timer: PosixTimer): number {
  return isCpuClock(timer.clock) ? cpuClockOf(task.kernel, task.group, timer) : task.kernel.clock.monotonic()
}

function left(task: Task, timer: PosixTimer): number {
  return timer.expires === 0 ? 0 : Math.max(1, timer.expires - clockOf(task, timer))
}

function putSpec(task: Task, address: number, value: number, interval: number, width: TimeWidth): number {
  const half = width === 64 ? 16 : 8
  return putNanoseconds(task, address, interval, width) !== 0 || putNanoseconds(task, address + half, value, width) !== 0 ? -EFAULT : 0
}

function settime(task: TimerTask, id: number, how: number, next: number, old: number, width: TimeWidth): number {
  if (next === 0) return -EINVAL
  const interval = takeTimespec(task, next, width)
  const value = interval === null ? null : takeTimespec(task, next + (width === 64 ? 16 : 8), width)
  if (interval === null || value === null) return -EFAULT
  if (!isValid(interval) || !isValid(value)) return -EINVAL
  const timer = task.timers.posix.get(id)
  if (timer === undefined) return -EINVAL
  const before = { value: left(task, timer), interval: timer.interval }
  if (timer.handle !== null) task.kernel.timers.cancel(timer.handle)
  timer.handle = null
  timer.lastOverrun = 0
  const wanted = toNanoseconds(value)
  timer.interval = wanted === 0 ? 0 : toNanoseconds(interval)
  timer.expires = wanted === 0 ? 0 : expiry(task, timer, wanted, (how & TIMER_FLAGS.TIMER_ABSTIME) !== 0)
  if (wanted !== 0) armPosix(task.kernel, task, timer)
  task.kernel.tick() // one that lies in the past fires now
  return old === 0 ? 0 : putSpec(task, old, before.value, before.interval, width)
}

/** The monotonic moment of a setting. */
function expiry(task: Task, timer: PosixTimer, wanted: number, absolute: boolean): number {
  const now = clockOf(task, timer)
  if (!absolute) return now + wanted
  if (isCpuClock(timer.clock)) return wanted
  const current = readClock(task, timer.clock)
  return current === null ? wanted : Math.max(now, 1) + (wanted - (current.seconds * 1e9 + current.nanoseconds))
}

function gettime(task: TimerTask, id: number, out: number, width: TimeWidth): number {
  const timer = task.timers.posix.get(id)
  return timer === undefined ? -EINVAL : putSpec(task, out, left(task, timer), timer.interval, width)
}

const NOTE = 'timers of other processes\' CPU clocks count this one\'s'

/** timer_create(2). */
export const timerCreate = /* @__PURE__ */ defineSyscall('timer_create', { args: [['which_clock', clockId], ['timer_event_spec', /* @__PURE__ */ pointer('struct sigevent', 'in')], ['created_timer_id', idOut]], uses: [timers], note: NOTE, run: (task, clock, event, out) => createTimer(task, clock, event, out, true) })
/** timer_create(2) of 32-bit programs. */
export const compatTimerCreate = /* @__PURE__ */ defineSyscall('compat_sys_timer_create', { args: [['which_clock', clock32], ['timer_event_spec', /* @__PURE__ */ pointer('struct compat_sigevent', 'in')], ['created_timer_id', idOut]], uses: [timers], note: NOTE, run: (task, clock, event, out) => createTimer(task, clock, event, out, false) })
/** timer_settime(2). */
export const timerSettime = /* @__PURE__ */ defineSyscall('timer_settime', { args: [['timer_id', timerId], ['flags', timerFlags], ['new_setting', specIn], ['old_setting', specOut]], uses: [timers], note: NOTE, run: (task, id, how, next, old) => settime(task, id, how, next, old, 64) })
/** timer_settime(2) with 32-bit times. */
export const timerSettime32 = /* @__PURE__ */ defineSyscall('timer_settime32', { args: [['timer_id', timerId], ['flags', timerFlags], ['new', spec32In], ['old', spec32Out]], uses: [timers], note: NOTE, run: (task, id, how, next, old) => settime(task, id, how, next, old, 32) })
/** timer_gettime(2). */
export const timerGettime = /* @__PURE__ */ defineSyscall('timer_gettime', { args: [['timer_id', timerId], ['setting', specOut]], uses: [timers], note: NOTE, run: (task, id, out) => gettime(task, id, out, 64) })
/** timer_gettime(2) with 32-bit times. */
export const timerGettime32 = /* @__PURE__ */ defineSyscall('timer_gettime32', { args: [['timer_id', timerId], ['setting', spec32Out]], uses: [timers], note: NOTE, run: (task, id, out) => gettime(task, id, out, 32) })
/** timer_getoverrun(2). */
export const timerGetoverrun = /* @__PURE__ */ defineSyscall('timer_getoverrun', { args: [['timer_id', timerId]], uses: [timers], level: 'full', run: (task, id) => Math.min(task.timers.posix.get(id)?.lastOverrun ?? -EINVAL, 0x7fffffff) })
/** timer_delete(2). */
export const timerDelete = /* @__PURE__ */ defineSyscall('timer_delete', {
  args: [['timer_id', timerId]],
  uses: [timers],
  level: 'full',
  run(task, id) {
    const timer = task.timers.posix.get(id)
    if (timer === undefined) return -EINVAL
    if (timer.handle !== null) task.kernel.timers.cancel(timer.handle)
    task.timers.posix.delete(id)
    if (isCpuClock(timer.clock)) task.timers.cpuTimers--
    return 0
  },
})
