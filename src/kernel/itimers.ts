import { SIGNALS, SI_CODES } from '../abi/flags/signals.js'
import { isCpuClock, runCpuTimers } from './cpu-timers.js'
import type { Kernel } from './kernel.js'
import type { Service, Subsystem } from './ports/subsystem.js'
import type { Token } from './ports/token.js'
import type { Task } from './task.js'
import type { ThreadGroup } from './thread-group.js'
import { forward, type Timer } from './timers.js'

/** An interval timer: next expiry and period in nanoseconds, 0 when it does not run. */
export interface IntervalTimer {
  /** Monotonic for ITIMER_REAL, CPU time for the other two. */
  expires: number
  interval: number
}

/** A process's interval timers and POSIX timers: `task.timers`. Linux: signal_struct's it[] and posix_timers. */
export interface ProcessTimers {
  readonly real: IntervalTimer
  readonly virtual: IntervalTimer
  readonly prof: IntervalTimer
  /** By timer id. */
  readonly posix: Map<number, PosixTimer>
  nextId: number
  /** How many of them count CPU time. */
  cpuTimers: number
  /** The kernel timer of `real`. */
  handle: Timer | null
}

/** A POSIX timer. Linux: struct k_itimer. */
export interface PosixTimer {
  readonly id: number
  readonly clock: number
  /** The task that made it: whose time a thread's CPU clock counts. */
  readonly thread: number
  /** SIGEV_SIGNAL 0, SIGEV_NONE 1, SIGEV_THREAD_ID 4. */
  readonly notify: number
  readonly signo: number
  readonly valueLow: number
  readonly valueHigh: number
  /** Task for SIGEV_THREAD_ID, else 0. */
  readonly tid: number
  expires: number
  interval: number
  overrun: number
  lastOverrun: number
  handle: Timer | null
}

/** Token of a process's timers. */
export const timers: Token<'timers', ProcessTimers> = { key: 'timers' }

const CLONE_THREAD = 0x10000

/** Timers of processes: alarm, setitimer, timer_create. */
export function createTimers(): Subsystem<'timers', ProcessTimers> {
  return { key: 'timers', version: 1, create }
}

function create(kernel: Kernel): Service<ProcessTimers> {
  const byGroup = new Map<ThreadGroup, ProcessTimers>()
  const groupOf = (tgid: number): [ThreadGroup, ProcessTimers] | null => {
    const group = kernel.tasks.get(tgid)?.group
    const own = group === undefined ? undefined : byGroup.get(group)
    return group === undefined || own === undefined ? null : [group, own]
  }
  kernel.timers.handle('itimer', (tgid) => {
    const found = groupOf(tgid)
    if (found === null) return
    const [group, own] = found
    own.handle = null
    if (own.real.interval > 0) {
      own.real.expires = forward(own.real.expires, own.real.interval, kernel.clock.monotonic()).at
      own.handle = kernel.timers.add(own.real.expires, 'itimer', tgid)
    } else own.real.expires = 0
    kernel.signals?.sendProcess(group.leader, { signo: SIGNALS.SIGALRM, code: SI_CODES.SI_KERNEL })
  })
  kernel.onCpuTime = (task) => {
    const own = byGroup.get(task.group)
    if (own !== undefined) runCpuTimers(kernel, task, own, (timer, overrun) => sendPosix(kernel, task.group, timer, overrun))
  }
  kernel.timers.handle('posix-timer', (key) => firePosix(kernel, groupOf(key >>> 12), key & 0xfff))
  return {
    saving: () => ({ filled: { byGroup } }),
    attach(task, _parent, flags) {
      const shared = (flags & CLONE_THREAD) !== 0 ? byGroup.get(task.group) : undefined
      const own: ProcessTimers = shared ?? { real: { expires: 0, interval: 0 }, virtual: { expires: 0, interval: 0 }, prof: { expires: 0, interval: 0 }, posix: new Map(), nextId: 0, cpuTimers: 0, handle: null }
      byGroup.set(task.group, own)
      return own
    },
    exec(task) {
      removePosix(kernel, byGroup.get(task.group)!)
    },
    exit(task) {
      const own = byGroup.get(task.group)
      if (own === undefined || task.group.tasks.some((t) => t !== task && t.state !== 'zombie' && t.state !== 'dead')) return
      if (own.handle !== null) kernel.timers.cancel(own.handle)
      removePosix(kernel, own)
      byGroup.delete(task.group)
    },
  }
}

function removePosix(kernel: Kernel, own: ProcessTimers): void {
  for (const timer of own.posix.values()) if (timer.handle !== null) kernel.timers.cancel(timer.handle)
  own.posix.clear()
  own.cpuTimers = 0
}

/** Starts a POSIX timer's kernel timer, unless it counts CPU time. At most 4096 per process, so that its key holds pid and id. */
export function armPosix(kernel: Kernel, task: Task, timer: PosixTimer): void {
  if (!isCpuClock(timer.clock)) timer.handle = kernel.timers.add(timer.expires, 'posix-timer', (task.tgid << 12) | timer.id)
}

/** Linux: posix_timer_fn, posixtimer_send_sigqueue: a pending signal counts overruns instead of coming twice. */
function firePosix(kernel: Kernel, found: [ThreadGroup, ProcessTimers] | null, id: number): void {
  const timer = found?.[1].posix.get(id)
  if (found === null || timer === undefined) return
  const [group] = found
  timer.handle = null
  let overrun = 0
  if (timer.interval > 0) {
    const next = forward(timer.expires, timer.interval, kernel.clock.monotonic())
    overrun = next.missed
    timer.expires = next.at
    armPosix(kernel, group.leader, timer)
  } else timer.expires = 0
  sendPosix(kernel, group, timer, overrun)
}

function sendPosix(kernel: Kernel, group: ThreadGroup, timer: PosixTimer, overrun: number): void {
  timer.lastOverrun = overrun
  if (timer.notify === 1) return
  const target = timer.notify === 4 ? kernel.tasks.get(timer.tid) : group.leader
  if (target === undefined) return
  const info = { signo: timer.signo, code: SI_CODES.SI_TIMER, timer: timer.id, overrun, valueLow: timer.valueLow, valueHigh: timer.valueHigh }
  if (timer.notify === 4) kernel.signals?.sendTask(target, info)
  else kernel.signals?.sendProcess(target, info)
}
