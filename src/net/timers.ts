/** Who owns timers; the stack calls it when one is due. Never a closure, so that a stack can be saved. */
export interface TimerOwner {
  /** @param kind the owner's own number of the timer */
  onTimer(kind: number): void
}

/** A timer that its owner keeps and arms again and again. */
export class NetTimer {
  readonly owner: TimerOwner
  readonly kind: number
  /** Microseconds of the stack's clock at which it fires; meaningful while armed. */
  at = 0
  /** Place in the wheel; null when not armed. */
  next: NetTimer | null = null
  prev: NetTimer | null = null
  slot = -1

  constructor(owner: TimerOwner, kind: number) {
    this.owner = owner
    this.kind = kind
  }

  get armed(): boolean {
    return this.slot >= 0
  }
}
