import { EFAULT, EINVAL } from '../../abi/errno.js'
import { SA, SIGNALS, SIGNAL_LIMITS } from '../../abi/flags/signals.js'
import { OLD_SIGACTION, SIGACTION_ILP32, SIGACTION_LP64 } from '../../abi/structs/signal.js'
import { defaultDisposition, SIG_DFL, SIG_IGN, type Action } from '../../kernel/signals/actions.js'
import { withoutUnblockable } from '../../kernel/signals/sigset.js'
import { signals, type TaskSignals } from '../../kernel/signals/state.js'
import type { Task } from '../../kernel/task.js'
import { signal as signalNumber, sizeT, u32 } from '../codecs.js'
import { pointer, voidPointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { typed } from '../codecs.js'
import { addressAt, setAddressAt } from './sigset-io.js'

/** Flags that the kernel keeps; SA_UNSUPPORTED and unknown bits are dropped (UAPI_SA_FLAGS, since 5.11). */
const KNOWN_FLAGS = SA.SA_NOCLDSTOP | SA.SA_NOCLDWAIT | SA.SA_SIGINFO | SA.SA_EXPOSE_TAGBITS | SA.SA_RESTORER | SA.SA_ONSTACK | SA.SA_RESTART | SA.SA_NODEFER | SA.SA_RESETHAND

/** Sets and gets an action. Linux: do_sigaction. */
export function setAction(task: Task, state: TaskSignals, signal: number, next: Action | null): Action | number {
  const { actions } = state.table
  if (signal < 1 || signal > SIGNAL_LIMITS._NSIG || (next !== null && (signal === SIGNALS.SIGKILL || signal === SIGNALS.SIGSTOP))) return -EINVAL
  const old = actions[signal]!
  if (next === null) return old
  const flags = (next.flags & KNOWN_FLAGS) >>> 0
  actions[signal] = { ...next, flags, mask: withoutUnblockable(next.mask.low, next.mask.high) }
  const ignores = next.handler === SIG_IGN || (next.handler === SIG_DFL && ['ignore', 'continue'].includes(defaultDisposition(signal)))
  if (ignores) {
    state.shared.pending.flush(signal)
    for (const other of task.group.tasks) task.kernel.signals?.flush(other, signal)
  }
  return old
}

/** struct sigaction of rt_sigaction, in the program's width. */
function takeAction(task: Task, address: number, is64: boolean): Action | null {
  const { size, fields: f } = is64 ? SIGACTION_LP64 : SIGACTION_ILP32
  const bytes = new Uint8Array(size)
  if (task.memory.copyFrom(address, bytes) < size) return null
  const view = new DataView(bytes.buffer)
  return {
    handler: addressAt(view, f.handler[0], is64), flags: view.getUint32(f.flags[0], true), restorer: addressAt(view, f.restorer[0], is64),
    mask: { low: view.getInt32(f.mask[0], true), high: view.getInt32(f.mask[0] + 4, true) },
  }
}

function putAction(task: Task, address: number, action: Action, is64: boolean): number {
  const { size, fields: f } = is64 ? SIGACTION_LP64 : SIGACTION_ILP32
  const view = new DataView(new ArrayBuffer(size))
  setAddressAt(view, f.handler[0], action.handler, is64)
  view.setUint32(f.flags[0], action.flags, true)
  setAddressAt(view, f.restorer[0], action.restorer, is64)
  view.setInt32(f.mask[0], action.mask.low, true)
  view.setInt32(f.mask[0] + 4, action.mask.high, true)
  return task.memory.copyTo(address, new Uint8Array(view.buffer)) < size ? -EFAULT : 0
}

function rtSigactionOf(task: Task & { readonly signals: TaskSignals }, signal: number, act: number, oldAct: number, size: number, is64: boolean): number {
  if (size !== 8) return -EINVAL
  const next = act === 0 ? null : takeAction(task, act, is64)
  if (act !== 0 && next === null) return -EFAULT
  const old = setAction(task, task.signals, signal, next)
  if (typeof old === 'number') return old
  return oldAct === 0 ? 0 : putAction(task, oldAct, old, is64)
}

/** rt_sigaction(2). Linux: kernel/signal.c. */
export const rtSigaction = /* @__PURE__ */ defineSyscall('rt_sigaction', {
  args: [['sig', signalNumber], ['act', /* @__PURE__ */ pointer('const struct sigaction', 'in')], ['oact', /* @__PURE__ */ pointer('struct sigaction', 'out')], ['sigsetsize', sizeT]],
  uses: [signals],
  level: 'full',
  run: (task, signal, act, oldAct, size) => rtSigactionOf(task, signal, act, oldAct, size, true),
})

/** rt_sigaction(2) of 32-bit programs. */
export const compatRtSigaction = /* @__PURE__ */ defineSyscall('compat_sys_rt_sigaction', {
  args: [['sig', signalNumber], ['act', /* @__PURE__ */ pointer('const struct compat_sigaction', 'in')], ['oact', /* @__PURE__ */ pointer('struct compat_sigaction', 'out')], ['sigsetsize', /* @__PURE__ */ typed(u32, 'compat_size_t')]],
  uses: [signals],
  level: 'full',
  run: (task, signal, act, oldAct, size) => rtSigactionOf(task, signal, act, oldAct, size, false),
})

/** sigaction(2) of the first 32-bit programs: 32 signals. */
export const compatSigaction = /* @__PURE__ */ defineSyscall('compat_sys_sigaction', {
  args: [['sig', signalNumber], ['act', /* @__PURE__ */ pointer('const struct compat_old_sigaction', 'in')], ['oact', /* @__PURE__ */ pointer('struct compat_old_sigaction', 'out')]],
  uses: [signals],
  level: 'full',
  run(task, signal, act, oldAct) {
    const { size, fields: f } = OLD_SIGACTION
    const bytes = new Uint8Array(size)
    const view = new DataView(bytes.buffer)
    let next: Action | null = null
    if (act !== 0) {
      if (task.memory.copyFrom(act, bytes) < size) return -EFAULT
      next = { handler: view.getUint32(f.handler[0], true), flags: view.getUint32(f.flags[0], true), restorer: view.getUint32(f.restorer[0], true), mask: { low: view.getInt32(f.mask[0], true), high: 0 } }
    }
    const old = setAction(task, task.signals, signal, next)
    if (typeof old === 'number') return old
    if (oldAct === 0) return 0
    view.setUint32(f.handler[0], old.handler, true)
    view.setInt32(f.mask[0], old.mask.low, true)
    view.setUint32(f.flags[0], old.flags, true)
    view.setUint32(f.restorer[0], old.restorer, true)
    return task.memory.copyTo(oldAct, bytes) < size ? -EFAULT : 0
  },
})

/** signal(2) of 32-bit programs: one shot, and does not block itself. */
export const signal = /* @__PURE__ */ defineSyscall('signal', {
  args: [['sig', signalNumber], ['handler', /* @__PURE__ */ typed(voidPointer, '__sighandler_t')]],
  uses: [signals],
  level: 'full',
  run(task, number, handler) {
    const old = setAction(task, task.signals, number, { handler, flags: (SA.SA_RESETHAND | SA.SA_NODEFER) >>> 0, restorer: 0, mask: { low: 0, high: 0 } })
    return typeof old === 'number' ? old : old.handler
  },
})
