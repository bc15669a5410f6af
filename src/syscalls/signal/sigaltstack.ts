import { EFAULT, EINVAL, ENOMEM, EPERM } from '../../abi/errno.js'
import { SS } from '../../abi/flags/signals.js'
import { STACK_T_ILP32, STACK_T_LP64 } from '../../abi/structs/signal.js'
import { PT_REGS } from '../../arch/x86/context-layout.js'
import { onAltStack } from '../../arch/x86/signal-context.js'
import { signals, type TaskSignals } from '../../kernel/signals/state.js'
import type { Task } from '../../kernel/task.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { addressAt, setAddressAt } from './sigset-io.js'

/** MINSIGSTKSZ; the minimum that a CPU without XSAVE enforces. */
const MINIMUM = 2048

/** Linux: do_sigaltstack. */
function sigaltstackOf(task: Task & { readonly signals: TaskSignals }, next: number, old: number, is64: boolean): number {
  const state = task.signals
  const { size, fields: f } = is64 ? STACK_T_LP64 : STACK_T_ILP32
  const { view: memory } = task.kernel.memory
  const sp = memory.getUint32(task.regs + PT_REGS.rsp, true) + memory.getInt32(task.regs + PT_REGS.rsp + 4, true) * 4294967296
  const { altstack } = state
  const autoDisarm = (altstack.flags & SS.SS_AUTODISARM) !== 0
  const onIt = !autoDisarm && onAltStack(altstack, sp)
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  if (next !== 0 && task.memory.copyFrom(next, bytes) < size) return -EFAULT
  const wanted = { sp: addressAt(view, f.ss_sp[0], is64), flags: view.getInt32(f.ss_flags[0], true), size: is64 ? view.getUint32(f.ss_size[0], true) + view.getUint32(f.ss_size[0] + 4, true) * 4294967296 : view.getUint32(f.ss_size[0], true) }
  if (next !== 0) {
    if (onIt) return -EPERM
    const mode = wanted.flags & ~SS.SS_AUTODISARM
    if (mode !== SS.SS_DISABLE && mode !== SS.SS_ONSTACK && mode !== 0) return -EINVAL
    if (mode === SS.SS_DISABLE) {
      wanted.sp = 0
      wanted.size = 0
    } else if (wanted.size < MINIMUM) return -ENOMEM
    state.altstack = wanted
  }
  if (old === 0) return 0
  bytes.fill(0)
  setAddressAt(view, f.ss_sp[0], altstack.sp, is64)
  setAddressAt(view, f.ss_size[0], altstack.size, is64)
  const shown = altstack.size === 0 ? SS.SS_DISABLE : onIt ? SS.SS_ONSTACK : 0
  view.setInt32(f.ss_flags[0], shown | (altstack.flags & SS.SS_AUTODISARM), true)
  return task.memory.copyTo(old, bytes) < size ? -EFAULT : 0
}

/** sigaltstack(2). */
export const sigaltstack = /* @__PURE__ */ defineSyscall('sigaltstack', {
  args: [['uss', /* @__PURE__ */ pointer('const stack_t', 'in')], ['uoss', /* @__PURE__ */ pointer('stack_t', 'out')]],
  uses: [signals],
  level: 'full',
  run: (task, next, old) => sigaltstackOf(task, next, old, true),
})

/** sigaltstack(2) of 32-bit programs. */
export const compatSigaltstack = /* @__PURE__ */ defineSyscall('compat_sys_sigaltstack', {
  args: [['uss_ptr', /* @__PURE__ */ pointer('const compat_stack_t', 'in')], ['uoss_ptr', /* @__PURE__ */ pointer('compat_stack_t', 'out')]],
  uses: [signals],
  level: 'full',
  run: (task, next, old) => sigaltstackOf(task, next, old, false),
})
