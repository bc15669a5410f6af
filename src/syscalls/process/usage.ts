import { EFAULT, EINVAL } from '../../abi/errno.js'
import { RUSAGE } from '../../abi/flags/limits.js'
import { writeStruct } from '../../abi/structs/layout.js'
import { RUSAGE_ILP32, RUSAGE_LP64, SYSINFO_ILP32, SYSINFO_LP64 } from '../../abi/structs/process.js'
import { TMS_ILP32, TMS_LP64 } from '../../abi/structs/time.js'
import { groupTimes } from '../../kernel/cpu-timers.js'
import type { Task } from '../../kernel/task.js'
import { enumeration } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const who = /* @__PURE__ */ enumeration('rusage', { RUSAGE_SELF: RUSAGE.RUSAGE_SELF, RUSAGE_CHILDREN: RUSAGE.RUSAGE_CHILDREN, RUSAGE_THREAD: RUSAGE.RUSAGE_THREAD })
/** Nanoseconds of a clock tick as times(2) counts (USER_HZ 100). */
const USER_TICK = 1e7

/** Time of a process: its own tasks, or its children that were waited for. */
export function processTimes(task: Task, children: boolean): { user: number; system: number } {
  if (children) return task.group.childTimes
  return groupTimes(task.group)
}

/** struct rusage of a program's width as bytes. */
export function rusageBytes(user: number, system: number, maxRss: number, is64: boolean): Uint8Array {
  const layout = is64 ? RUSAGE_LP64 : RUSAGE_ILP32
  const view = new DataView(new ArrayBuffer(layout.size))
  writeStruct(is64 ? RUSAGE_LP64 : RUSAGE_ILP32, view, 0, {
    ru_utime_tv_sec: Math.floor(user / 1e9), ru_utime_tv_usec: Math.floor((user % 1e9) / 1000),
    ru_stime_tv_sec: Math.floor(system / 1e9), ru_stime_tv_usec: Math.floor((system % 1e9) / 1000), ru_maxrss: maxRss,
  })
  return new Uint8Array(view.buffer)
}

function getrusageOf(task: Task, which: number, out: number, is64: boolean): number {
  if (which !== RUSAGE.RUSAGE_SELF && which !== RUSAGE.RUSAGE_CHILDREN && which !== RUSAGE.RUSAGE_THREAD) return -EINVAL
  const { user, system } = which === RUSAGE.RUSAGE_THREAD ? { user: task.userTime, system: task.systemTime } : processTimes(task, which === RUSAGE.RUSAGE_CHILDREN)
  const bytes = rusageBytes(user, system, which === RUSAGE.RUSAGE_CHILDREN ? 0 : task.kernel.memory.used * 4, is64)
  return task.memory.copyTo(out, bytes) < bytes.length ? -EFAULT : 0
}

/** getrusage(2). */
export const getrusage = /* @__PURE__ */ defineSyscall('getrusage', { args: [['who', who], ['ru', /* @__PURE__ */ pointer('struct rusage', 'out')]], note: 'faults and switches are not counted', run: (task, which, out) => getrusageOf(task, which, out, true) })
/** getrusage(2) of 32-bit programs. */
export const compatGetrusage = /* @__PURE__ */ defineSyscall('compat_sys_getrusage', { args: [['who', who], ['ru', /* @__PURE__ */ pointer('struct compat_rusage', 'out')]], note: 'faults and switches are not counted', run: (task, which, out) => getrusageOf(task, which, out, false) })

function timesOf(task: Task, out: number, is64: boolean): number {
  if (out !== 0) {
    const own = processTimes(task, false)
    const children = processTimes(task, true)
    const layout = is64 ? TMS_LP64 : TMS_ILP32
    const view = new DataView(new ArrayBuffer(layout.size))
    const ticks = (ns: number): number => Math.floor(ns / USER_TICK)
    writeStruct(is64 ? TMS_LP64 : TMS_ILP32, view, 0, { tms_utime: ticks(own.user), tms_stime: ticks(own.system), tms_cutime: ticks(children.user), tms_cstime: ticks(children.system) })
    if (task.memory.copyTo(out, new Uint8Array(view.buffer)) < layout.size) return -EFAULT
  }
  // counts from 5 minutes before the machine started, as INITIAL_JIFFIES makes it on Linux
  return Math.floor(task.kernel.clock.monotonic() / USER_TICK) + 429_466_730
}

/** times(2). */
export const times = /* @__PURE__ */ defineSyscall('times', { args: [['tbuf', /* @__PURE__ */ pointer('struct tms', 'out')]], level: 'full', run: (task, out) => timesOf(task, out, true) })
/** times(2) of 32-bit programs. */
export const compatTimes = /* @__PURE__ */ defineSyscall('compat_sys_times', { args: [['tbuf', /* @__PURE__ */ pointer('struct compat_tms', 'out')]], level: 'full', run: (task, out) => timesOf(task, out, false) | 0 })

function sysinfoOf(task: Task, out: number, is64: boolean): number {
  const { kernel } = task
  const layout = is64 ? SYSINFO_LP64 : SYSINFO_ILP32
  const view = new DataView(new ArrayBuffer(layout.size))
  const free = kernel.memory.total - kernel.memory.used
  writeStruct(is64 ? SYSINFO_LP64 : SYSINFO_ILP32, view, 0, {
    uptime: Math.floor(kernel.clock.monotonic() / 1e9), totalram: kernel.memory.total * 4096, freeram: free * 4096, procs: kernel.tasks.size, mem_unit: 1,
  })
  return task.memory.copyTo(out, new Uint8Array(view.buffer)) < layout.size ? -EFAULT : 0
}

/** sysinfo(2). */
export const sysinfo = /* @__PURE__ */ defineSyscall('sysinfo', { args: [['info', /* @__PURE__ */ pointer('struct sysinfo', 'out')]], level: 'full', run: (task, out) => sysinfoOf(task, out, true) })
/** sysinfo(2) of 32-bit programs. */
export const compatSysinfo = /* @__PURE__ */ defineSyscall('compat_sys_sysinfo', { args: [['info', /* @__PURE__ */ pointer('struct compat_sysinfo', 'out')]], level: 'full', run: (task, out) => sysinfoOf(task, out, false) })
