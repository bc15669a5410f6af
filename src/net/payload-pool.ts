/** A buffer of payload that is used again when the last packet over it is gone. */
export class PayloadPage {
  readonly bytes: Uint8Array
  readonly pool: PayloadPool
  /** Packets that hold its bytes; NaN: nobody knows any more, and it is left to the collector. */
  holders = 1

  constructor(pool: PayloadPool, size: number) {
    this.pool = pool
    this.bytes = new Uint8Array(size)
  }

  /** One packet less. */
  release(): void {
    if (--this.holders === 0) this.pool.give(this)
  }
}

/** Sizes of pages: a segment of loopback's usual MSS, the largest packet, two of them, a long send's; and how many of each are kept (18 MiB at most). */
const SIZES = [32_768, 65_536, 131_072, 1_048_576] as const
const KEPT = [64, 64, 32, 8] as const

/**
 * Pages for the payload of large packets. A fresh buffer of 64 KiB costs three times the copy into it (zeroing, page faults,
 * collection; measured). Forgetting to release a page costs no more than that; releasing it twice would corrupt data.
 */
export class PayloadPool {
  readonly #free: readonly PayloadPage[][] = [[], [], [], []]

  /** A page of at least `size` bytes, with one holder; null for small sizes and those beyond a long send's. */
  take(size: number): PayloadPage | null {
    if (size < SIZES[0] / 2) return null
    for (let i = 0; i < SIZES.length; i++) {
      if (size > SIZES[i]!) continue
      const page = this.#free[i]!.pop() ?? new PayloadPage(this, SIZES[i]!)
      page.holders = 1
      return page
    }
    return null
  }

  /** Takes a page back. */
  give(page: PayloadPage): void {
    for (let i = 0; i < SIZES.length; i++) {
      if (page.bytes.length === SIZES[i]! && this.#free[i]!.length < KEPT[i]!) this.#free[i]!.push(page)
    }
  }
}
