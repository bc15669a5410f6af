import { EFAULT, EINVAL, ENODEV } from '../../abi/errno.js'
import { ARCH_PRCTL } from '../../abi/flags/prctl.js'
import { SREG } from '../../arch/x86/segments.js'
import { getUserBase, setUserBase } from '../../arch/x86/tls.js'
import type { Task } from '../../kernel/task.js'
import { address, enumeration } from '../codecs.js'
import { defineSyscall } from '../define.js'

const option = /* @__PURE__ */ enumeration('arch_prctl', ARCH_PRCTL)

function setBase(task: Task, base: number, sreg: number): number {
  return setUserBase(task.kernel.cpuState, task.regs, sreg, base >>> 0, Math.floor(base / 4294967296))
}

function getBase(task: Task, address: number, sreg: number): number {
  const out = new DataView(new ArrayBuffer(8))
  getUserBase(task.kernel.cpuState, task.regs, sreg, out)
  return task.memory.copyTo(address, new Uint8Array(out.buffer)) < 8 ? -EFAULT : 0
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
      case ARCH_PRCTL.ARCH_SET_GS: return setBase(task, argument, SREG.gs)
      case ARCH_PRCTL.ARCH_SET_FS: return setBase(task, argument, SREG.fs)
      case ARCH_PRCTL.ARCH_GET_FS: return getBase(task, argument, SREG.fs)
      case ARCH_PRCTL.ARCH_GET_GS: return getBase(task, argument, SREG.gs)
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
