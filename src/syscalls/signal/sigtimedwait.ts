import { EAGAIN, EFAULT, EINTR, EINVAL } from '../../abi/errno.js'
import { siginfoBytes } from '../../kernel/signals/siginfo.js'
import { signals, type TaskSignals } from '../../kernel/signals/state.js'
import { withoutUnblockable, type Sigset } from '../../kernel/signals/sigset.js'
import type { Task } from '../../kernel/task.js'
import { sizeT, typed, u32 } from '../codecs.js'
import { pointer, sigsetIn, timespecIn } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { isValid, takeTimespec, toNanoseconds, type TimeWidth } from '../time/timespec.js'
import { takeSigset } from './sigset-io.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** sigtimedwait: the signals waited for, and when it gives up (null: never). */
    sigtimedwait: { low: number; high: number; deadline: number | null }
  }
}

const infoOut = /* @__PURE__ */ pointer('siginfo_t', 'out')
const compatInfoOut = /* @__PURE__ */ pointer('struct compat_siginfo', 'out')
const oldTimespecIn = /* @__PURE__ */ pointer('struct old_timespec32', 'in')
const compatSet = /* @__PURE__ */ typed(sigsetIn, 'compat_sigset_t *')
const compatSize = /* @__PURE__ */ typed(u32, 'compat_size_t')
const kernelTimespecIn = /* @__PURE__ */ typed(timespecIn, 'struct __kernel_timespec *')

type SignalTask = Task & { readonly signals: TaskSignals }

/** Linux: do_sigtimedwait. */
function wait(task: SignalTask, set: number, info: number, timeout: number, size: number, width: TimeWidth, is64: boolean): number {
  const state = task.signals
  let progress = task.progressOf('sigtimedwait')
  if (progress === null) {
    if (size !== 8) return -EINVAL
    const these = takeSigset(task, set)
    if (these === null) return -EFAULT
    let deadline: number | null = null
    if (timeout !== 0) {
      const time = takeTimespec(task, timeout, width)
      if (time === null) return -EFAULT
      if (!isValid(time)) return -EINVAL
      deadline = task.kernel.clock.monotonic() + toNanoseconds(time)
    }
    // SIGKILL and SIGSTOP cannot be waited for
    progress = { ...withoutUnblockable(these.low, these.high), deadline }
  }
  const others: Sigset = { low: ~progress.low, high: ~progress.high }
  const taken = state.pending.take(others) ?? state.shared.pending.take(others)
  if (taken !== null) {
    state.waiting = null
    if (info !== 0 && task.memory.copyTo(info, siginfoBytes(taken, is64)) < 128) return -EFAULT
    return taken.signo
  }
  const { deadline } = progress
  if (deadline !== null && task.kernel.clock.monotonic() >= deadline) {
    state.waiting = null
    return task.signalPending() ? -EINTR : -EAGAIN
  }
  state.waiting = { low: progress.low, high: progress.high }
  const result = task.block('sigtimedwait', progress, [], { interrupted: -EINTR, ...(deadline === null ? {} : { deadline }) })
  if (result === -EINTR) state.waiting = null
  return result
}

/** rt_sigtimedwait(2). */
export const rtSigtimedwait = /* @__PURE__ */ defineSyscall('rt_sigtimedwait', {
  args: [['uthese', /* @__PURE__ */ typed(sigsetIn, 'const sigset_t *')], ['uinfo', infoOut], ['uts', timespecIn], ['sigsetsize', sizeT]],
  uses: [signals],
  level: 'full',
  run: (task, set, info, timeout, size) => wait(task, set, info, timeout, size, 64, true),
})

/** rt_sigtimedwait(2) of 32-bit programs, 32-bit times. */
export const compatRtSigtimedwaitTime32 = /* @__PURE__ */ defineSyscall('compat_sys_rt_sigtimedwait_time32', {
  args: [['uthese', compatSet], ['uinfo', compatInfoOut], ['uts', oldTimespecIn], ['sigsetsize', compatSize]],
  uses: [signals],
  level: 'full',
  run: (task, set, info, timeout, size) => wait(task, set, info, timeout, size, 32, false),
})

/** rt_sigtimedwait(2) of 32-bit programs, 64-bit times. */
export const compatRtSigtimedwaitTime64 = /* @__PURE__ */ defineSyscall('compat_sys_rt_sigtimedwait_time64', {
  args: [['uthese', compatSet], ['uinfo', compatInfoOut], ['uts', kernelTimespecIn], ['sigsetsize', compatSize]],
  uses: [signals],
  level: 'full',
  run: (task, set, info, timeout, size) => wait(task, set, info, timeout, size, 64, false),
})
