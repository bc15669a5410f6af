import { RLIMIT } from '../abi/flags/limits.js'
import { SIGNALS, SI_CODES } from '../abi/flags/signals.js'
import { CLOCKS } from '../abi/flags/time.js'
import type { IntervalTimer, PosixTimer, ProcessTimers } from './itimers.js'
import type { Kernel } from './kernel.js'
import type { Task } from './task.js'
import type { ThreadGroup } from './thread-group.js'
import { forward } from './timers.js'

/** Nanoseconds that a task has used the processor. */
export function taskTime(task: Task): number {
  return task.userTime + task.systemTime
}

/** Nanoseconds of user and system time of a process, ended threads included. Linux: thread_group_cputime. */
export function groupTimes({ tasks, deadTimes }: ThreadGroup): { user: number; system: number } {
  return tasks.reduce((sum, t) => ({ user: sum.user + t.userTime, system: sum.system + t.systemTime }), { ...deadTimes })
}

/** Nanoseconds of user and system time together. */
export function groupTime(group: ThreadGroup): number {
  const { user, system } = groupTimes(group)
  return user + system
}

/** Whether a clock counts CPU time: the two fixed ones, and those that name a process (CPUCLOCK_PID). */
export function isCpuClock(clock: number): boolean {
  return clock === CLOCKS.CLOCK_PROCESS_CPUTIME_ID || clock === CLOCKS.CLOCK_THREAD_CPUTIME_ID || clock < 0
}

/** What a POSIX timer's CPU clock says, of the process or of the thread that made the timer; 0 when that has ended. */
export function cpuClockOf(kernel: Kernel, group: ThreadGroup, { clock, thread }: Pick<PosixTimer, 'clock' | 'thread'>): number {
  const perThread = clock === CLOCKS.CLOCK_THREAD_CPUTIME_ID || (clock < 0 && (clock & 4) !== 0)
  if (!perThread) return groupTime(group)
  const task = kernel.tasks.get(thread)
  return task === undefined ? 0 : taskTime(task)
}

/**
 * Fires what has come due by CPU time: ITIMER_VIRTUAL and ITIMER_PROF, POSIX timers of CPU clocks, RLIMIT_CPU.
 * Linux: run_posix_cpu_timers.
 *
 * @param fire sends a POSIX timer's signal
 */
export function runCpuTimers(kernel: Kernel, task: Task, own: ProcessTimers, fire: (timer: PosixTimer, overrun: number) => void): void {
  const { group } = task
  const limit = group.rlimits[RLIMIT.RLIMIT_CPU]!
  if (limit.soft === Infinity && own.virtual.expires === 0 && own.prof.expires === 0 && own.cpuTimers === 0) return
  const { user, system } = groupTimes(group)
  const send = (signo: number): void => void kernel.signals?.sendProcess(group.leader, { signo, code: SI_CODES.SI_KERNEL })
  if (due(own.virtual, user)) send(SIGNALS.SIGVTALRM)
  if (due(own.prof, user + system)) send(SIGNALS.SIGPROF)
  if (own.cpuTimers > 0)
    for (const timer of own.posix.values()) {
      const missed = isCpuClock(timer.clock) ? expire(timer, cpuClockOf(kernel, group, timer)) : -1
      if (missed >= 0) fire(timer, missed)
    }
  const seconds = (user + system) / 1e9
  if (seconds >= limit.hard) send(SIGNALS.SIGKILL)
  else if (seconds >= limit.soft) {
    group.rlimits[RLIMIT.RLIMIT_CPU] = { soft: Math.floor(limit.soft) + 1, hard: limit.hard } // again after each second
    send(SIGNALS.SIGXCPU)
  }
}

function due(timer: IntervalTimer, now: number): boolean {
  return timer.expires !== 0 && expire(timer, now) >= 0
}

/** Sets a timer on when it has come due; periods missed, or -1 when it is not due. */
function expire(timer: IntervalTimer, now: number): number {
  if (timer.expires === 0 || timer.expires > now) return -1
  const next = timer.interval > 0 ? forward(timer.expires, timer.interval, now) : null
  timer.expires = next?.at ?? 0
  return next?.missed ?? 0
}
