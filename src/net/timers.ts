/** Who owns timers; the stack calls it when one is due. Never a closure, so that a stack can be saved. */
export interface TimerOwner {
  /**
   * A timer of the owner's is due.
   *
   * @param kind the owner's own number of the timer
   */
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

const LEVELS = 9
const LOW = 0x1000000
/** A slot with more timers than this is not searched for its first; its start is answered instead. */
const SEARCH = 32

/**
 * A hierarchical wheel (Varghese and Lauck 1987): nine levels of 64 slots, the lowest a microsecond wide, the whole 2^53. Arming and
 * cancelling cost the same however many timers there are; each timer moves down at most eight times. Timers fire in the
 * order of their microsecond, and of arming within one.
 */
export class TimerWheel {
  /** Microseconds up to which everything has fired. */
  elapsed = 0
  /** How many are armed. */
  count = 0
  readonly #heads: (NetTimer | null)[] = new Array<NetTimer | null>(LEVELS * 64).fill(null)
  readonly #tails: (NetTimer | null)[] = new Array<NetTimer | null>(LEVELS * 64).fill(null)
  /** Two words of 32 slots for each level. */
  readonly #occupied = new Int32Array(LEVELS * 2)
  #next = Infinity
  #nextKnown = true

  /** Fires at `at` microseconds; a timer already armed is moved. A time that has passed fires at the next run. */
  arm(timer: NetTimer, at: number): void {
    if (timer.slot >= 0) this.cancel(timer)
    timer.at = at
    this.#insert(timer)
    this.count++
    if (this.#nextKnown && at < this.#next) this.#next = at
  }

  /** Does nothing when the timer is not armed. */
  cancel(timer: NetTimer): void {
    const slot = timer.slot
    if (slot < 0) return
    this.#unlink(timer, slot)
    this.count--
    if (timer.at <= this.#next) this.#nextKnown = false
  }

  /** When the first timer is due, µs; Infinity without timers. Where many share a wide slot it may be early, never late. */
  next(): number {
    if (!this.#nextKnown) {
      this.#next = this.#findNext()
      this.#nextKnown = true
    }
    return this.#next
  }

  /** Fires everything due at `now` (µs), in order; `onTimer` may arm and cancel timers, also to be due at once. */
  run(now: number): void {
    for (;;) {
      const due = this.#firstSlot()
      if (due < 0) break
      const start = this.#slotStart(due)
      if (start > now) break
      if (start > this.elapsed) this.elapsed = start
      const head = this.#heads[due]!
      if (due < 64) {
        this.#unlink(head, due)
        this.count--
        this.#nextKnown = false
        head.owner.onTimer(head.kind)
      } else this.#cascade(due)
    }
    if (now > this.elapsed) this.elapsed = now
    this.#nextKnown = false
  }

  #insert(timer: NetTimer): void {
    const at = timer.at > this.elapsed ? Math.ceil(timer.at) : this.elapsed
    const high = Math.floor(at / LOW), low = at - high * LOW
    const elapsedHigh = Math.floor(this.elapsed / LOW)
    let level: number, index: number
    if (high !== elapsedHigh) {
      level = 4 + (((31 - Math.clz32(high ^ elapsedHigh)) / 6) | 0)
      index = (high >>> ((level - 4) * 6)) & 63
    } else {
      const differing = low ^ (this.elapsed - elapsedHigh * LOW)
      level = differing === 0 ? 0 : ((31 - Math.clz32(differing)) / 6) | 0
      index = (low >>> (level * 6)) & 63
    }
    const slot = level * 64 + index
    timer.slot = slot
    timer.next = null
    const tail = this.#tails[slot]!
    timer.prev = tail
    if (tail === null) this.#heads[slot] = timer
    else tail.next = timer
    this.#tails[slot] = timer
    this.#occupied[slot >> 5]! |= 1 << (slot & 31)
  }

  #unlink(timer: NetTimer, slot: number): void {
    const { next, prev } = timer
    if (prev === null) this.#heads[slot] = next
    else prev.next = next
    if (next === null) this.#tails[slot] = prev
    else next.prev = prev
    if (this.#heads[slot] === null) this.#occupied[slot >> 5]! &= ~(1 << (slot & 31))
    timer.next = null
    timer.prev = null
    timer.slot = -1
  }

  /** Moves the timers of a wide slot, whose time has begun, to narrower ones. */
  #cascade(slot: number): void {
    let timer = this.#heads[slot]!
    this.#heads[slot] = null
    this.#tails[slot] = null
    this.#occupied[slot >> 5]! &= ~(1 << (slot & 31))
    for (;;) {
      const next: NetTimer | null = timer.next
      this.#insert(timer)
      if (next === null) return
      timer = next
    }
  }

  /** The slot that is due first: lower levels always come before higher ones. */
  #firstSlot(): number {
    for (let word = 0; word < LEVELS * 2; word++) {
      const bits = this.#occupied[word]!
      if (bits !== 0) return word * 32 + (31 - Math.clz32(bits & -bits))
    }
    return -1
  }

  #slotStart(slot: number): number {
    const width = 64 ** (slot >> 6)
    const around = Math.floor(this.elapsed / (width * 64)) * width * 64
    return around + (slot & 63) * width
  }

  #findNext(): number {
    const slot = this.#firstSlot()
    if (slot < 0) return Infinity
    if (slot < 64) return this.#slotStart(slot)
    let first = Infinity
    let timer: NetTimer | null = this.#heads[slot]!
    for (let i = 0; timer !== null; i++, timer = timer.next) {
      if (i === SEARCH) return this.#slotStart(slot)
      if (timer.at < first) first = timer.at
    }
    return first
  }
}
