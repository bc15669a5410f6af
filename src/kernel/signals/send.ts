import { SIGNALS, SIGNAL_LIMITS, SI_CODES } from '../../abi/flags/signals.js'
import { EAGAIN } from '../../abi/errno.js'
import { RLIMIT } from '../../abi/flags/limits.js'
import type { Kernel } from '../kernel.js'
import type { SignalInfo } from '../ports/signals.js'
import type { Task } from '../task.js'
import { defaultDisposition, dropHandler, SIG_DFL, SIG_IGN } from './actions.js'
import type { Pending } from './pending.js'
import { hasSignal, removeSignal } from './sigset.js'
import type { TaskSignals } from './state.js'

/** Finds the signal state of a task. */
export type StateOf = (task: Task) => TaskSignals

/** Whether the process does nothing on `signal`. Linux: sig_handler_ignored. */
function ignoredByAction(state: TaskSignals, signal: number): boolean {
  const { handler } = state.table.actions[signal]!
  return handler === SIG_IGN || (handler === SIG_DFL && ['ignore', 'continue'].includes(defaultDisposition(signal)))
}

/** Whether sending would change nothing. A blocked signal is kept, since its action may change. Linux: sig_ignored. */
function ignored(state: TaskSignals, signal: number): boolean {
  if (hasSignal(state.blocked, signal) || (state.waiting !== null && hasSignal(state.waiting, signal))) return false
  // pid 1 of a kernel is protected from signals without a handler (SIGNAL_UNKILLABLE) only when it is a real init
  return ignoredByAction(state, signal)
}

/** SIGCONT undoes stops and stop signals undo SIGCONT, whatever is blocked or ignored. Linux: prepare_signal. */
function prepare(kernel: Kernel, stateOf: StateOf, task: Task, signal: number): void {
  const states = task.group.tasks.map(stateOf)
  const { shared } = stateOf(task)
  if (signal === SIGNALS.SIGCONT) {
    for (const p of [shared.pending, ...states.map((s) => s.pending)]) p.flush(SIGNALS.SIGSTOP, SIGNALS.SIGTSTP, SIGNALS.SIGTTIN, SIGNALS.SIGTTOU)
    if (shared.stopSignal === 0) return
    shared.stopSignal = 0
    shared.continued = true
    for (const t of task.group.tasks) if (t.state === 'stopped') kernel.start(t)
    kernel.onChildStatus(task.group, 'continued')
  } else if (defaultDisposition(signal) === 'stop') for (const p of [shared.pending, ...states.map((s) => s.pending)]) p.flush(SIGNALS.SIGCONT)
}

/** Wakes whoever should take the signal. Linux: complete_signal. */
function complete(stateOf: StateOf, task: Task, info: SignalInfo, toProcess: boolean): void {
  const wants = (t: Task): boolean => {
    const state = stateOf(t)
    return t.state !== 'zombie' && t.state !== 'dead' && (!hasSignal(state.blocked, info.signo) || (state.waiting !== null && hasSignal(state.waiting, info.signo)))
  }
  const target = wants(task) ? task : toProcess ? task.group.tasks.find(wants) : undefined
  if (info.signo === SIGNALS.SIGKILL) {
    stateOf(task).shared.stopSignal = 0
    for (const t of task.group.tasks) {
      t.interrupt()
      if (t.state === 'stopped') t.kernel.start(t)
    }
    return
  }
  target?.interrupt()
}

/** Sends a signal to a task or its process. 0, or -EAGAIN when a real-time signal cannot be queued. Linux: __send_signal_locked. */
export function send(kernel: Kernel, stateOf: StateOf, task: Task, info: SignalInfo, toProcess: boolean): number {
  const state = stateOf(task)
  // a tracer is told of ignored signals too, so they are queued while somebody listens
  const traced = kernel.events.on.signal.length > 0
  prepare(kernel, stateOf, task, info.signo)
  if (info.signo !== SIGNALS.SIGKILL && info.signo !== SIGNALS.SIGSTOP && !traced && ignored(state, info.signo)) return 0
  const pending: Pending = toProcess ? state.shared.pending : state.pending
  // signals of the kernel and of kill(2) below the real-time ones always find room
  const room = (info.signo < SIGNAL_LIMITS.SIGRTMIN && info.code >= 0) || pending.queue.length < task.group.rlimits[RLIMIT.RLIMIT_SIGPENDING]!.soft
  const full = !room
  if (full && info.signo >= SIGNAL_LIMITS.SIGRTMIN && info.code !== SI_CODES.SI_USER && info.code !== SI_CODES.SI_KERNEL) return -EAGAIN
  if (full) pending.mark(info.signo)
  else pending.add(info)
  complete(stateOf, task, info, toProcess)
  return 0
}

/** A fault's signal: a handler that blocks or ignores it loses it to the default action. Linux: force_sig_info_to_task. */
export function force(stateOf: StateOf, task: Task, info: SignalInfo): void {
  const state = stateOf(task)
  if (hasSignal(state.blocked, info.signo) || state.table.actions[info.signo]!.handler === SIG_IGN) {
    dropHandler(state.table, info.signo)
    removeSignal(state.blocked, info.signo)
  }
  state.pending.add(info)
  task.interrupt()
}
