import { EFAULT, EINVAL, ENODEV, EPERM } from '../../abi/errno.js'
import { ARCH_PRCTL } from '../../abi/flags/prctl.js'
import { THREAD } from '../../arch/x86/context-layout.js'
import type { Task } from '../../kernel/task.js'
import { address, enumeration } from '../codecs.js'
import { defineSyscall } from '../define.js'

const TASK_SIZE_MAX = 0x7ffffffff000
const option = /* @__PURE__ */ enumeration('arch_prctl', ARCH_PRCTL)

function setBase(task: Task, base: number, selector: number, at: number): number {
  if (base < 0 || base >= TASK_SIZE_MAX) return -EPERM
  const { i32, u16 } = task.kernel.memory
  u16[(task.regs + selector) >> 1] = 0
  i32[(task.regs + at) >> 2] = base
  i32[((task.regs + at) >> 2) + 1] = Math.floor(base / 4294967296)
  return 0
}

function getBase(task: Task, address: number, at: number): number {
  const { i32 } = task.kernel.memory
  const i = (task.regs + at) >> 2
  return task.memory.putU64(address, i32[i]!, i32[i + 1]!) === 0 ? 0 : -EFAULT
}

/** Options that both kinds of programs have. Linux: do_arch_prctl_common. */
function common(which: number): number {
  switch (which) {
    case ARCH_PRCTL.ARCH_GET_CPUID: return 1
    case ARCH_PRCTL.ARCH_SET_CPUID: return -ENODEV
    default: return -EINVAL
  }
}

/** arch_prctl(2) of 64-bit programs. Linux: arch/x86/kernel/process_64.c. */
export const archPrctl = /* @__PURE__ */ defineSyscall('arch_prctl', {
  args: [['option', option], ['arg2', address]],
  note: 'no XSAVE components beyond FXSAVE, no address tagging, no shadow stacks: as on a CPU without them; ARCH_MAP_VDSO_* gives -EINVAL as without CONFIG_CHECKPOINT_RESTORE',
  run(task, which, argument) {
    switch (which) {
      case ARCH_PRCTL.ARCH_SET_GS: return setBase(task, argument, THREAD.gs, THREAD.gsBase)
      case ARCH_PRCTL.ARCH_SET_FS: return setBase(task, argument, THREAD.fs, THREAD.fsBase)
      case ARCH_PRCTL.ARCH_GET_FS: return getBase(task, argument, THREAD.fsBase)
      case ARCH_PRCTL.ARCH_GET_GS: return getBase(task, argument, THREAD.gsBase)
      default: return common(which)
    }
  },
})

/** arch_prctl(2) of 32-bit programs. */
export const compatArchPrctl = /* @__PURE__ */ defineSyscall('compat_sys_arch_prctl', {
  args: [['option', option], ['arg2', address]],
  note: 'as arch_prctl',
  run: (_task, which) => common(which),
})
