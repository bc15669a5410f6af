/**
 * The minimum over a sliding window, by the best, second and third best samples of its parts (Kathleen Nichols).
 * Linux: struct minmax, minmax_running_min.
 */
export class WindowedMin {
  /** Samples, best first, and when each was taken. */
  first: number
  firstAt: number
  second: number
  secondAt: number
  third: number
  thirdAt: number

  constructor(value: number, now: number) {
    this.first = this.second = this.third = value
    this.firstAt = this.secondAt = this.thirdAt = now
  }

  /** Takes a sample; `window` and `now` are of one unit. */
  add(window: number, now: number, value: number): void {
    if (value <= this.first || now - this.thirdAt > window) {
      this.first = value
      this.firstAt = now
      this.#setSecond(value, now)
      return
    }
    if (value <= this.second) this.#setSecond(value, now)
    else if (value <= this.third) this.#setThird(value, now)
    const age = now - this.firstAt
    if (age > window) {
      this.#shift(value, now)
      if (now - this.firstAt > window) this.#shift(value, now)
    } else if (this.secondAt === this.firstAt && age > window / 4) this.#setSecond(value, now)
    else if (this.thirdAt === this.secondAt && age > window / 2) this.#setThird(value, now)
  }

  #setSecond(value: number, now: number): void {
    this.second = value
    this.secondAt = now
    this.#setThird(value, now)
  }

  #setThird(value: number, now: number): void {
    this.third = value
    this.thirdAt = now
  }

  /** The best sample is too old. */
  #shift(value: number, now: number): void {
    this.first = this.second
    this.firstAt = this.secondAt
    this.second = this.third
    this.secondAt = this.thirdAt
    this.#setThird(value, now)
  }
}
