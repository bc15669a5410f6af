import { EAGAIN, EFAULT, EINVAL } from '../abi/errno.js'
import { POLL } from '../abi/flags/poll.js'
import { structBytes } from '../abi/structs/layout.js'
import { SIGNALFD_SIGINFO } from '../abi/structs/io.js'
import type { File, FileOps, IoBuffer } from '../kernel/ports/files.js'
import type { SignalInfo } from '../kernel/ports/signals.js'
import type { Sigset } from '../kernel/signals/sigset.js'
import type { TaskSignals } from '../kernel/signals/state.js'
import type { Task } from '../kernel/task.js'
import { WaitQueue } from '../kernel/wait-queue.js'

/** The signal state of a task; null when the machine has no signals. */
export function signalsOf(task: Task | null): TaskSignals | null {
  const state: unknown = task === null ? null : Reflect.get(task, 'signals')
  return isState(state) ? state : null
}

function isState(value: unknown): value is TaskSignals {
  return typeof value === 'object' && value !== null && 'pending' in value && 'shared' in value && 'waiting' in value
}

/** Signals as a descriptor: those of whoever reads it. Linux: fs/signalfd.c. */
export class SignalFd implements FileOps {
  mask: Sigset
  readonly noSpliceRead = true
  readonly queue = new WaitQueue()
  constructor(mask: Sigset) {
    this.mask = mask
  }

  private get others(): Sigset {
    return { low: ~this.mask.low, high: ~this.mask.high }
  }

  read(_file: File, to: IoBuffer, _position: number, task: Task): number {
    if (to.left < 128) return -EINVAL
    const state = signalsOf(task)
    const before = to.done
    while (state !== null && to.left >= 128) {
      const info = state.pending.take(this.others) ?? state.shared.pending.take(this.others)
      if (info === null) break
      if (to.put(siginfo(info), 0, 128) < 128) return -EFAULT
    }
    if (state !== null) state.waiting = null
    return to.done === before ? -EAGAIN : to.done - before
  }

  /** Linux: noop_llseek. */
  llseek(): number {
    return 0
  }

  poll(_file: File, task: Task | null): number {
    const state = signalsOf(task)
    return state !== null && (state.pending.any(this.others) || state.shared.pending.any(this.others)) ? POLL.POLLIN : 0
  }

  /** Asked before a task waits: signals in the mask wake it though they are blocked. */
  queues(_file: File, task: Task | null): readonly WaitQueue[] {
    const state = signalsOf(task)
    if (state !== null) state.waiting = { low: this.mask.low | (state.waiting?.low ?? 0), high: this.mask.high | (state.waiting?.high ?? 0) }
    return [this.queue]
  }
}

/** Linux: signalfd_copyinfo. */
function siginfo(info: SignalInfo): Uint8Array {
  return structBytes(SIGNALFD_SIGINFO, {
    ssi_signo: info.signo, ssi_errno: info.errno ?? 0, ssi_code: info.code, ssi_pid: info.pid ?? 0, ssi_uid: info.uid ?? 0, ssi_fd: info.fd ?? 0, ssi_band: info.band ?? 0,
    ssi_tid: info.timer ?? 0, ssi_overrun: info.overrun ?? 0, ssi_status: info.status ?? 0, ssi_int: info.valueLow ?? 0,
    ssi_ptr: (info.valueHigh ?? 0) * 4294967296 + ((info.valueLow ?? 0) >>> 0), ssi_utime: info.utime ?? 0, ssi_stime: info.stime ?? 0, ssi_addr: info.address ?? 0,
  })
}
