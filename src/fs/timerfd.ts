import { EAGAIN, EFAULT, EINVAL } from '../abi/errno.js'
import { POLL } from '../abi/flags/poll.js'
import type { Kernel } from '../kernel/kernel.js'
import type { FileOps, File, IoBuffer } from '../kernel/ports/files.js'
import { forward, type Timer } from '../kernel/timers.js'
import { WaitQueue } from '../kernel/wait-queue.js'

const byKernel = /* @__PURE__ */ new WeakMap<Kernel, Map<number, TimerFd>>()

/** The timer descriptors of a kernel by id; the kernel's timers find them here. */
export function timersOf(kernel: Kernel): Map<number, TimerFd> {
  let map = byKernel.get(kernel)
  if (map === undefined) {
    const made = new Map<number, TimerFd>()
    byKernel.set(kernel, made)
    kernel.timers.handle('timerfd', (id) => made.get(id)?.expire())
    map = made
  }
  return map
}

/** A timer as a descriptor. Linux: fs/timerfd.c. Times are monotonic nanoseconds. */
export class TimerFd implements FileOps {
  readonly id: number
  /** Nanoseconds between expirations; 0 for one. */
  interval = 0
  /** Absolute times are wall time. */
  readonly realtime: boolean
  private readonly kernel: Kernel
  private timer: Timer | null = null
  private ticks = 0
  readonly noSpliceRead = true
  readonly queue = new WaitQueue()
  constructor(kernel: Kernel, realtime: boolean) {
    this.kernel = kernel
    this.realtime = realtime
    this.id = kernel.newId()
    timersOf(kernel).set(this.id, this)
  }

  /** Nanoseconds until the next expiration; 0 when disarmed. */
  get left(): number {
    return this.timer === null ? 0 : Math.max(1, this.timer.at - this.kernel.clock.monotonic())
  }

  /** Arms it for a moment, or disarms it with null. */
  set(at: number | null, interval: number): void {
    if (this.timer !== null) this.kernel.timers.cancel(this.timer)
    this.ticks = 0
    this.interval = interval
    this.timer = at === null ? null : this.kernel.timers.add(at, 'timerfd', this.id)
    this.kernel.tick() // a moment that has passed counts at once
  }

  /** Its time has come; with an interval, more may have been missed. */
  expire(): void {
    const { timer, interval } = this
    if (timer === null) return
    const next = interval > 0 ? forward(timer.at, interval, this.kernel.clock.monotonic()) : null
    this.ticks += 1 + (next?.missed ?? 0)
    this.timer = next === null ? null : this.kernel.timers.add(next.at, 'timerfd', this.id)
    this.queue.wake(1, POLL.POLLIN)
  }

  read(_file: File, to: IoBuffer): number {
    if (to.left < 8) return -EINVAL
    if (this.ticks === 0) return -EAGAIN
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(this.ticks), true)
    this.ticks = 0
    return to.put(bytes, 0, 8) < 8 ? -EFAULT : 8
  }

  /** Linux: noop_llseek. */
  llseek(): number {
    return 0
  }

  poll(): number {
    return this.ticks > 0 ? POLL.POLLIN : 0
  }

  queues(): readonly WaitQueue[] {
    return [this.queue]
  }

  release(): void {
    this.set(null, 0)
    timersOf(this.kernel).delete(this.id)
  }
}
