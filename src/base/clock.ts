/** Time as the machine sees it; nothing below the machine reads the host's clocks. Units: nanoseconds as numbers (exact to 2^53, about 104 days of uptime; wall time is split). */
export interface Clock {
  /** Nanoseconds since the machine started; never goes back. */
  monotonic: () => number
  /** Wall clock: seconds since 1970 and nanoseconds below a second, at machine start. */
  readonly bootTime: { readonly seconds: number; readonly nanoseconds: number }
  /** True when only {@link Clock.advance} moves time: a machine with nothing to run then jumps to its next timer. */
  readonly virtual: boolean
  /** Moves a virtual clock forward by `ns` nanoseconds; a real clock ignores it. */
  advance: (ns: number) => void
}

/**
 * A clock that moves only when told to; the default of machines and tests.
 *
 * @param bootSeconds wall time at start, in seconds since 1970 (default 2025-01-01T00:00:00Z)
 * @example
 * const clock = new VirtualClock(); clock.advance(1_000_000)
 */
export class VirtualClock implements Clock {
  readonly virtual = true
  readonly bootTime: { readonly seconds: number; readonly nanoseconds: number }
  /** Nanoseconds since start; plain data, so that it can be saved. */
  now = 0
  constructor(bootSeconds = 1_735_689_600) {
    this.bootTime = { seconds: bootSeconds, nanoseconds: 0 }
  }
  monotonic = (): number => this.now
  advance = (ns: number): void => {
    this.now += ns
  }
}
