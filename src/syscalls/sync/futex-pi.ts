import { EAGAIN, EDEADLK, EFAULT, EPERM, ESRCH, ETIMEDOUT } from '../../abi/errno.js'
import { FUTEX_VALUES } from '../../abi/flags/futex.js'
import type { Futexes } from '../../kernel/futexes.js'
import { BLOCKED } from '../../kernel/results.js'
import type { Task } from '../../kernel/task.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** FUTEX_LOCK_PI: when it gives up (null: never) and the word's key. */
    futexPi: { readonly deadline: number | null; readonly key: string }
  }
}

type FutexTask = Task & { readonly futexes: Futexes }

const { FUTEX_WAITERS, FUTEX_OWNER_DIED, FUTEX_TID_MASK } = FUTEX_VALUES

/** Takes the word when nobody holds it; otherwise why not, or the owner. Linux: futex_lock_pi_atomic. */
function tryLock(task: Task, at: number): number {
  const word = task.memory.getU32(at)
  if (word < 0) return -EFAULT
  const owner = word & FUTEX_TID_MASK
  if (owner === task.pid) return -EDEADLK
  if (owner === 0) return task.memory.putU32(at, ((word & (FUTEX_WAITERS | FUTEX_OWNER_DIED)) | task.pid) >>> 0)
  const holder = task.kernel.tasks.get(owner)
  return holder === undefined || holder.state === 'zombie' ? -ESRCH : owner
}

/** FUTEX_LOCK_PI and FUTEX_LOCK_PI2: the kernel hands the word over, so a woken waiter owns it. There are no priorities to inherit: scheduling is round robin. */
export function lockPi(task: FutexTask, at: number, key: string, deadline: number | null): number {
  const table = task.futexes
  const progress = task.progressOf('futexPi')
  const mine = progress === null ? undefined : table.find(task)
  if (mine?.woken === true) {
    table.remove(task)
    return 0
  }
  const until = progress === null ? deadline : progress.deadline
  if (mine === undefined) {
    const owner = tryLock(task, at)
    if (owner <= 0) return owner
    const word = task.memory.getU32(at)
    if (task.memory.putU32(at, (word | FUTEX_WAITERS) >>> 0) !== 0) return -EFAULT
    table.add({ task, key, bitset: -1, woken: false, index: 0 })
  }
  if (until !== null && task.kernel.clock.monotonic() >= until) {
    table.remove(task)
    return -ETIMEDOUT
  }
  const result = task.block('futexPi', { deadline: until, key }, [], until === null ? { interrupted: -513 } : { deadline: until, interrupted: -513 })
  if (result !== BLOCKED) table.remove(task)
  return result
}

/** FUTEX_TRYLOCK_PI. */
export function tryLockPi(task: FutexTask, at: number): number {
  const owner = tryLock(task, at)
  return owner > 0 ? -EAGAIN : owner
}

/** FUTEX_UNLOCK_PI: the first waiter becomes the owner. Linux: futex_unlock_pi, wake_futex_pi. */
export function unlockPi(task: FutexTask, at: number, key: string): number {
  const word = task.memory.getU32(at)
  if (word < 0) return -EFAULT
  if ((word & FUTEX_TID_MASK) !== task.pid) return -EPERM
  const waiters = task.futexes.waiters.filter((w) => w.key === key && !w.woken)
  const next = waiters[0]
  const value = next === undefined ? 0 : (next.task.pid | (waiters.length > 1 ? FUTEX_WAITERS : 0)) >>> 0
  if (task.memory.putU32(at, value) !== 0) return -EFAULT
  if (next !== undefined) {
    next.woken = true
    next.task.wake()
  }
  return 0
}
