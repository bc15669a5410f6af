import { EACCES, EINVAL, EPERM, ESRCH } from '../../abi/errno.js'
import type { Task } from '../../kernel/task.js'
import type { ThreadGroup } from '../../kernel/thread-group.js'
import { pid } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

/** A process by the pid of its leader. */
function groupOf(task: Task, id: number): ThreadGroup | undefined {
  if (id === 0) return task.group
  const found = task.kernel.tasks.get(id)
  return found?.group
}

/** getpid(2). */
export const getpid = /* @__PURE__ */ defineSyscall('getpid', { args: [], level: 'full', run: (task) => task.group.tgid })
/** gettid(2). */
export const gettid = /* @__PURE__ */ defineSyscall('gettid', { args: [], level: 'full', run: (task) => task.pid })
/** getppid(2): 0 for a process without a parent inside. */
export const getppid = /* @__PURE__ */ defineSyscall('getppid', { args: [], level: 'full', run: (task) => task.group.parentPid })
/** getpgrp(2). */
export const getpgrp = /* @__PURE__ */ defineSyscall('getpgrp', { args: [], level: 'full', run: (task) => task.group.pgid })
/** getpgid(2). */
export const getpgid = /* @__PURE__ */ defineSyscall('getpgid', { args: [['pid', pid]], level: 'full', run: (task, id) => groupOf(task, id)?.pgid ?? -ESRCH })
/** getsid(2). */
export const getsid = /* @__PURE__ */ defineSyscall('getsid', { args: [['pid', pid]], level: 'full', run: (task, id) => groupOf(task, id)?.sid ?? -ESRCH })

/** setsid(2). Linux: ksys_setsid. */
export const setsid = /* @__PURE__ */ defineSyscall('setsid', {
  args: [],
  level: 'full',
  run(task) {
    const { group, kernel } = task
    for (const other of kernel.tasks.values()) if (other.group.pgid === group.tgid) return -EPERM
    group.sid = group.tgid
    group.pgid = group.tgid
    return group.tgid
  },
})

/** setpgid(2). Linux: kernel/sys.c. */
export const setpgid = /* @__PURE__ */ defineSyscall('setpgid', {
  args: [['pid', pid], ['pgid', pid]],
  level: 'full',
  run(task, id, pgidOrZero) {
    const { group, kernel } = task
    const target = kernel.tasks.get(id === 0 ? group.tgid : id)
    const pgid = pgidOrZero === 0 ? (id === 0 ? group.tgid : id) : pgidOrZero
    if (pgid < 0) return -EINVAL
    if (target === undefined) return -ESRCH
    if (target !== target.group.leader) return -EINVAL
    if (target.group.parent === group && target.group !== group) {
      if (target.group.sid !== group.sid) return -EPERM
      if (target.group.execed) return -EACCES
    } else if (target.group !== group) return -ESRCH
    if (target.group.sid === target.group.tgid) return -EPERM
    if (pgid !== target.group.tgid && ![...kernel.tasks.values()].some((t) => t.group.pgid === pgid && t.group.sid === group.sid)) return -EPERM
    target.group.pgid = pgid
    return 0
  },
})

/** set_tid_address(2): the word that exit clears and wakes. */
export const setTidAddress = /* @__PURE__ */ defineSyscall('set_tid_address', {
  args: [['tidptr', /* @__PURE__ */ pointer('int', 'out')]],
  level: 'full',
  run(task, address) {
    task.clearChildTid = address
    return task.pid
  },
})
