import { SI_CODES } from '../../abi/flags/signals.js'
import type { SignalInfo } from '../ports/signals.js'
import { addSignal, hasSignal, removeSignal, type Sigset } from './sigset.js'

/** Signals of faults, taken before all others. Linux: SYNCHRONOUS_MASK: SEGV, BUS, ILL, TRAP, FPE, SYS. */
const SYNCHRONOUS = (1 << 10) | (1 << 6) | (1 << 3) | (1 << 4) | (1 << 7) | (1 << 30)

/** Signals that were sent and not yet taken, of a task or of a process. Linux: struct sigpending. */
export class Pending {
  readonly set: Sigset = { low: 0, high: 0 }
  /** In order of arrival. */
  readonly queue: SignalInfo[] = []

  /** Adds one. A legacy signal (below 32) that is pending already is dropped. Linux: __send_signal_locked. */
  add(info: SignalInfo): void {
    if (info.signo < 32 && hasSignal(this.set, info.signo)) return
    this.queue.push(info)
    addSignal(this.set, info.signo)
  }

  /** Marks a signal that the queue has no room for: it comes, but nothing is known of it. */
  mark(signo: number): void {
    addSignal(this.set, signo)
  }

  /** Takes the next signal that `blocked` lets through: faults first, then by number, in order of arrival. Linux: dequeue_signal. */
  take(blocked: Sigset): SignalInfo | null {
    const signal = nextSignal(this.set, blocked)
    return signal === 0 ? null : this.takeSignal(signal)
  }

  /** Takes the oldest instance of `signal`. Linux: collect_signal. */
  takeSignal(signal: number): SignalInfo | null {
    const at = this.queue.findIndex((info) => info.signo === signal)
    if (at < 0) {
      if (!hasSignal(this.set, signal)) return null
      removeSignal(this.set, signal)
      return { signo: signal, code: SI_CODES.SI_USER } // was marked when the queue was full
    }
    const [info] = this.queue.splice(at, 1)
    if (!this.queue.some((other) => other.signo === signal)) removeSignal(this.set, signal)
    return info ?? null
  }

  /** Forgets all instances of the signals in `signals`. Linux: flush_sigqueue_mask. */
  flush(...signals: number[]): void {
    for (const signal of signals) while (this.takeSignal(signal) !== null);
  }

  /** Whether anything gets through `blocked`. */
  any(blocked: Sigset): boolean {
    return (this.set.low & ~blocked.low) !== 0 || (this.set.high & ~blocked.high) !== 0
  }
}

/** Linux: next_signal. 0 when there is none. */
function nextSignal(set: Sigset, blocked: Sigset): number {
  const low = set.low & ~blocked.low
  if (low !== 0) {
    const first = (low & SYNCHRONOUS) !== 0 ? low & SYNCHRONOUS : low
    return 32 - Math.clz32(first & -first)
  }
  const high = set.high & ~blocked.high
  return high === 0 ? 0 : 64 - Math.clz32(high & -high)
}
