import { EFAULT, EINVAL } from '../../abi/errno.js'
import { SIGPROCMASK } from '../../abi/flags/signals.js'
import { setBlocked, setTemporaryMask } from '../../kernel/signals/create-signals.js'
import { signals, type TaskSignals } from '../../kernel/signals/state.js'
import { ERESTART } from '../../kernel/results.js'
import type { Task } from '../../kernel/task.js'
import { enumeration, int, sizeT, typed, u32 } from '../codecs.js'
import { pointer, sigsetIn, sigsetOut } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { putSigset, takeSigset } from './sigset-io.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** sigsuspend and pause: nothing to remember. */
    pause: Record<never, never>
  }
}

const how = /* @__PURE__ */ enumeration('sigprocmask', SIGPROCMASK)
const compatSize = /* @__PURE__ */ typed(u32, 'compat_size_t')
const compatSetIn = /* @__PURE__ */ typed(sigsetIn, 'compat_sigset_t *')
const compatSetOut = /* @__PURE__ */ typed(sigsetOut, 'compat_sigset_t *')
const oldSetIn = /* @__PURE__ */ pointer('compat_old_sigset_t', 'in')
const oldSetOut = /* @__PURE__ */ pointer('compat_old_sigset_t', 'out')

type SignalTask = Task & { readonly signals: TaskSignals }

/** Linux: sigprocmask, on halves. */
function change(task: SignalTask, operation: number, low: number, high: number): number {
  const { blocked } = task.signals
  switch (operation) {
    case SIGPROCMASK.SIG_BLOCK: setBlocked(task, task.signals, blocked.low | low, blocked.high | high); return 0
    case SIGPROCMASK.SIG_UNBLOCK: setBlocked(task, task.signals, blocked.low & ~low, blocked.high & ~high); return 0
    case SIGPROCMASK.SIG_SETMASK: setBlocked(task, task.signals, low, high); return 0
    default: return -EINVAL
  }
}

function rtSigprocmaskOf(task: SignalTask, operation: number, next: number, old: number, size: number): number {
  if (size !== 8) return -EINVAL
  const before = { ...task.signals.blocked }
  if (next !== 0) {
    const set = takeSigset(task, next)
    if (set === null) return -EFAULT
    const result = change(task, operation, set.low, set.high)
    if (result !== 0) return result
  }
  return old === 0 ? 0 : putSigset(task, old, before)
}

function pendingOf(task: SignalTask): { low: number; high: number } {
  const { pending, shared, blocked } = task.signals
  return { low: (pending.set.low | shared.pending.set.low) & blocked.low, high: (pending.set.high | shared.pending.set.high) & blocked.high }
}

/** rt_sigprocmask(2). */
export const rtSigprocmask = /* @__PURE__ */ defineSyscall('rt_sigprocmask', {
  args: [['how', how], ['nset', sigsetIn], ['oset', sigsetOut], ['sigsetsize', sizeT]],
  uses: [signals],
  level: 'full',
  run: (task, operation, next, old, size) => rtSigprocmaskOf(task, operation, next, old, size),
})

/** rt_sigprocmask(2) of 32-bit programs. */
export const compatRtSigprocmask = /* @__PURE__ */ defineSyscall('compat_sys_rt_sigprocmask', {
  args: [['how', how], ['nset', compatSetIn], ['oset', compatSetOut], ['sigsetsize', compatSize]],
  uses: [signals],
  level: 'full',
  run: (task, operation, next, old, size) => rtSigprocmaskOf(task, operation, next, old, size),
})

/** sigprocmask(2) of the first 32-bit programs: signals 1 to 32. Linux: kernel/compat.c. */
export const compatSigprocmask = /* @__PURE__ */ defineSyscall('compat_sys_sigprocmask', {
  args: [['how', how], ['nset', oldSetIn], ['oset', oldSetOut]],
  uses: [signals],
  level: 'full',
  run(task, operation, next, old) {
    const before = task.signals.blocked.low
    if (next !== 0) {
      const low = task.memory.getU32(next)
      if (low < 0) return -EFAULT
      const result = operation === SIGPROCMASK.SIG_SETMASK ? change(task, operation, low | 0, task.signals.blocked.high) : change(task, operation, low | 0, 0)
      if (result !== 0) return result
    }
    return old === 0 ? 0 : task.memory.putU32(old, before)
  },
})

/** rt_sigpending(2). */
export const rtSigpending = /* @__PURE__ */ defineSyscall('rt_sigpending', {
  args: [['uset', sigsetOut], ['sigsetsize', sizeT]],
  uses: [signals],
  level: 'full',
  run: (task, out, size) => (size > 8 ? -EINVAL : putPending(task, out, size)),
})

/** rt_sigpending(2) of 32-bit programs. */
export const compatRtSigpending = /* @__PURE__ */ defineSyscall('compat_sys_rt_sigpending', {
  args: [['uset', compatSetOut], ['sigsetsize', compatSize]],
  uses: [signals],
  level: 'full',
  run: (task, out, size) => (size > 8 ? -EINVAL : putPending(task, out, size)),
})

function putPending(task: SignalTask, out: number, size: number): number {
  const { low, high } = pendingOf(task)
  const words = new DataView(new ArrayBuffer(8))
  words.setInt32(0, low, true)
  words.setInt32(4, high, true)
  return task.memory.copyTo(out, new Uint8Array(words.buffer, 0, size)) < size ? -EFAULT : 0
}

/** sigpending(2) of the first 32-bit programs. */
export const compatSigpending = /* @__PURE__ */ defineSyscall('compat_sys_sigpending', {
  args: [['set32', oldSetOut]],
  uses: [signals],
  level: 'full',
  run: (task, out) => task.memory.putU32(out, pendingOf(task).low),
})

/** Linux: sigsuspend. The old mask comes back after the handler. */
function suspend(task: SignalTask, low: number, high: number): number {
  if (task.progressOf('pause') === null) setTemporaryMask(task, task.signals, low, high)
  return task.block('pause', {}, [], { interrupted: ERESTART.noHand })
}

function rtSigsuspendOf(task: SignalTask, set: number, size: number): number {
  if (task.progressOf('pause') !== null) return suspend(task, 0, 0)
  if (size !== 8) return -EINVAL
  const mask = takeSigset(task, set)
  return mask === null ? -EFAULT : suspend(task, mask.low, mask.high)
}

/** rt_sigsuspend(2). */
export const rtSigsuspend = /* @__PURE__ */ defineSyscall('rt_sigsuspend', {
  args: [['unewset', sigsetIn], ['sigsetsize', sizeT]],
  uses: [signals],
  level: 'full',
  run: (task, set, size) => rtSigsuspendOf(task, set, size),
})

/** rt_sigsuspend(2) of 32-bit programs. */
export const compatRtSigsuspend = /* @__PURE__ */ defineSyscall('compat_sys_rt_sigsuspend', {
  args: [['unewset', compatSetIn], ['sigsetsize', compatSize]],
  uses: [signals],
  level: 'full',
  run: (task, set, size) => rtSigsuspendOf(task, set, size),
})

/** sigsuspend(2) of the first 32-bit programs: the mask is the third argument. */
export const sigsuspend = /* @__PURE__ */ defineSyscall('sigsuspend', {
  args: [['unused1', int], ['unused2', int], ['mask', /* @__PURE__ */ typed(u32, 'old_sigset_t')]],
  uses: [signals],
  level: 'full',
  run: (task, _a, _b, mask) => suspend(task, mask | 0, 0),
})

/** pause(2). */
export const pause = /* @__PURE__ */ defineSyscall('pause', {
  args: [],
  uses: [signals],
  level: 'full',
  run: (task) => task.block('pause', {}, [], { interrupted: ERESTART.noHand }),
})

/** sgetmask(2): the first 32 blocked signals. */
export const sgetmask = /* @__PURE__ */ defineSyscall('sgetmask', { args: [], uses: [signals], level: 'full', run: (task) => task.signals.blocked.low })

/** ssetmask(2). */
export const ssetmask = /* @__PURE__ */ defineSyscall('ssetmask', {
  args: [['newmask', int]],
  uses: [signals],
  level: 'full',
  run(task, mask) {
    const old = task.signals.blocked.low
    setBlocked(task, task.signals, mask, 0)
    return old
  },
})
