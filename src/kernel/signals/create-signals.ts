import { SA, SIGNALS } from '../../abi/flags/signals.js'
import type { Kernel } from '../kernel.js'
import type { Service, Subsystem } from '../ports/subsystem.js'
import { WORK, type Task } from '../task.js'
import { actionsAfterExec, copyActions, defaultActions, SIG_IGN } from './actions.js'
import { deliver } from './deliver.js'
import { Pending } from './pending.js'
import { force, send } from './send.js'
import { hasSignal, withoutUnblockable } from './sigset.js'
import type { SharedSignals, SignalFrames, TaskSignals } from './state.js'

const CLONE_VM = 0x100
const CLONE_SIGHAND = 0x800
const CLONE_VFORK = 0x4000
const CLONE_THREAD = 0x10000
const CLONE_CLEAR_SIGHAND = 0x100000000
const SS_DISABLE = 2

/**
 * Signals for a machine: `task.signals`.
 *
 * @param frames the architecture's signal frames
 * @example
 * new Machine({ …, subsystems: [createSignals(frames)] })
 */
export function createSignals(frames: SignalFrames): Subsystem<'signals', TaskSignals> {
  return { key: 'signals', version: 1, create: (kernel) => createService(kernel, frames) }
}

function createService(kernel: Kernel, frames: SignalFrames): Service<TaskSignals> {
  const states = new WeakMap<Task, TaskSignals>() // signals come to zombies too
  const stateOf = (task: Task): TaskSignals => states.get(task)!
  kernel.signals = {
    sendProcess: (leader, info) => send(kernel, stateOf, leader, info, true),
    sendTask: (task, info) => send(kernel, stateOf, task, info, false),
    force: (task, info) => force(stateOf, task, info),
    exception(task, exception, software) {
      const info = frames.fault(task, exception, software)
      if (info === null) return
      const { trapNr, errorCode, cr2 } = task.lastFault
      task.lastFault = { trapNr: info.trapNr ?? trapNr, errorCode: info.errorCode ?? errorCode, cr2: info.cr2 ?? cr2 }
      this.force(task, info)
    },
    pending: (task) => {
      const state = stateOf(task)
      return state.pending.any(state.blocked) || state.shared.pending.any(state.blocked) || task.group.exiting !== null || state.shared.stopSignal !== 0
    },
    flush: (task, signal) => stateOf(task).pending.flush(signal),
    deaf: (task, signal) => hasSignal(stateOf(task).blocked, signal) || stateOf(task).table.actions[signal]!.handler === SIG_IGN,
    stopSignal: (leader) => stateOf(leader).shared.stopSignal,
    childAction: (leader) => {
      const { handler, flags } = stateOf(leader).table.actions[SIGNALS.SIGCHLD]!
      return handler === SIG_IGN ? 'reap' : (flags & SA.SA_NOCLDWAIT) !== 0 ? 'reap-notify' : 'notify'
    },
    wantsStops: (leader) => {
      const { handler, flags } = stateOf(leader).table.actions[SIGNALS.SIGCHLD]!
      return handler !== SIG_IGN && (flags & SA.SA_NOCLDSTOP) === 0
    },
    frames,
    exitToUser: (task) => deliver(stateOf, frames, task),
  }
  return {
    saving() {
      const byTask = new Map([...kernel.tasks.values()].map((task) => [task, stateOf(task)]))
      return { classes: { Pending }, filled: { byTask }, restored: () => byTask.forEach((state, task) => states.set(task, state)) }
    },
    attach(task, parent, flags) {
      const state = newState(task, parent === null ? null : stateOf(parent), flags)
      states.set(task, state)
      return state
    },
    exec(task) {
      const state = stateOf(task)
      state.table = actionsAfterExec(state.table)
      state.altstack = { sp: 0, size: 0, flags: SS_DISABLE }
    },
  }
}

/** Linux: copy_sighand, copy_signal, and the alternate stack's rule in copy_process. */
function newState(task: Task, parent: TaskSignals | null, flags: number): TaskSignals {
  const thread = (flags & CLONE_THREAD) !== 0
  const shared: SharedSignals = parent !== null && thread ? parent.shared : { pending: new Pending(), stopSignal: 0, stopReported: false, continued: false }
  const ownStack = parent === null || ((flags & CLONE_VM) !== 0 && (flags & CLONE_VFORK) === 0)
  return {
    task, shared, saved: null, waiting: null,
    blocked: parent === null ? { low: 0, high: 0 } : { ...parent.blocked },
    pending: new Pending(),
    table: parent === null ? defaultActions() : (flags & CLONE_SIGHAND) !== 0 ? parent.table : copyActions(parent.table, flags >= CLONE_CLEAR_SIGHAND),
    altstack: ownStack ? { sp: 0, size: 0, flags: SS_DISABLE } : { ...parent.altstack },
  }
}

/** Replaces the blocked set and looks again for deliverable signals. Linux: set_current_blocked. */
export function setBlocked(task: Task, state: TaskSignals, low: number, high: number): void {
  state.blocked = withoutUnblockable(low, high)
  if (state.pending.any(state.blocked) || state.shared.pending.any(state.blocked)) task.work |= WORK.signal
}

/** Puts a mask in force for the duration of a call, to be undone on the way out (sigsuspend, ppoll, pselect, epoll_pwait). Linux: set_user_sigmask. */
export function setTemporaryMask(task: Task, state: TaskSignals, low: number, high: number): void {
  state.saved ??= { ...state.blocked }
  setBlocked(task, state, low, high)
  task.work |= WORK.signal
}
