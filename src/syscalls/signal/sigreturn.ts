import { SIGNALS, SI_CODES } from '../../abi/flags/signals.js'
import { REGS_SET } from '../../kernel/results.js'
import { setBlocked } from '../../kernel/signals/create-signals.js'
import { signals, type TaskSignals } from '../../kernel/signals/state.js'
import type { Task } from '../../kernel/task.js'
import { defineSyscall } from '../define.js'

/** Goes back to what a signal interrupted; a bad frame ends in SIGSEGV. Linux: arch/x86/kernel/signal.c. */
function goBack(task: Task & { readonly signals: TaskSignals }, kind: 'legacy' | 'rt'): number {
  const state = task.signals
  const mask = task.kernel.signals?.frames.restore(task, state, kind) ?? null
  if (mask === null) {
    task.kernel.signals?.force(task, { signo: SIGNALS.SIGSEGV, code: SI_CODES.SI_KERNEL })
    return 0
  }
  setBlocked(task, state, mask.low, mask.high)
  return REGS_SET
}

/** rt_sigreturn(2). */
export const rtSigreturn = /* @__PURE__ */ defineSyscall('rt_sigreturn', { args: [], uses: [signals], level: 'full', run: (task) => goBack(task, 'rt') })
/** rt_sigreturn(2) of 32-bit programs. */
export const compatRtSigreturn = /* @__PURE__ */ defineSyscall('compat_sys_rt_sigreturn', { args: [], uses: [signals], level: 'full', run: (task) => goBack(task, 'rt') })
/** sigreturn(2) of 32-bit programs: handlers without SA_SIGINFO. */
export const compatSigreturn = /* @__PURE__ */ defineSyscall('compat_sys_sigreturn', { args: [], uses: [signals], level: 'full', run: (task) => goBack(task, 'legacy') })
