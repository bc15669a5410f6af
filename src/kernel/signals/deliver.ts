import { SA, SIGNALS, SI_CODES } from '../../abi/flags/signals.js'
import { RLIMIT } from '../../abi/flags/limits.js'
import { PT_REGS } from '../../arch/x86/context-layout.js'
import { inOrphanedGroup } from '../orphaned-groups.js'
import type { SignalInfo } from '../ports/signals.js'
import { ERESTART } from '../results.js'
import { RESTART_SYSCALL } from '../restart.js'
import { WORK, type Task } from '../task.js'
import { defaultDisposition, dropHandler, SIG_DFL, SIG_IGN, type Action } from './actions.js'
import { force, type StateOf } from './send.js'
import { addSignal, withoutUnblockable, type Sigset } from './sigset.js'
import type { SignalFrames, TaskSignals } from './state.js'

const EINTR = -4

/** The result in the low half of rax; restart codes fit. */
function result(task: Task): number {
  return task.kernel.memory.i32[(task.regs + PT_REGS.rax) >> 2]!
}

function setResult(task: Task, value: number): void {
  const { i32 } = task.kernel.memory
  const at = (task.regs + PT_REGS.rax) >> 2
  i32[at] = value
  i32[at + 1] = value < 0 ? -1 : 0
}

/** Runs the call again: back to its instruction (SYSCALL, INT 0x80 and the vDSO's landing pad all have 2 bytes) with its number in rax. */
function rewind(task: Task, nr: number): void {
  const { i32 } = task.kernel.memory
  setResult(task, nr)
  const ip = (task.regs + PT_REGS.rip) >> 2
  const low = i32[ip]! >>> 0
  i32[ip] = low - 2
  if (low < 2) i32[ip + 1] = i32[ip + 1]! - 1
}

/** Whether the task is on its way out of a system call that ended with a restart code. */
function wantsRestart(task: Task): boolean {
  return task.syscallNr >= 0 && result(task) <= ERESTART.sys && result(task) >= ERESTART.restartBlock
}

/** Takes the next signal, the task's own first. Linux: get_signal, dequeue_signal. */
function dequeue(state: TaskSignals): SignalInfo | null {
  return state.pending.take(state.blocked) ?? state.shared.pending.take(state.blocked)
}

/** Sets up the handler. Linux: handle_signal, signal_setup_done. */
function enterHandler(stateOf: StateOf, frames: SignalFrames, task: Task, state: TaskSignals, action: Action, info: SignalInfo): void {
  if (wantsRestart(task)) {
    const code = result(task)
    if (code === ERESTART.restartBlock || code === ERESTART.noHand || (code === ERESTART.sys && (action.flags & SA.SA_RESTART) === 0)) setResult(task, EINTR)
    else rewind(task, task.syscallNr)
  }
  task.syscallNr = -1
  const mask = state.saved ?? { ...state.blocked }
  state.saved = null
  if (!frames.setup(task, state, action, info, mask)) {
    if (info.signo === SIGNALS.SIGSEGV) dropHandler(state.table, SIGNALS.SIGSEGV)
    force(stateOf, task, { signo: SIGNALS.SIGSEGV, code: SI_CODES.SI_KERNEL })
    return
  }
  const blocked: Sigset = { low: state.blocked.low | action.mask.low, high: state.blocked.high | action.mask.high }
  if ((action.flags & SA.SA_NODEFER) === 0) addSignal(blocked, info.signo)
  state.blocked = withoutUnblockable(blocked.low, blocked.high)
  if ((action.flags & SA.SA_RESETHAND) !== 0) dropHandler(state.table, info.signo)
}

/**
 * Delivers what is pending, or finishes an interrupted call. Linux: arch_do_signal_or_restart with get_signal.
 * One handler at most per way out and signal; several frames can stack up, as on Linux.
 */
export function deliver(stateOf: StateOf, frames: SignalFrames, task: Task): void {
  const state = stateOf(task)
  const { kernel } = task
  for (;;) {
    if (task.group.exiting !== null) return kernel.exitTask(task, task.group.exiting)
    if (state.shared.stopSignal !== 0) {
      task.state = 'stopped'
      return
    }
    const info = dequeue(state)
    if (info === null) break
    if (kernel.events.on.signal.length > 0) kernel.events.emit('signal', { task, info })
    const action = state.table.actions[info.signo]!
    if (action.handler === SIG_IGN && info.signo !== SIGNALS.SIGKILL && info.signo !== SIGNALS.SIGSTOP) continue
    if (action.handler !== SIG_DFL && info.signo !== SIGNALS.SIGKILL && info.signo !== SIGNALS.SIGSTOP) {
      enterHandler(stateOf, frames, task, state, action, info)
      if (!state.pending.any(state.blocked) && !state.shared.pending.any(state.blocked)) break
      continue
    }
    const disposition = defaultDisposition(info.signo)
    if (disposition === 'ignore' || disposition === 'continue') continue
    if (disposition === 'stop') {
      if (info.signo !== SIGNALS.SIGSTOP && inOrphanedGroup(kernel, task.group)) continue
      state.shared.stopSignal = info.signo
      state.shared.stopReported = false
      for (const other of task.group.tasks) if (other !== task) other.interrupt()
      task.state = 'stopped'
      if (kernel.events.on['task:stop'].length > 0) kernel.events.emit('task:stop', { task, signal: info.signo })
      kernel.onChildStatus(task.group, 'stopped')
      return
    }
    return kernel.exitGroup(task.group, info.signo | (disposition === 'core' && task.group.rlimits[RLIMIT.RLIMIT_CORE]!.soft > 0 && task.group.dumpable === 1 ? 0x80 : 0))
  }
  finishCall(task, state)
}

/** No handler took the signal: the call starts over, unseen by the program. Linux: the end of arch_do_signal_or_restart. */
function finishCall(task: Task, state: TaskSignals): void {
  if (wantsRestart(task)) rewind(task, result(task) === ERESTART.restartBlock ? RESTART_SYSCALL[task.syscallAbi] : task.syscallNr)
  if (state.saved !== null) {
    state.blocked = state.saved
    state.saved = null
  }
  task.syscallNr = -1
  task.work &= ~WORK.signal
  if (state.pending.any(state.blocked) || state.shared.pending.any(state.blocked)) task.work |= WORK.signal
}
