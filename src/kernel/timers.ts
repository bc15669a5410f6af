/** What a timer does when it fires: an object by its id and a kind that its owner understands. Never a closure, so that timers can be saved. */
export interface Timer {
  /** Monotonic nanoseconds at which it fires. */
  readonly at: number
  /** Owner's kind, such as 'wake' for a sleeping task. */
  readonly kind: string
  /** Id of the object in its owner, such as a pid. */
  readonly id: number
  /** Ties are broken by order of creation. */
  readonly serial: number
}

/** The end of the kernel's time in nanoseconds, 292 years: what is due then never comes. */
export const KTIME_MAX = 2 ** 63

/** Where a series of expirations goes on. */
export interface Forwarded {
  /** The first expiration after now. */
  readonly at: number
  /** How many were missed after the one that was due. */
  readonly missed: number
}

/**
 * The next expiration of a periodic timer that was due at `at`. It is always after `now`: where the clock is so far on that a
 * number no longer tells the two apart (2^53 nanoseconds and more), the next one that it does. Linux: hrtimer_forward.
 */
export function forward(at: number, interval: number, now: number): Forwarded {
  const missed = Math.max(0, Math.floor((now - at) / interval))
  const next = at + (missed + 1) * interval
  return { missed, at: next > now ? next : now * (1 + Number.EPSILON) }
}

/** The kernel's timers. Linux: hrtimers. */
export class TimerQueue {
  /** By time, then by order of creation; there are few. */
  private readonly timers: Timer[] = []
  private serial = 0
  private readonly handlers = new Map<string, (id: number, timer: Timer) => void>()

  /** Says who handles timers of a kind. */
  handle(kind: string, handler: (id: number, timer: Timer) => void): void {
    this.handlers.set(kind, handler)
  }

  /** Starts a timer and returns it; cancel needs it again. */
  add(at: number, kind: string, id: number): Timer {
    const timer: Timer = { at, kind, id, serial: this.serial++ }
    const { timers } = this
    let i = timers.length
    while (i > 0 && timers[i - 1]!.at > at) i--
    timers.splice(i, 0, timer)
    return timer
  }

  /** Stops a timer; false when it has fired already. */
  cancel(timer: Timer): boolean {
    const i = this.timers.indexOf(timer)
    if (i >= 0) this.timers.splice(i, 1)
    return i >= 0
  }

  /** When the next timer fires; Infinity when there is none. */
  get next(): number {
    const at = this.timers[0]?.at ?? Infinity
    return at < KTIME_MAX ? at : Infinity
  }

  /** Fires everything that is due at `now`; what is started meanwhile waits for the next run, so that this one ends. */
  run(now: number): void {
    const { serial } = this
    while (this.next <= now && this.timers[0]!.serial < serial) {
      const timer = this.timers.shift()!
      this.handlers.get(timer.kind)?.(timer.id, timer)
    }
  }

  /** All timers as plain data, for saving. */
  list(): readonly Timer[] {
    return [...this.timers]
  }
}
