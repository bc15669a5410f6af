import { EAGAIN, EFAULT, EINVAL, ENOSYS, ETIMEDOUT } from '../../abi/errno.js'
import { FUTEX, FUTEX_FLAGS, FUTEX_OP, FUTEX_OP_CMP } from '../../abi/flags/futex.js'
import { futexes, type Futexes } from '../../kernel/futexes.js'
import { BLOCKED, ERESTART } from '../../kernel/results.js'
import type { Task } from '../../kernel/task.js'
import { restartLater } from '../../kernel/restart.js'
import { enumeration, u32 } from '../codecs.js'
import { pointer, timespecIn } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { lockPi, tryLockPi, unlockPi } from './futex-pi.js'
import { readClock } from '../time/clocks.js'
import { isValid, takeTimespec, toNanoseconds, type TimeWidth } from '../time/timespec.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** futex waits: when they give up (null: never), and whether the deadline was given as a span. */
    futex: { readonly deadline: number | null; readonly relative: boolean; readonly key: string; readonly bitset: number }
  }
}

const word = /* @__PURE__ */ pointer('u32', 'inout')
const operation = /* @__PURE__ */ enumeration('futex', FUTEX)
const old32In = /* @__PURE__ */ pointer('const struct old_timespec32', 'in')
const COMMAND = ~(FUTEX_FLAGS.FUTEX_PRIVATE_FLAG | FUTEX_FLAGS.FUTEX_CLOCK_REALTIME)

type FutexTask = Task & { readonly futexes: Futexes }

/** The key of a word, or -EINVAL (not aligned) or -EFAULT. Linux: get_futex_key. */
function keyOf(task: FutexTask, at: number, op: number): string | number {
  if (at % 4 !== 0) return -EINVAL
  if (!task.memory.accessOk(at, 4)) return -EFAULT
  const shared = (op & FUTEX_FLAGS.FUTEX_PRIVATE_FLAG) === 0
  if (shared && task.memory.readable(at) < 0) return -EFAULT
  return task.futexes.key(task, at, shared) ?? -EFAULT
}

/** Whether waiting on a word still makes sense is looked at once, before the first sleep: later only a waker ends it. */
function wait(task: FutexTask, at: number, op: number, value: number, timeout: { ns: number; relative: boolean } | null, bitset: number): number {
  const table = task.futexes
  const progress = task.progressOf('futex')
  if (progress === null) {
    if (bitset === 0) return -EINVAL
    const key = keyOf(task, at, op)
    if (typeof key === 'number') return key
    const now = task.memory.getU32(at)
    if (now < 0) return -EFAULT
    if (now !== value >>> 0) return -EAGAIN
    table.add({ task, key, bitset, woken: false, index: 0 })
    return sleep(task, { deadline: timeout === null ? null : timeout.ns, relative: timeout?.relative === true, key, bitset })
  }
  const mine = table.find(task)
  if (mine === undefined) {
    // restart_syscall: the word is looked at afresh
    const now = task.memory.getU32(at)
    if (now < 0) return -EFAULT
    if (now !== value >>> 0) return -EAGAIN
    table.add({ task, key: progress.key, bitset: progress.bitset, woken: false, index: 0 })
  } else if (mine.woken) {
    table.remove(task)
    return 0
  }
  return sleep(task, progress)
}

function sleep(task: FutexTask, data: { deadline: number | null; relative: boolean; key: string; bitset: number }): number {
  if (data.deadline !== null && task.kernel.clock.monotonic() >= data.deadline) {
    task.futexes.remove(task)
    return -ETIMEDOUT
  }
  const result = task.block('futex', data, [], data.deadline === null ? {} : { deadline: data.deadline })
  if (result === BLOCKED) return result
  task.futexes.remove(task)
  if (data.deadline === null) return ERESTART.sys
  return restartLater(task, 'futex', data)
}

/** futex_atomic_op_inuser: changes the word and says whether the old value compares; -EFAULT or -ENOSYS. */
function wakeOperation(task: Task, at: number, encoded: number): boolean | number {
  const op = (encoded >>> 28) & 7
  const cmp = (encoded >>> 24) & 15
  let oparg = ((encoded << 8) >> 20) | 0
  const cmparg = (encoded << 20) >> 20
  if (((encoded >>> 28) & FUTEX_OP.FUTEX_OP_OPARG_SHIFT) !== 0) oparg = 1 << (oparg & 31)
  const old = task.memory.getU32(at)
  if (old < 0) return -EFAULT
  let next: number
  switch (op) {
    case FUTEX_OP.FUTEX_OP_SET: next = oparg; break
    case FUTEX_OP.FUTEX_OP_ADD: next = old + oparg; break
    case FUTEX_OP.FUTEX_OP_OR: next = old | oparg; break
    case FUTEX_OP.FUTEX_OP_ANDN: next = old & ~oparg; break
    case FUTEX_OP.FUTEX_OP_XOR: next = old ^ oparg; break
    default: return -ENOSYS
  }
  if (task.memory.putU32(at, next >>> 0) !== 0) return -EFAULT
  const signed = old | 0
  switch (cmp) {
    case FUTEX_OP_CMP.FUTEX_OP_CMP_EQ: return signed === cmparg
    case FUTEX_OP_CMP.FUTEX_OP_CMP_NE: return signed !== cmparg
    case FUTEX_OP_CMP.FUTEX_OP_CMP_LT: return signed < cmparg
    case FUTEX_OP_CMP.FUTEX_OP_CMP_GE: return signed >= cmparg
    case FUTEX_OP_CMP.FUTEX_OP_CMP_LE: return signed <= cmparg
    case FUTEX_OP_CMP.FUTEX_OP_CMP_GT: return signed > cmparg
    default: return -ENOSYS
  }
}

function requeue(task: FutexTask, at: number, op: number, wakeCount: number, moveCount: number, at2: number, expected: number | null): number {
  if (wakeCount < 0 || moveCount < 0) return -EINVAL
  const key = keyOf(task, at, op)
  if (typeof key === 'number') return key
  const key2 = keyOf(task, at2, op)
  if (typeof key2 === 'number') return key2
  if (expected !== null) {
    const now = task.memory.getU32(at)
    if (now < 0) return -EFAULT
    if (now !== expected) return -EAGAIN
  }
  const woken = task.futexes.wake(key, wakeCount, -1)
  const moved = task.futexes.requeue(key, key2, moveCount)
  return woken + (key === key2 && expected === null ? 0 : moved)
}

function wake(task: FutexTask, at: number, op: number, count: number, bitset: number): number {
  if (bitset === 0) return -EINVAL
  const key = keyOf(task, at, op)
  return typeof key === 'number' ? key : task.futexes.wake(key, Math.max(1, count), bitset)
}

/** The deadline of a wait, or -errno. WAIT takes a span, WAIT_BITSET a moment of the chosen clock. Linux: futex_init_timeout. */
function deadlineOf(task: Task, op: number, timeout: number, width: TimeWidth): { ns: number; relative: boolean } | null | number {
  if (timeout === 0) return null
  const time = takeTimespec(task, timeout, width)
  if (time === null) return -EFAULT
  if (!isValid(time)) return -EINVAL
  const span = toNanoseconds(time)
  const now = task.kernel.clock.monotonic()
  if ((op & COMMAND) === FUTEX.FUTEX_WAIT) return { ns: now + span, relative: true }
  // FUTEX_LOCK_PI has always meant the wall clock
  if ((op & FUTEX_FLAGS.FUTEX_CLOCK_REALTIME) === 0 && (op & COMMAND) !== FUTEX.FUTEX_LOCK_PI) return { ns: span, relative: false }
  const wall = readClock(task, 0)!
  return { ns: now + (span - (wall.seconds * 1e9 + wall.nanoseconds)), relative: false }
}

/** Linux: do_futex. */
function futexOf(task: FutexTask, at: number, op: number, value: number, timeout: number, at2: number, value3: number, width: TimeWidth): number {
  const command = op & COMMAND
  const timed = command === FUTEX.FUTEX_WAIT || command === FUTEX.FUTEX_WAIT_BITSET
  if ((op & FUTEX_FLAGS.FUTEX_CLOCK_REALTIME) !== 0 && command !== FUTEX.FUTEX_WAIT_BITSET && command !== FUTEX.FUTEX_WAIT_REQUEUE_PI && command !== FUTEX.FUTEX_LOCK_PI2) {
    // a timeout is read before the command is looked at
    if (timed && task.progress === null) {
      const early = deadlineOf(task, op, timeout, width)
      if (typeof early === 'number') return early
    }
    return -ENOSYS
  }
  const pi = command === FUTEX.FUTEX_LOCK_PI || command === FUTEX.FUTEX_LOCK_PI2
  const deadline = (timed || pi) && task.progress === null ? deadlineOf(task, op, timeout, width) : null
  if (typeof deadline === 'number') return deadline
  const count2 = timeout | 0 // the fourth argument is a count for the calls that requeue
  switch (command) {
    case FUTEX.FUTEX_WAIT: return wait(task, at, op, value, deadline, -1)
    case FUTEX.FUTEX_WAIT_BITSET: return wait(task, at, op, value, deadline, value3 | 0)
    case FUTEX.FUTEX_WAKE: return wake(task, at, op, value | 0, -1)
    case FUTEX.FUTEX_WAKE_BITSET: return wake(task, at, op, value | 0, value3 | 0)
    case FUTEX.FUTEX_REQUEUE: return requeue(task, at, op, value | 0, count2, at2, null)
    case FUTEX.FUTEX_CMP_REQUEUE: return requeue(task, at, op, value | 0, count2, at2, value3)
    case FUTEX.FUTEX_WAKE_OP: {
      const key = keyOf(task, at, op)
      if (typeof key === 'number') return key
      const key2 = keyOf(task, at2, op)
      if (typeof key2 === 'number') return key2
      const matches = wakeOperation(task, at2, value3)
      if (typeof matches === 'number') return matches
      return task.futexes.wake(key, Math.max(1, value | 0), -1) + (matches ? task.futexes.wake(key2, Math.max(1, count2), -1) : 0)
    }
    case FUTEX.FUTEX_LOCK_PI: case FUTEX.FUTEX_LOCK_PI2: case FUTEX.FUTEX_UNLOCK_PI: {
      const key = keyOf(task, at, op)
      if (typeof key === 'number') return key
      return command === FUTEX.FUTEX_UNLOCK_PI ? unlockPi(task, at, key) : lockPi(task, at, key, deadline === null ? null : deadline.ns)
    }
    case FUTEX.FUTEX_TRYLOCK_PI: {
      const key = keyOf(task, at, op)
      return typeof key === 'number' ? key : tryLockPi(task, at)
    }
    default: return -ENOSYS
  }
}

const NOTE = 'FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI give -ENOSYS'

/** futex(2). Linux: kernel/futex/syscalls.c. */
export const futex = /* @__PURE__ */ defineSyscall('futex', {
  args: [['uaddr', word], ['op', operation], ['val', u32], ['utime', timespecIn], ['uaddr2', word], ['val3', u32]],
  uses: [futexes],
  note: NOTE,
  run: (task, at, op, value, timeout, at2, value3) => futexOf(task, at, op, value, timeout, at2, value3, 64),
})

/** futex(2) of 32-bit programs with 32-bit times. */
export const futexTime32 = /* @__PURE__ */ defineSyscall('futex_time32', {
  args: [['uaddr', word], ['op', operation], ['val', u32], ['utime', old32In], ['uaddr2', word], ['val3', u32]],
  uses: [futexes],
  note: NOTE,
  run: (task, at, op, value, timeout, at2, value3) => futexOf(task, at, op, value, timeout, at2, value3, 32),
})

