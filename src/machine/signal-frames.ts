import { restoreFrame32, restoreRtFrame32, setupFrame32, setupRtFrame32 } from '../arch/i386/signal-frame.js'
import { FPU, PT_REGS } from '../arch/x86/context-layout.js'
import { onAltStack, type SignalContext, type SignalDelivery } from '../arch/x86/signal-context.js'
import { restoreFrame64, setupFrame64 } from '../arch/x86_64/signal-frame.js'
import { SA } from '../abi/flags/signals.js'
import { signalOfException } from './exceptions.js'
import { emulateVsyscall } from './vsyscall.js'
import { initialFpu } from '../arch/x86/initial-fpu.js'
import type { SignalFrames, TaskSignals } from '../kernel/signals/state.js'
import type { Task } from '../kernel/task.js'
import { siginfoBytes } from '../kernel/signals/siginfo.js'

/** What the architecture's frame code needs of a task. */
function contextOf(task: Task): SignalContext {
  const { kernel, memory, regs } = task
  return {
    cpu: kernel.cpuState, regs,
    user: {
      read: (address, out) => memory.copyFrom(address, out) === out.length,
      write: (address, bytes) => memory.copyTo(address, bytes) === bytes.length,
    },
    fpu: {
      save: (image) => kernel.cpu.saveFpu(regs, image),
      load: (image) => kernel.cpu.loadFpu(regs, image),
      clear: () => kernel.cpu.loadFpu(regs, initialFpu()),
      get mxcsrMask() {
        const image = new Uint8Array(FPU.size)
        kernel.cpu.saveFpu(regs, image)
        return new DataView(image.buffer).getUint32(FPU.mxcsrMask, true)
      },
    },
  }
}

/** Linux: sas_ss_flags on the way into a frame: __save_altstack stores the flags as they were set. */
function deliveryOf(task: Task, state: TaskSignals, action: Parameters<SignalFrames['setup']>[2], info: Parameters<SignalFrames['setup']>[3], mask: Parameters<SignalFrames['setup']>[4]): SignalDelivery {
  const { mm, lastFault } = task
  return {
    signal: info.signo, handler: action.handler, flags: action.flags, restorer: action.restorer,
    siginfo: siginfoBytes(info, task.is64),
    maskLow: mask.low, maskHigh: mask.high,
    altStack: state.altstack,
    trapNumber: lastFault.trapNr, errorCode: lastFault.errorCode, cr2: lastFault.cr2,
    vdsoSigreturn: mm.vdsoSigreturn, vdsoRtSigreturn: mm.vdsoRtSigreturn,
  }
}

/** Signal frames of x86: 64-bit, compat and i386. Linux: arch/x86/kernel/signal.c, signal_64.c, signal_32.c. */
export const signalFrames: SignalFrames = {
  fault(task, exception, software) {
    const emulated = emulateVsyscall(task, exception)
    return emulated === 'done' ? null : (emulated ?? signalOfException(task, exception, software))
  },
  setup(task, state, action, info, mask) {
    const context = contextOf(task)
    const delivery = deliveryOf(task, state, action, info, mask)
    const done = task.is64 ? setupFrame64(context, delivery) : (action.flags & SA.SA_SIGINFO) !== 0 ? setupRtFrame32(context, delivery) : setupFrame32(context, delivery)
    if (done && (state.altstack.flags & (1 << 31)) !== 0) state.altstack = { sp: 0, size: 0, flags: 2 }
    return done
  },
  restore(task, state, kind) {
    const context = contextOf(task)
    const restored = task.is64 ? restoreFrame64(context) : kind === 'rt' ? restoreRtFrame32(context) : restoreFrame32(context)
    if (restored === null) return null
    const { altStack } = restored
    if (altStack !== null) restoreAltStack(task, state, altStack)
    return { low: restored.maskLow, high: restored.maskHigh }
  },
}

/** Linux: restore_altstack: an invalid one is ignored, and so is a change while running on it. */
function restoreAltStack(task: Task, state: TaskSignals, saved: { sp: number; flags: number; size: number }): void {
  const sp = task.kernel.memory.view.getUint32(task.regs + PT_REGS.rsp, true) + task.kernel.memory.view.getInt32(task.regs + PT_REGS.rsp + 4, true) * 4294967296
  const { altstack } = state
  const onIt = (altstack.flags & (1 << 31)) === 0 && onAltStack(altstack, sp)
  const mode = saved.flags & ~(1 << 31)
  if (onIt || (mode !== 0 && mode !== 1 && mode !== 2)) return
  if (mode === 2) state.altstack = { sp: 0, size: 0, flags: saved.flags }
  else if (saved.size >= 2048) state.altstack = { sp: saved.sp, size: saved.size, flags: saved.flags }
}
