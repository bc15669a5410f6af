import { EFAULT, EINVAL, EPERM } from '../../abi/errno.js'
import { CLOCKS } from '../../abi/flags/time.js'
import { capable } from '../../kernel/creds.js'
import { groupTime, taskTime } from '../../kernel/cpu-timers.js'
import type { Task } from '../../kernel/task.js'
import { setRealtime } from '../../kernel/realtime.js'
import { clockId, typed } from '../codecs.js'
import { pointer, timespecIn, timespecOut } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { isValid, putNanoseconds, putPair, takePair, takeTimespec, type TimeWidth, type UserTimespec } from './timespec.js'

/** The capability to set clocks. */
export const CAP_SYS_TIME = 25
/** A tick at HZ=250: the resolution of the coarse clocks. */
const TICK = 4_000_000
const clock = /* @__PURE__ */ typed(clockId, 'clockid_t')
const old32Out = /* @__PURE__ */ pointer('struct old_timespec32', 'out')
const old32In = /* @__PURE__ */ pointer('struct old_timespec32', 'in')

/** Now, by a clock: seconds and nanoseconds; null for a clock that there is not. CPU clocks of others are named by their pid (clock_getcpuclockid). */
export function readClock(task: Task, id: number): UserTimespec | null {
  const { kernel } = task
  const split = (ns: number): UserTimespec => ({ seconds: Math.floor(ns / 1e9), nanoseconds: Math.floor(ns % 1e9) })
  const now = kernel.clock.monotonic()
  switch (id) {
    case CLOCKS.CLOCK_REALTIME: return kernel.realtime()
    case CLOCKS.CLOCK_TAI: {
      const { seconds, nanoseconds } = kernel.realtime()
      return { seconds: seconds + kernel.taiOffset, nanoseconds }
    }
    case CLOCKS.CLOCK_REALTIME_COARSE: return kernel.realtimeCoarse(TICK)
    case CLOCKS.CLOCK_MONOTONIC: case CLOCKS.CLOCK_MONOTONIC_RAW: case CLOCKS.CLOCK_BOOTTIME: return split(now)
    case CLOCKS.CLOCK_MONOTONIC_COARSE: return split(now - (now % TICK))
    case CLOCKS.CLOCK_PROCESS_CPUTIME_ID: return split(groupTime(task.group))
    case CLOCKS.CLOCK_THREAD_CPUTIME_ID: return split(taskTime(task))
    default: return id < 0 ? cpuClock(task, id, split) : null
  }
}

/** Linux: CPUCLOCK_PID and CPUCLOCK_PERTHREAD_MASK of posix-timers.h: ~pid << 3, bit 2 for threads, 2 for the scheduler's clock. */
function cpuClock(task: Task, id: number, split: (ns: number) => UserTimespec): UserTimespec | null {
  if ((id & 3) === 3) return null
  const pid = ~(id >> 3)
  const target = pid === 0 ? task : task.kernel.tasks.get(pid)
  if (target === undefined) return null
  if ((id & 4) !== 0) return target.group === task.group ? split(taskTime(target)) : null
  return target === target.group.leader || pid === 0 ? split(groupTime(target.group)) : null
}

function gettime(task: Task, id: number, out: number, width: TimeWidth): number {
  const now = readClock(task, id)
  return now === null ? -EINVAL : putPair(task, out, now.seconds, now.nanoseconds, width)
}

function getres(task: Task, id: number, out: number, width: TimeWidth): number {
  if (readClock(task, id) === null && id !== CLOCKS.CLOCK_REALTIME_ALARM && id !== CLOCKS.CLOCK_BOOTTIME_ALARM) return -EINVAL
  const coarse = id === CLOCKS.CLOCK_REALTIME_COARSE || id === CLOCKS.CLOCK_MONOTONIC_COARSE
  return out === 0 ? 0 : putNanoseconds(task, out, coarse ? TICK : 1, width)
}

function settime(task: Task, id: number, address: number, width: TimeWidth): number {
  const settable = id === CLOCKS.CLOCK_REALTIME
  // CPU clocks of processes can be named but never set; all others have no such operation
  if (!settable && id >= 0) return -EINVAL
  if (!settable && readClock(task, id) === null) return -EINVAL
  const time = takeTimespec(task, address, width)
  if (time === null) return -EFAULT
  return settable ? setTime(task, time) : -EPERM
}

/** Linux: do_sys_settimeofday64. The offset between the wall clock and the monotonic one changes. */
export function setTime(task: Task, time: UserTimespec): number {
  if (!isValid(time) || time.seconds > 8277292036) return -EINVAL
  if (!capable(task.creds, CAP_SYS_TIME)) return -EPERM
  if (time.seconds * 1e9 + time.nanoseconds < task.kernel.clock.monotonic()) return -EINVAL
  setRealtime(task.kernel, time.seconds, time.nanoseconds)
  return 0
}

/** clock_gettime(2). Natively the vDSO answers most of these without a call. */
export const clockGettime = /* @__PURE__ */ defineSyscall('clock_gettime', { args: [['which_clock', clockId], ['tp', timespecOut]], level: 'full', run: (task, id, out) => gettime(task, id, out, 64) })
/** clock_gettime(2) of 32-bit programs with 32-bit times. */
export const clockGettime32 = /* @__PURE__ */ defineSyscall('clock_gettime32', { args: [['which_clock', clock], ['tp', old32Out]], level: 'full', run: (task, id, out) => gettime(task, id, out, 32) })
/** clock_getres(2). */
export const clockGetres = /* @__PURE__ */ defineSyscall('clock_getres', { args: [['which_clock', clockId], ['tp', timespecOut]], level: 'full', run: (task, id, out) => getres(task, id, out, 64) })
/** clock_getres(2) with 32-bit times. */
export const clockGetresTime32 = /* @__PURE__ */ defineSyscall('clock_getres_time32', { args: [['which_clock', clock], ['tp', old32Out]], level: 'full', run: (task, id, out) => getres(task, id, out, 32) })
/** clock_settime(2). */
export const clockSettime = /* @__PURE__ */ defineSyscall('clock_settime', { args: [['which_clock', clockId], ['tp', timespecIn]], level: 'full', run: (task, id, time) => settime(task, id, time, 64) })
/** clock_settime(2) with 32-bit times. */
export const clockSettime32 = /* @__PURE__ */ defineSyscall('clock_settime32', { args: [['which_clock', clock], ['tp', old32In]], level: 'full', run: (task, id, time) => settime(task, id, time, 32) })

const zoneOut = /* @__PURE__ */ pointer('struct timezone', 'out')
const zoneIn = /* @__PURE__ */ pointer('struct timezone', 'in')

/** Linux: do_sys_settimeofday's time zone; the machine's is UTC. */
function gettimeofdayOf(task: Task, out: number, zone: number, width: TimeWidth): number {
  if (out !== 0) {
    const { seconds, nanoseconds } = task.kernel.realtime()
    if (putPair(task, out, seconds, Math.floor(nanoseconds / 1000), width) !== 0) return -EFAULT
  }
  return zone === 0 ? 0 : task.memory.putU64(zone, task.kernel.timeZone.minutesWest, task.kernel.timeZone.dstTime)
}

function settimeofdayOf(task: Task, time: number, zone: number, width: TimeWidth): number {
  let wanted: UserTimespec | null = null
  if (time !== 0) {
    const pair = takePair(task, time, width)
    if (pair === null) return -EFAULT
    if (pair[1] > 1_000_000 || pair[1] < 0) return -EINVAL
    wanted = { seconds: pair[0], nanoseconds: pair[1] * 1000 }
  }
  const next = { minutesWest: 0, dstTime: 0 }
  if (zone !== 0) {
    const bytes = new Uint8Array(8)
    if (task.memory.copyFrom(zone, bytes) < 8) return -EFAULT
    const view = new DataView(bytes.buffer)
    next.minutesWest = view.getInt32(0, true)
    next.dstTime = view.getInt32(4, true)
  }
  if (wanted !== null && !isValid(wanted)) return -EINVAL
  if (!capable(task.creds, CAP_SYS_TIME)) return -EPERM
  if (zone !== 0) {
    if (next.minutesWest > 15 * 60 || next.minutesWest < -15 * 60) return -EINVAL
    task.kernel.timeZone = next
  }
  return wanted === null ? 0 : setTime(task, wanted)
}

/** gettimeofday(2). */
export const gettimeofday = /* @__PURE__ */ defineSyscall('gettimeofday', { args: [['tv', /* @__PURE__ */ pointer('struct __kernel_old_timeval', 'out')], ['tz', zoneOut]], level: 'full', run: (task, time, zone) => gettimeofdayOf(task, time, zone, 64) })
/** gettimeofday(2) of 32-bit programs. */
export const compatGettimeofday = /* @__PURE__ */ defineSyscall('compat_sys_gettimeofday', { args: [['tv', /* @__PURE__ */ pointer('struct old_timeval32', 'out')], ['tz', zoneOut]], level: 'full', run: (task, time, zone) => gettimeofdayOf(task, time, zone, 32) })
/** settimeofday(2). */
export const settimeofday = /* @__PURE__ */ defineSyscall('settimeofday', { args: [['tv', /* @__PURE__ */ pointer('struct __kernel_old_timeval', 'in')], ['tz', zoneIn]], level: 'full', run: (task, time, zone) => settimeofdayOf(task, time, zone, 64) })
/** settimeofday(2) of 32-bit programs. */
export const compatSettimeofday = /* @__PURE__ */ defineSyscall('compat_sys_settimeofday', { args: [['tv', /* @__PURE__ */ pointer('struct old_timeval32', 'in')], ['tz', zoneIn]], level: 'full', run: (task, time, zone) => settimeofdayOf(task, time, zone, 32) })

/** time(2). */
export const time = /* @__PURE__ */ defineSyscall('time', {
  args: [['tloc', /* @__PURE__ */ pointer('__kernel_old_time_t', 'out')]],
  level: 'full',
  run(task, out) {
    const { seconds } = task.kernel.realtime()
    return out !== 0 && task.memory.putU64(out, seconds, Math.floor(seconds / 4294967296)) !== 0 ? -EFAULT : seconds
  },
})

/** time(2) of 32-bit programs. */
export const time32 = /* @__PURE__ */ defineSyscall('time32', {
  args: [['tloc', /* @__PURE__ */ pointer('old_time32_t', 'out')]],
  level: 'full',
  run(task, out) {
    const { seconds } = task.kernel.realtime()
    return out !== 0 && task.memory.putU32(out, seconds) !== 0 ? -EFAULT : seconds | 0
  },
})

/** stime(2) of 32-bit programs. */
export const stime32 = /* @__PURE__ */ defineSyscall('stime32', {
  args: [['tptr', /* @__PURE__ */ pointer('old_time32_t', 'in')]],
  level: 'full',
  run(task, address) {
    const seconds = task.memory.getU32(address)
    return seconds < 0 ? -EFAULT : setTime(task, { seconds: seconds | 0, nanoseconds: 0 })
  },
})

