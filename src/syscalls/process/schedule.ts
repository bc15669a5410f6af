import { EACCES, EFAULT, EINVAL, EPERM, ESRCH } from '../../abi/errno.js'
import { PRIO, SCHED, SCHED_FLAGS } from '../../abi/flags/clone.js'
import { RLIMIT } from '../../abi/flags/limits.js'
import { capable } from '../../kernel/creds.js'
import type { Task } from '../../kernel/task.js'
import { enumeration, int, pid, uint } from '../codecs.js'
import { compatPid } from '../codecs-compat.js'
import { array, pointer, timespecOut } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { putNanoseconds } from '../time/timespec.js'

/** The capability to take priority. */
export const CAP_SYS_NICE = 23
const policy = /* @__PURE__ */ enumeration('sched', SCHED)
const paramIn = /* @__PURE__ */ pointer('struct sched_param', 'in')
const paramOut = /* @__PURE__ */ pointer('struct sched_param', 'out')
const maskIn = /* @__PURE__ */ array('unsigned long', 'in', -1)
const maskOut = /* @__PURE__ */ array('unsigned long', 'out', -1)
const compatMaskIn = /* @__PURE__ */ array('compat_ulong_t', 'in', -1)
const compatMaskOut = /* @__PURE__ */ array('compat_ulong_t', 'out', -1)
const prio = /* @__PURE__ */ enumeration('prio', PRIO)

/** The task of a pid, 0 for the caller; or -errno. */
export function find(task: Task, id: number): Task | number {
  if (id < 0) return -EINVAL
  return (id === 0 ? task : task.kernel.tasks.get(id)) ?? -ESRCH
}

function owns(task: Task, target: Task): boolean {
  return task.creds.euid === target.creds.euid || task.creds.euid === target.creds.uid || capable(task.creds, CAP_SYS_NICE)
}

/** sched_yield(2). */
export const schedYield = /* @__PURE__ */ defineSyscall('sched_yield', {
  args: [],
  level: 'full',
  run(task) {
    task.kernel.scheduler.needResched = true
    return 0
  },
})

function getaffinity(task: Task, id: number, length: number, out: number, word: number): number {
  if (length * 8 < task.kernel.system.cpus || length % word !== 0) return -EINVAL
  const target = find(task, id)
  if (typeof target === 'number') return target === -EINVAL ? -ESRCH : target
  const size = Math.min(length, 8)
  const mask = new Uint8Array(size)
  mask[0] = (1 << task.kernel.system.cpus) - 1
  return task.memory.copyTo(out, mask) < size ? -EFAULT : size
}

function setaffinity(task: Task, id: number, length: number, address: number): number {
  const mask = new Uint8Array(Math.min(length, 8))
  if (task.memory.copyFrom(address, mask) < mask.length) return -EFAULT
  const target = find(task, id)
  if (typeof target === 'number') return target === -EINVAL ? -ESRCH : target
  if (!owns(task, target)) return -EPERM
  return ((mask[0] ?? 0) & ((1 << task.kernel.system.cpus) - 1)) === 0 ? -EINVAL : 0
}

/** sched_getaffinity(2). */
export const schedGetaffinity = /* @__PURE__ */ defineSyscall('sched_getaffinity', { args: [['pid', pid], ['len', uint], ['user_mask_ptr', maskOut]], level: 'full', run: (task, id, length, out) => getaffinity(task, id, length, out, 8) })
/** sched_setaffinity(2): there is one CPU. */
export const schedSetaffinity = /* @__PURE__ */ defineSyscall('sched_setaffinity', { args: [['pid', pid], ['len', uint], ['user_mask_ptr', maskIn]], level: 'full', run: setaffinity })
/** sched_getaffinity(2) of 32-bit programs. */
export const compatSchedGetaffinity = /* @__PURE__ */ defineSyscall('compat_sys_sched_getaffinity', { args: [['pid', compatPid], ['len', uint], ['user_mask_ptr', compatMaskOut]], level: 'full', run: (task, id, length, out) => getaffinity(task, id, length, out, 4) })
/** sched_setaffinity(2) of 32-bit programs. */
export const compatSchedSetaffinity = /* @__PURE__ */ defineSyscall('compat_sys_sched_setaffinity', { args: [['pid', compatPid], ['len', uint], ['user_mask_ptr', compatMaskIn]], level: 'full', run: setaffinity })

/** SCHED_FIFO and SCHED_RR, which have priorities. */
export const isRealtime = (p: number): boolean => p === SCHED.SCHED_FIFO || p === SCHED.SCHED_RR
/** Policies that there are here: all but SCHED_DEADLINE. */
export const isKnown = (p: number): boolean => isRealtime(p) || p === SCHED.SCHED_NORMAL || p === SCHED.SCHED_BATCH || p === SCHED.SCHED_IDLE

/** Linux: __sched_setscheduler. The policy is kept and shown; scheduling stays round robin. */
export function setScheduler(task: Task, target: Task, wanted: number, priority: number): number {
  const reset = wanted & SCHED_FLAGS.SCHED_RESET_ON_FORK
  const bare = wanted & ~SCHED_FLAGS.SCHED_RESET_ON_FORK
  if (!isKnown(bare)) return -EINVAL
  if (priority < 0 || priority > 99 || isRealtime(bare) !== (priority !== 0)) return -EINVAL
  if (!capable(task.creds, CAP_SYS_NICE)) {
    if (!owns(task, target)) return -EPERM
    const limit = target.group.rlimits[RLIMIT.RLIMIT_RTPRIO]!.soft
    if (isRealtime(bare) && ((bare !== target.policy && limit === 0) || priority > Math.max(target.rtPriority, limit))) return -EPERM
  }
  target.policy = bare | reset
  target.rtPriority = priority
  if (isRealtime(bare)) target.timerSlack = 0
  else if (target.timerSlack === 0) target.timerSlack = target.defaultTimerSlack
  return 0
}

function takeParam(task: Task, address: number): number | null {
  const word = task.memory.getU32(address)
  return word < 0 ? null : word | 0
}

/** sched_setscheduler(2). */
export const schedSetscheduler = /* @__PURE__ */ defineSyscall('sched_setscheduler', {
  args: [['pid', pid], ['policy', policy], ['param', paramIn]],
  note: 'policies are kept, scheduling is round robin; SCHED_DEADLINE gives -EINVAL',
  run(task, id, wanted, param) {
    if (wanted < 0 || param === 0 || id < 0) return -EINVAL
    const priority = takeParam(task, param)
    if (priority === null) return -EFAULT
    const target = find(task, id)
    return typeof target === 'number' ? target : setScheduler(task, target, wanted, priority)
  },
})

/** sched_setparam(2). */
export const schedSetparam = /* @__PURE__ */ defineSyscall('sched_setparam', {
  args: [['pid', pid], ['param', paramIn]],
  note: 'as sched_setscheduler',
  run(task, id, param) {
    if (param === 0 || id < 0) return -EINVAL
    const priority = takeParam(task, param)
    if (priority === null) return -EFAULT
    const target = find(task, id)
    return typeof target === 'number' ? target : setScheduler(task, target, target.policy, priority)
  },
})

/** sched_getscheduler(2). */
export const schedGetscheduler = /* @__PURE__ */ defineSyscall('sched_getscheduler', {
  args: [['pid', pid]],
  level: 'full',
  run(task, id) {
    const target = find(task, id)
    return typeof target === 'number' ? target : target.policy
  },
})

/** sched_getparam(2). */
export const schedGetparam = /* @__PURE__ */ defineSyscall('sched_getparam', {
  args: [['pid', pid], ['param', paramOut]],
  level: 'full',
  run(task, id, out) {
    if (out === 0 || id < 0) return -EINVAL
    const target = find(task, id)
    return typeof target === 'number' ? target : task.memory.putU32(out, target.rtPriority)
  },
})

/** sched_get_priority_max(2). */
export const schedGetPriorityMax = /* @__PURE__ */ defineSyscall('sched_get_priority_max', { args: [['policy', policy]], level: 'full', run: (_task, p) => (isRealtime(p) ? 99 : isKnown(p) || p === SCHED.SCHED_DEADLINE || p === SCHED.SCHED_EXT ? 0 : -EINVAL) })
/** sched_get_priority_min(2). */
export const schedGetPriorityMin = /* @__PURE__ */ defineSyscall('sched_get_priority_min', { args: [['policy', policy]], level: 'full', run: (_task, p) => (isRealtime(p) ? 1 : isKnown(p) || p === SCHED.SCHED_DEADLINE || p === SCHED.SCHED_EXT ? 0 : -EINVAL) })

function interval(task: Task, id: number, out: number, width: 64 | 32): number {
  const target = find(task, id)
  if (typeof target === 'number') return target
  return putNanoseconds(task, out, target.policy === SCHED.SCHED_RR ? 100_000_000 : target.policy === SCHED.SCHED_FIFO ? 0 : 4_000_000, width)
}

/** sched_rr_get_interval(2). */
export const schedRrGetInterval = /* @__PURE__ */ defineSyscall('sched_rr_get_interval', { args: [['pid', pid], ['interval', timespecOut]], level: 'full', run: (task, id, out) => interval(task, id, out, 64) })
/** sched_rr_get_interval(2) with 32-bit times. */
export const schedRrGetIntervalTime32 = /* @__PURE__ */ defineSyscall('sched_rr_get_interval_time32', { args: [['pid', pid], ['interval', /* @__PURE__ */ pointer('struct old_timespec32', 'out')]], level: 'full', run: (task, id, out) => interval(task, id, out, 32) })

/** Processes that getpriority and setpriority mean. */
function selected(task: Task, which: number, id: number): Task[] | number {
  const leaders = [...task.kernel.tasks.values()]
  switch (which) {
    case PRIO.PRIO_PROCESS: {
      const one = id === 0 ? task : task.kernel.tasks.get(id)
      return one === undefined ? [] : [one]
    }
    case PRIO.PRIO_PGRP: return leaders.filter((t) => t.group.pgid === (id === 0 ? task.group.pgid : id))
    case PRIO.PRIO_USER: return leaders.filter((t) => t.creds.uid === (id === 0 ? task.creds.uid : id))
    default: return -EINVAL
  }
}

/** getpriority(2): 20 - nice, so that no result looks like an error. */
export const getpriority = /* @__PURE__ */ defineSyscall('getpriority', {
  args: [['which', prio], ['who', int]],
  level: 'full',
  run(task, which, id) {
    const tasks = selected(task, which, id)
    if (typeof tasks === 'number') return tasks
    return tasks.length === 0 ? -ESRCH : Math.max(...tasks.map((t) => 20 - t.group.nice))
  },
})

/** Linux: set_one_prio. */
function renice(task: Task, target: Task, nice: number): number {
  const { creds: mine } = task, { creds } = target
  if (creds.uid !== mine.euid && creds.euid !== mine.euid && !capable(mine, CAP_SYS_NICE)) return -EPERM
  if (nice < target.group.nice && 20 - nice > target.group.rlimits[RLIMIT.RLIMIT_NICE]!.soft && !capable(mine, CAP_SYS_NICE)) return -EACCES
  target.group.nice = nice
  return 0
}

/** setpriority(2). */
export const setpriority = /* @__PURE__ */ defineSyscall('setpriority', {
  args: [['which', prio], ['who', int], ['niceval', int]],
  level: 'full',
  run(task, which, id, value) {
    const tasks = selected(task, which, id)
    if (typeof tasks === 'number') return tasks
    if (tasks.length === 0) return -ESRCH
    const nice = Math.max(-20, Math.min(19, value))
    return tasks.map((t) => renice(task, t, nice)).find((r) => r !== 0) ?? 0
  },
})

/** nice(2). */
export const nice = /* @__PURE__ */ defineSyscall('nice', {
  args: [['increment', int]],
  level: 'full',
  run(task, increment) {
    const wanted = Math.max(-20, Math.min(19, task.group.nice + Math.max(-40, Math.min(40, increment))))
    if (increment < 0 && 20 - wanted > task.group.rlimits[RLIMIT.RLIMIT_NICE]!.soft && !capable(task.creds, CAP_SYS_NICE)) return -EPERM
    task.group.nice = wanted
    return 0
  },
})

const unsignedOut = /* @__PURE__ */ pointer('unsigned', 'out')

/** getcpu(2): the only CPU, on the only node. */
export const getcpu = /* @__PURE__ */ defineSyscall('getcpu', {
  args: [['cpup', unsignedOut], ['nodep', unsignedOut], ['unused', /* @__PURE__ */ pointer('struct getcpu_cache', 'out')]],
  level: 'full',
  run(task, cpu, node) {
    if (cpu !== 0 && task.memory.putU32(cpu, 0) !== 0) return -EFAULT
    return node !== 0 && task.memory.putU32(node, 0) !== 0 ? -EFAULT : 0
  },
})
