import { EFAULT, EINVAL, ENXIO, EPERM } from '../../abi/errno.js'
import { SCHED_FLAGS } from '../../abi/flags/clone.js'
import { PR_CAP_AMBIENT, PR_TSC, PRCTL, SECUREBITS } from '../../abi/flags/prctl.js'
import { SIGNAL_LIMITS } from '../../abi/flags/signals.js'
import { byteString, bytesOf } from '../../base/bytes.js'
import { capable, type Creds } from '../../kernel/creds.js'
import type { Task } from '../../kernel/task.js'
import { address, enumeration } from '../codecs.js'
import { defineSyscall } from '../define.js'
import { isRealtime } from './schedule.js'

const CAP_SETPCAP = 8
const CAP_LAST = 40
const SECURE_ALL_BITS = 0x55
const option = /* @__PURE__ */ enumeration('prctl', PRCTL)

const hasCap = (set: readonly [number, number], cap: number): boolean => (set[cap >> 5 === 0 ? 0 : 1] & (1 << (cap & 31))) !== 0
const withCap = (set: readonly [number, number], cap: number, on: boolean): [number, number] => {
  const bit = 1 << (cap & 31)
  const words: [number, number] = [set[0], set[1]]
  const i = cap >> 5 === 0 ? 0 : 1
  words[i] = on ? words[i] | bit : words[i] & ~bit
  return words
}

function setName(task: Task, at: number): number {
  const name = task.memory.string(at, 16)
  if (typeof name === 'number' && name === -EFAULT) return -EFAULT
  if (typeof name === 'string') task.comm = name.slice(0, 15)
  else {
    const bytes = new Uint8Array(15)
    task.memory.copyFrom(at, bytes)
    task.comm = byteString(bytes)
  }
  return 0
}

function getName(task: Task, at: number): number {
  const bytes = new Uint8Array(16)
  bytes.set(bytesOf(task.comm))
  return task.memory.copyTo(at, bytes) < 16 ? -EFAULT : 0
}

function ambient(task: Task, what: number, cap: number): number {
  const { creds } = task
  if (what === PR_CAP_AMBIENT.PR_CAP_AMBIENT_CLEAR_ALL) {
    if (cap !== 0) return -EINVAL
    task.creds = { ...creds, ambient: [0, 0] }
    return 0
  }
  if (cap < 0 || cap > CAP_LAST) return -EINVAL
  if (what === PR_CAP_AMBIENT.PR_CAP_AMBIENT_IS_SET) return hasCap(creds.ambient, cap) ? 1 : 0
  if (what !== PR_CAP_AMBIENT.PR_CAP_AMBIENT_RAISE && what !== PR_CAP_AMBIENT.PR_CAP_AMBIENT_LOWER) return -EINVAL
  const raise = what === PR_CAP_AMBIENT.PR_CAP_AMBIENT_RAISE
  if (raise && (!hasCap(creds.permitted, cap) || !hasCap(creds.inheritable, cap) || (creds.securebits & SECUREBITS.SECBIT_NO_CAP_AMBIENT_RAISE) !== 0)) return -EPERM
  task.creds = { ...creds, ambient: withCap(creds.ambient, cap, raise) }
  return 0
}

/** Linux: cap_task_prctl's PR_SET_SECUREBITS. */
function setSecurebits(task: Task, bits: number): number {
  const { creds } = task
  const locks = creds.securebits & (SECURE_ALL_BITS << 1)
  const changedLocked = ((locks >> 1) & (creds.securebits ^ bits)) !== 0
  if (changedLocked || (locks & ~bits) !== 0 || (bits & ~(SECURE_ALL_BITS | (SECURE_ALL_BITS << 1))) !== 0 || !capable(creds, CAP_SETPCAP)) return -EPERM
  return update(task, { securebits: bits })
}

function update(task: Task, change: Partial<Creds>): number {
  task.creds = { ...task.creds, ...change }
  return 0
}

/** Options that keep a number for the task. */
function flagOption(task: Task, which: number, a: number, rest: boolean): number | null {
  const { group } = task
  switch (which) {
    case PRCTL.PR_GET_DUMPABLE: return group.dumpable
    case PRCTL.PR_SET_DUMPABLE:
      if (a !== 0 && a !== 1) return -EINVAL
      group.dumpable = a
      return 0
    case PRCTL.PR_GET_KEEPCAPS: return (task.creds.securebits & SECUREBITS.SECBIT_KEEP_CAPS) !== 0 ? 1 : 0
    case PRCTL.PR_SET_KEEPCAPS:
      if (a > 1 || a < 0) return -EINVAL
      if ((task.creds.securebits & SECUREBITS.SECBIT_KEEP_CAPS_LOCKED) !== 0) return -EPERM
      return update(task, { securebits: a === 1 ? task.creds.securebits | SECUREBITS.SECBIT_KEEP_CAPS : task.creds.securebits & ~SECUREBITS.SECBIT_KEEP_CAPS })
    case PRCTL.PR_SET_CHILD_SUBREAPER:
      group.subreaper = a !== 0
      return 0
    case PRCTL.PR_SET_NO_NEW_PRIVS: return a !== 1 || rest ? -EINVAL : update(task, { noNewPrivs: true })
    case PRCTL.PR_GET_NO_NEW_PRIVS: return a !== 0 || rest ? -EINVAL : task.creds.noNewPrivs ? 1 : 0
    case PRCTL.PR_SET_THP_DISABLE: return rest ? -EINVAL : ((group.thpDisabled = a !== 0), 0)
    case PRCTL.PR_GET_THP_DISABLE: return a !== 0 || rest ? -EINVAL : group.thpDisabled ? 1 : 0
    case PRCTL.PR_SET_TIMERSLACK:
      if (!isRealtime(task.policy & ~SCHED_FLAGS.SCHED_RESET_ON_FORK)) task.timerSlack = a <= 0 ? task.defaultTimerSlack : a
      return 0
    case PRCTL.PR_GET_TIMERSLACK: return task.timerSlack
    case PRCTL.PR_GET_TIMING: return 0
    case PRCTL.PR_SET_TIMING: return a === 0 ? 0 : -EINVAL
    default: return null
  }
}

/** Options that read or write user memory. */
function pointerOption(task: Task, which: number, a: number): number | null {
  switch (which) {
    case PRCTL.PR_SET_PDEATHSIG:
      if (a < 0 || a > SIGNAL_LIMITS._NSIG) return -EINVAL
      task.parentDeathSignal = a
      return 0
    case PRCTL.PR_GET_PDEATHSIG: return task.memory.putU32(a, task.parentDeathSignal)
    case PRCTL.PR_SET_NAME: return setName(task, a)
    case PRCTL.PR_GET_NAME: return getName(task, a)
    case PRCTL.PR_GET_CHILD_SUBREAPER: return task.memory.putU32(a, task.group.subreaper ? 1 : 0)
    case PRCTL.PR_GET_TSC: return task.memory.putU32(a, PR_TSC.PR_TSC_ENABLE)
    case PRCTL.PR_GET_TID_ADDRESS: return task.memory.putU64(a, task.clearChildTid, Math.floor(task.clearChildTid / 4294967296))
    default: return null
  }
}

/** prctl(2). Linux: kernel/sys.c, security/commoncap.c. */
export const prctl = /* @__PURE__ */ defineSyscall('prctl', {
  args: [['option', option], ['arg2', address], ['arg3', address], ['arg4', address], ['arg5', address]],
  note: 'PR_SET_MM, PR_SET_SECCOMP, PR_SET_TSC to SIGSEGV, speculation control, PR_SET_VMA and what other architectures have give -EINVAL',
  run(task, which, a, b, c, d) {
    const rest = b !== 0 || c !== 0 || d !== 0
    const kept = flagOption(task, which, a, rest) ?? pointerOption(task, which, a)
    if (kept !== null) return kept
    switch (which) {
      case PRCTL.PR_GET_SECCOMP: return 0
      case PRCTL.PR_CAPBSET_READ: return a >= 0 && a <= CAP_LAST ? (hasCap(task.creds.bounding, a) ? 1 : 0) : -EINVAL
      case PRCTL.PR_CAPBSET_DROP:
        if (!capable(task.creds, CAP_SETPCAP)) return -EPERM
        return a >= 0 && a <= CAP_LAST ? update(task, { bounding: withCap(task.creds.bounding, a, false) }) : -EINVAL
      case PRCTL.PR_GET_SECUREBITS: return task.creds.securebits
      case PRCTL.PR_SET_SECUREBITS: return setSecurebits(task, a)
      case PRCTL.PR_CAP_AMBIENT: return c !== 0 || d !== 0 ? -EINVAL : ambient(task, a, b)
      case PRCTL.PR_SET_TSC: return a === PR_TSC.PR_TSC_ENABLE ? 0 : -EINVAL
      case PRCTL.PR_MCE_KILL_GET: return a !== 0 || rest ? -EINVAL : 2
      case PRCTL.PR_GET_SPECULATION_CTRL: return c !== 0 || d !== 0 || b !== 0 ? -EINVAL : -ENXIO
      default: return -EINVAL
    }
  },
})
