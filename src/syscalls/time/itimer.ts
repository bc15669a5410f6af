import { EFAULT, EINVAL } from '../../abi/errno.js'
import { ITIMER } from '../../abi/flags/time.js'
import { groupTimes } from '../../kernel/cpu-timers.js'
import { timers, type IntervalTimer, type ProcessTimers } from '../../kernel/itimers.js'
import type { Task } from '../../kernel/task.js'
import { enumeration, uint } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import type { TimeWidth } from './timespec.js'

const which = /* @__PURE__ */ enumeration('itimer', ITIMER)
const itimerIn = /* @__PURE__ */ pointer('struct __kernel_old_itimerval', 'in')
const itimerOut = /* @__PURE__ */ pointer('struct __kernel_old_itimerval', 'out')
const old32In = /* @__PURE__ */ pointer('struct old_itimerval32', 'in')
const old32Out = /* @__PURE__ */ pointer('struct old_itimerval32', 'out')

type TimerTask = Task & { readonly timers: ProcessTimers }
interface Setting {
  readonly value: number
  readonly interval: number
}

/** Now, by what the timer counts: real time, user time, or user and system time. */
function clockOf(task: TimerTask, timer: IntervalTimer): number {
  if (timer === task.timers.real) return task.kernel.clock.monotonic()
  const { user, system } = groupTimes(task.group)
  return timer === task.timers.virtual ? user : user + system
}

/** What is left and the period, in nanoseconds. A timer that is about to fire shows at least a microsecond. */
function current(task: TimerTask, timer: IntervalTimer): Setting {
  return { value: timer.expires === 0 ? 0 : Math.max(1000, timer.expires - clockOf(task, timer)), interval: timer.interval }
}

function select(task: TimerTask, kind: number): IntervalTimer | null {
  return kind === ITIMER.ITIMER_REAL ? task.timers.real : kind === ITIMER.ITIMER_VIRTUAL ? task.timers.virtual : kind === ITIMER.ITIMER_PROF ? task.timers.prof : null
}

function arm(task: TimerTask, timer: IntervalTimer, next: Setting): void {
  const { kernel } = task
  timer.interval = next.interval
  timer.expires = next.value === 0 ? 0 : clockOf(task, timer) + next.value
  if (timer !== task.timers.real) return
  if (task.timers.handle !== null) kernel.timers.cancel(task.timers.handle)
  task.timers.handle = timer.expires === 0 ? null : kernel.timers.add(timer.expires, 'itimer', task.tgid)
}

function put(task: Task, address: number, setting: Setting, width: TimeWidth): number {
  const words = [Math.floor(setting.interval / 1e9), Math.floor((setting.interval % 1e9) / 1000), Math.floor(setting.value / 1e9), Math.floor((setting.value % 1e9) / 1000)]
  const view = new DataView(new ArrayBuffer(width / 2))
  words.forEach((word, i) => (width === 64 ? view.setBigInt64(8 * i, BigInt(word), true) : view.setInt32(4 * i, word, true)))
  return task.memory.copyTo(address, new Uint8Array(view.buffer)) < view.byteLength ? -EFAULT : 0
}

/** Null: it cannot be read. -EINVAL: it is no time. */
function take(task: Task, address: number, width: TimeWidth): Setting | number {
  const bytes = new Uint8Array(width / 2)
  if (task.memory.copyFrom(address, bytes) < bytes.length) return -EFAULT
  const view = new DataView(bytes.buffer)
  const word = (i: number): number => (width === 64 ? view.getInt32(8 * i + 4, true) * 4294967296 + view.getUint32(8 * i, true) : view.getInt32(4 * i, true))
  const valid = (seconds: number, micros: number): boolean => seconds >= 0 && micros >= 0 && micros < 1_000_000
  if (!valid(word(0), word(1)) || !valid(word(2), word(3))) return -EINVAL
  return { interval: word(0) * 1e9 + word(1) * 1000, value: word(2) * 1e9 + word(3) * 1000 }
}

function getitimerOf(task: TimerTask, kind: number, out: number, width: TimeWidth): number {
  const timer = select(task, kind)
  return timer === null ? -EINVAL : put(task, out, current(task, timer), width)
}

function setitimerOf(task: TimerTask, kind: number, value: number, old: number, width: TimeWidth): number {
  const next = value === 0 ? { value: 0, interval: 0 } : take(task, value, width) // NULL has always meant zeros
  if (typeof next === 'number') return next
  const timer = select(task, kind)
  if (timer === null) return -EINVAL
  const before = current(task, timer)
  arm(task, timer, next)
  return old === 0 ? 0 : put(task, old, before, width)
}

/** getitimer(2). */
export const getitimer = /* @__PURE__ */ defineSyscall('getitimer', { args: [['which', which], ['value', itimerOut]], uses: [timers], level: 'full', run: (task, kind, out) => getitimerOf(task, kind, out, 64) })
/** getitimer(2) of 32-bit programs. */
export const compatGetitimer = /* @__PURE__ */ defineSyscall('compat_sys_getitimer', { args: [['which', which], ['value', old32Out]], uses: [timers], level: 'full', run: (task, kind, out) => getitimerOf(task, kind, out, 32) })
/** setitimer(2). */
export const setitimer = /* @__PURE__ */ defineSyscall('setitimer', { args: [['which', which], ['value', itimerIn], ['ovalue', itimerOut]], uses: [timers], level: 'full', run: (task, kind, value, old) => setitimerOf(task, kind, value, old, 64) })
/** setitimer(2) of 32-bit programs. */
export const compatSetitimer = /* @__PURE__ */ defineSyscall('compat_sys_setitimer', { args: [['which', which], ['value', old32In], ['ovalue', old32Out]], uses: [timers], level: 'full', run: (task, kind, value, old) => setitimerOf(task, kind, value, old, 32) })

/** alarm(2): seconds left of the one before, rounded, at least 1 while it runs. Linux: alarm_setitimer. */
export const alarm = /* @__PURE__ */ defineSyscall('alarm', {
  args: [['seconds', uint]],
  uses: [timers],
  level: 'full',
  run(task, seconds) {
    const before = current(task, task.timers.real)
    arm(task, task.timers.real, { value: Math.min(seconds, 0x7fffffff) * 1e9, interval: 0 })
    const left = Math.floor(before.value / 1e9)
    const micros = Math.floor((before.value % 1e9) / 1000)
    return (left === 0 && micros > 0) || micros >= 500_000 ? left + 1 : left
  },
})
