import { EFAULT, EINVAL } from '../../abi/errno.js'
import { BLOCKED, ERESTART } from '../../kernel/results.js'
import { setTemporaryMask } from '../../kernel/signals/create-signals.js'
import type { TaskSignals } from '../../kernel/signals/state.js'
import type { Task } from '../../kernel/task.js'
import { takeSigset } from '../signal/sigset-io.js'
import { isValid, putNanoseconds, takeTimespec, toNanoseconds } from '../time/timespec.js'

/** A task with signals. */
export type SignalTask = Task & { readonly signals: TaskSignals }

/** When a wait with a relative timespec ends: monotonic nanoseconds, Infinity for none, or -errno. Linux: poll_select_set_timeout. */
export function takeDeadline(task: Task, address: number, width: 64 | 32): number {
  if (address === 0) return Infinity
  const time = takeTimespec(task, address, width)
  if (time === null) return -EFAULT
  return isValid(time) ? task.kernel.clock.monotonic() + toNanoseconds(time) : -EINVAL
}

/** Puts the mask of ppoll, pselect6 or epoll_pwait in force; NULL keeps the task's. Linux: set_user_sigmask. */
export function useMask(task: SignalTask, address: number, size: number): number {
  if (address === 0) return 0
  if (size !== 8) return -EINVAL
  const set = takeSigset(task, address)
  if (set === null) return -EFAULT
  setTemporaryMask(task, task.signals, set.low, set.high)
  return 0
}

/**
 * Ends a wait with a mask and a timeout: the old mask comes back unless a signal is to be handled under the new one, and
 * the time that is left is written back. Linux: poll_select_finish.
 */
export function finishWait(task: SignalTask, result: number, timeout: number, deadline: number, width: 64 | 32): number {
  if (result === BLOCKED) return result
  if (result !== ERESTART.noHand) restoreMask(task)
  if (timeout !== 0) putNanoseconds(task, timeout, Math.max(0, deadline - task.kernel.clock.monotonic()), width)
  return result
}

/** Takes the saved mask back. Linux: restore_saved_sigmask. */
export function restoreMask(task: SignalTask): void {
  const { saved } = task.signals
  if (saved === null) return
  task.signals.blocked = saved
  task.signals.saved = null
}
