import { EFAULT, EINVAL, EOPNOTSUPP } from '../../abi/errno.js'
import { CLOCKS, TIMER_FLAGS } from '../../abi/flags/time.js'
import { ERESTART } from '../../kernel/results.js'
import type { Task } from '../../kernel/task.js'
import { restartLater } from '../../kernel/restart.js'
import { clockId, flags, typed } from '../codecs.js'
import { pointer, timespecIn, timespecOut } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { readClock } from './clocks.js'
import { isValid, putNanoseconds, takeTimespec, toNanoseconds, type TimeWidth } from './timespec.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** nanosleep: the monotonic deadline, and where the remaining time goes (0: nowhere; absolute sleeps tell none). */
    nanosleep: { readonly deadline: number; readonly remaining: number; readonly width: 64 | 32; readonly absolute: boolean }
  }
}

const old32In = /* @__PURE__ */ pointer('struct old_timespec32', 'in')
const old32Out = /* @__PURE__ */ pointer('struct old_timespec32', 'out')
const oldClock = /* @__PURE__ */ typed(clockId, 'clockid_t')
const nanosleepIn = /* @__PURE__ */ typed(timespecIn, 'struct __kernel_timespec *')
const timerFlags = /* @__PURE__ */ flags('timer', TIMER_FLAGS)

/** Sleeps until `deadline`; interrupted, says how much is left. Linux: hrtimer_nanosleep, nanosleep_copyout. */
function sleepUntil(task: Task, data: { deadline: number; remaining: number; width: TimeWidth; absolute: boolean }): number {
  const now = task.kernel.clock.monotonic()
  if (now >= data.deadline) return 0
  const result = task.block('nanosleep', data, [], { deadline: data.deadline, interrupted: ERESTART.restartBlock })
  if (result !== ERESTART.restartBlock) return result
  if (data.absolute) return ERESTART.noHand
  if (data.remaining !== 0 && putNanoseconds(task, data.remaining, data.deadline - now, data.width) !== 0) return -EFAULT
  return restartLater(task, 'nanosleep', data)
}

function nanosleepOf(task: Task, request: number, remaining: number, width: TimeWidth): number {
  const progress = task.progressOf('nanosleep')
  if (progress !== null) return sleepUntil(task, progress)
  const time = takeTimespec(task, request, width)
  if (time === null) return -EFAULT
  if (!isValid(time)) return -EINVAL
  return sleepUntil(task, { deadline: task.kernel.clock.monotonic() + toNanoseconds(time), remaining, width, absolute: false })
}

/** Clocks one can sleep on: those of timers; CPU clocks of one's own thread cannot. Linux: kc->nsleep. */
function clockNanosleepOf(task: Task, clock: number, how: number, request: number, remaining: number, width: TimeWidth): number {
  const progress = task.progressOf('nanosleep')
  if (progress !== null) return sleepUntil(task, progress)
  const known = clock === CLOCKS.CLOCK_REALTIME_ALARM || clock === CLOCKS.CLOCK_BOOTTIME_ALARM || readClock(task, clock) !== null
  if (!known) return -EINVAL
  const sleepable: readonly number[] = [CLOCKS.CLOCK_REALTIME, CLOCKS.CLOCK_MONOTONIC, CLOCKS.CLOCK_BOOTTIME, CLOCKS.CLOCK_TAI, CLOCKS.CLOCK_REALTIME_ALARM, CLOCKS.CLOCK_BOOTTIME_ALARM, CLOCKS.CLOCK_PROCESS_CPUTIME_ID]
  if (!sleepable.includes(clock) && clock >= 0) return -EOPNOTSUPP
  const time = takeTimespec(task, request, width)
  if (time === null) return -EFAULT
  if (!isValid(time)) return -EINVAL
  const absolute = (how & TIMER_FLAGS.TIMER_ABSTIME) !== 0
  const now = task.kernel.clock.monotonic()
  if (!absolute) return sleepUntil(task, { deadline: now + toNanoseconds(time), remaining, width, absolute: false })
  const current = readClock(task, clock) ?? { seconds: 0, nanoseconds: 0 }
  const wait = (time.seconds - current.seconds) * 1e9 + (time.nanoseconds - current.nanoseconds)
  return sleepUntil(task, { deadline: now + wait, remaining: 0, width, absolute: true })
}

/** nanosleep(2). */
export const nanosleep = /* @__PURE__ */ defineSyscall('nanosleep', { args: [['rqtp', nanosleepIn], ['rmtp', timespecOut]], level: 'full', run: (task, request, remaining) => nanosleepOf(task, request, remaining, 64) })
/** nanosleep(2) with 32-bit times. */
export const nanosleepTime32 = /* @__PURE__ */ defineSyscall('nanosleep_time32', { args: [['rqtp', old32In], ['rmtp', old32Out]], level: 'full', run: (task, request, remaining) => nanosleepOf(task, request, remaining, 32) })
/** clock_nanosleep(2). */
export const clockNanosleep = /* @__PURE__ */ defineSyscall('clock_nanosleep', {
  args: [['which_clock', clockId], ['flags', timerFlags], ['rqtp', timespecIn], ['rmtp', timespecOut]],
  note: 'CLOCK_PROCESS_CPUTIME_ID counts real time while sleeping',
  run: (task, clock, how, request, remaining) => clockNanosleepOf(task, clock, how, request, remaining, 64),
})
/** clock_nanosleep(2) with 32-bit times. */
export const clockNanosleepTime32 = /* @__PURE__ */ defineSyscall('clock_nanosleep_time32', {
  args: [['which_clock', oldClock], ['flags', timerFlags], ['rqtp', old32In], ['rmtp', old32Out]],
  note: 'CLOCK_PROCESS_CPUTIME_ID counts real time while sleeping',
  run: (task, clock, how, request, remaining) => clockNanosleepOf(task, clock, how, request, remaining, 32),
})
