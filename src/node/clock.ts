import type { Clock } from '../base/clock.js'

/**
 * The host's clocks: monotonic time since the clock was made, and the wall time of that moment.
 *
 * @example
 * createLinux({ clock: new HostClock() })
 */
export class HostClock implements Clock {
  readonly virtual = false
  readonly bootTime: { readonly seconds: number; readonly nanoseconds: number }
  private readonly start: bigint
  constructor() {
    const wall = Date.now() // of a millisecond only; `performance` knows more and takes 2 ms to load (measured)
    this.start = process.hrtime.bigint()
    this.bootTime = { seconds: Math.floor(wall / 1000), nanoseconds: (wall % 1000) * 1e6 }
  }
  monotonic = (): number => Number(process.hrtime.bigint() - this.start)
  advance = (): void => {}
}
