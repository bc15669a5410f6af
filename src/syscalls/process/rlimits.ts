import { EFAULT, EINVAL, EPERM, ESRCH } from '../../abi/errno.js'
import { RLIMIT } from '../../abi/flags/limits.js'
import { capable } from '../../kernel/creds.js'
import type { Task } from '../../kernel/task.js'
import type { Rlimit } from '../../kernel/thread-group.js'
import { enumeration, pid } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const CAP_SYS_RESOURCE = 24
/** sysctl fs.nr_open. */
const NR_OPEN = 1048576
const resource = /* @__PURE__ */ enumeration('rlimit', RLIMIT, 'unsigned int')
const rlimitOut = /* @__PURE__ */ pointer('struct rlimit', 'out')
const rlimitIn = /* @__PURE__ */ pointer('struct rlimit', 'in')
const rlimit64Out = /* @__PURE__ */ pointer('struct rlimit64', 'out')
const rlimit64In = /* @__PURE__ */ pointer('const struct rlimit64', 'in')
const compatRlimitOut = /* @__PURE__ */ pointer('struct compat_rlimit', 'out')
const compatRlimitIn = /* @__PURE__ */ pointer('struct compat_rlimit', 'in')

/** 64-bit words; all ones is infinity. */
function put64(task: Task, address: number, limit: Rlimit): number {
  const view = new DataView(new ArrayBuffer(16))
  for (const [at, value] of [[0, limit.soft], [8, limit.hard]] as const) {
    view.setUint32(at, value === Infinity ? 0xffffffff : value >>> 0, true)
    view.setUint32(at + 4, value === Infinity ? 0xffffffff : Math.floor(value / 4294967296), true)
  }
  return task.memory.copyTo(address, new Uint8Array(view.buffer)) < 16 ? -EFAULT : 0
}

/** 32-bit words, saturating at `most` (2^31-1 for the oldest call, else 2^32-1). */
function put32(task: Task, address: number, limit: Rlimit, most: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setUint32(0, Math.min(limit.soft, most), true)
  view.setUint32(4, Math.min(limit.hard, most), true)
  return task.memory.copyTo(address, new Uint8Array(view.buffer)) < 8 ? -EFAULT : 0
}

function take64(task: Task, address: number): Rlimit | null {
  const bytes = new Uint8Array(16)
  if (task.memory.copyFrom(address, bytes) < 16) return null
  const view = new DataView(bytes.buffer)
  const word = (at: number): number => {
    const low = view.getUint32(at, true)
    const high = view.getUint32(at + 4, true)
    return low === 0xffffffff && high === 0xffffffff ? Infinity : high * 4294967296 + low
  }
  return { soft: word(0), hard: word(8) }
}

function take32(task: Task, address: number): Rlimit | null {
  const soft = task.memory.getU32(address)
  const hard = soft < 0 ? -1 : task.memory.getU32(address + 4)
  return hard < 0 ? null : { soft: soft === 0xffffffff ? Infinity : soft, hard: hard === 0xffffffff ? Infinity : hard }
}

/** Linux: do_prlimit. */
function setLimit(task: Task, target: Task, which: number, limit: Rlimit): number {
  if (limit.soft > limit.hard) return -EINVAL
  if (which === RLIMIT.RLIMIT_NOFILE && limit.hard > NR_OPEN) return -EPERM
  const old = target.group.rlimits[which]!
  if (limit.hard > old.hard && !capable(task.creds, CAP_SYS_RESOURCE)) return -EPERM
  target.group.rlimits[which] = limit
  if (which === RLIMIT.RLIMIT_STACK) target.mm.stackLimit = limit.soft
  return 0
}

/** getrlimit(2). */
export const getrlimit = /* @__PURE__ */ defineSyscall('getrlimit', {
  args: [['resource', resource], ['rlim', rlimitOut]],
  level: 'full',
  run: (task, which, out) => (which >= 16 ? -EINVAL : put64(task, out, task.group.rlimits[which]!)),
})

/** setrlimit(2). */
export const setrlimit = /* @__PURE__ */ defineSyscall('setrlimit', {
  args: [['resource', resource], ['rlim', rlimitIn]],
  level: 'full',
  run(task, which, address) {
    const limit = take64(task, address)
    if (limit === null) return -EFAULT
    return which >= 16 ? -EINVAL : setLimit(task, task, which, limit)
  },
})

/** ugetrlimit of 32-bit programs. */
export const compatGetrlimit = /* @__PURE__ */ defineSyscall('compat_sys_getrlimit', {
  args: [['resource', resource], ['rlim', compatRlimitOut]],
  level: 'full',
  run: (task, which, out) => (which >= 16 ? -EINVAL : put32(task, out, task.group.rlimits[which]!, 0xffffffff)),
})

/** The first getrlimit of 32-bit programs: infinity is 2^31 - 1. */
export const compatOldGetrlimit = /* @__PURE__ */ defineSyscall('compat_sys_old_getrlimit', {
  args: [['resource', resource], ['rlim', compatRlimitOut]],
  level: 'full',
  run: (task, which, out) => (which >= 16 ? -EINVAL : put32(task, out, task.group.rlimits[which]!, 0x7fffffff)),
})

/** setrlimit(2) of 32-bit programs. */
export const compatSetrlimit = /* @__PURE__ */ defineSyscall('compat_sys_setrlimit', {
  args: [['resource', resource], ['rlim', compatRlimitIn]],
  level: 'full',
  run(task, which, address) {
    const limit = take32(task, address)
    if (limit === null) return -EFAULT
    return which >= 16 ? -EINVAL : setLimit(task, task, which, limit)
  },
})

/** prlimit64(2). */
export const prlimit64 = /* @__PURE__ */ defineSyscall('prlimit64', {
  args: [['pid', pid], ['resource', resource], ['new_rlim', rlimit64In], ['old_rlim', rlimit64Out]],
  level: 'full',
  run(task, id, which, newLimit, oldLimit) {
    const limit = newLimit === 0 ? null : take64(task, newLimit)
    if (newLimit !== 0 && limit === null) return -EFAULT
    const target = id === 0 ? task : task.kernel.tasks.get(id)
    if (target === undefined) return -ESRCH
    const { creds: mine } = task, { creds } = target
    const same = mine.uid === creds.euid && mine.uid === creds.suid && mine.uid === creds.uid && mine.gid === creds.egid && mine.gid === creds.sgid && mine.gid === creds.gid
    if (target !== task && !same && !capable(mine, CAP_SYS_RESOURCE)) return -EPERM
    if (which >= 16) return -EINVAL
    const old = target.group.rlimits[which]!
    const result = limit === null ? 0 : setLimit(task, target, which, limit)
    if (result !== 0) return result
    return oldLimit === 0 ? 0 : put64(task, oldLimit, old)
  },
})
