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

/** The kernel's timers, a heap by time. Linux: hrtimers. */
export class TimerQueue {
  private readonly heap: Timer[] = []
  private serial = 0
  private readonly handlers = new Map<string, (id: number, timer: Timer) => void>()

  /** Says who handles timers of a kind. */
  handle(kind: string, handler: (id: number, timer: Timer) => void): void {
    this.handlers.set(kind, handler)
  }

  /** Starts a timer and returns it; cancel needs it again. */
  add(at: number, kind: string, id: number): Timer {
    const timer: Timer = { at, kind, id, serial: this.serial++ }
    const { heap } = this
    let i = heap.push(timer) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(timer, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = timer
    return timer
  }

  /** Stops a timer; false when it has fired already. */
  cancel(timer: Timer): boolean {
    const i = this.heap.indexOf(timer)
    if (i < 0) return false
    this.removeAt(i)
    return true
  }

  private removeAt(i: number): void {
    const { heap } = this
    const last = heap.pop()!
    if (i === heap.length) return
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(last, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = last
  }

  /** When the next timer fires; Infinity when there is none. */
  get next(): number {
    return this.heap[0]?.at ?? Infinity
  }

  /** Fires everything that is due at `now`. */
  run(now: number): void {
    while (this.heap.length > 0 && this.heap[0]!.at <= now) {
      const timer = this.heap[0]!
      this.removeAt(0)
      this.handlers.get(timer.kind)?.(timer.id, timer)
    }
  }

  /** All timers as plain data, for saving. */
  list(): readonly Timer[] {
    return [...this.heap].sort((a, b) => (before(a, b) ? -1 : 1))
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.serial < b.serial)
}
