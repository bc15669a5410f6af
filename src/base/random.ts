/** Source of bytes and integers; injected everywhere below the machine so that runs can be repeated. */
export interface Random {
  /** A uniformly distributed unsigned 32-bit integer. */
  u32: () => number
  /** Fills `out` with random bytes. */
  fill: (out: Uint8Array) => void
}

/**
 * A seeded generator (xoshiro128**, Blackman and Vigna 2018); its four words are plain data, so it can be saved.
 *
 * @param seed any integer; equal seeds give equal streams
 * @example
 * const r = new SeededRandom(1); r.u32()
 */
export class SeededRandom implements Random {
  /** The generator's state. */
  readonly state: Uint32Array
  constructor(seed: number) {
    this.state = new Uint32Array(4)
    let z = seed >>> 0 // splitmix32 spreads the seed over the state
    for (let i = 0; i < 4; i++) {
      z = (z + 0x9e3779b9) >>> 0
      let t = z ^ (z >>> 16)
      t = Math.imul(t, 0x21f0aaad)
      t ^= t >>> 15
      t = Math.imul(t, 0x735a2d97)
      this.state[i] = (t ^ (t >>> 15)) >>> 0
    }
  }
  u32 = (): number => {
    const s = this.state
    const x = Math.imul(s[1]!, 5)
    const t = s[1]! << 9
    s[2]! ^= s[0]!
    s[3]! ^= s[1]!
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= t
    s[3] = (s[3]! << 11) | (s[3]! >>> 21)
    return Math.imul((x << 7) | (x >>> 25), 9) >>> 0
  }
  fill = (out: Uint8Array): void => {
    for (let i = 0, word = 0; i < out.length; i++) {
      word = i % 4 === 0 ? this.u32() : word >>> 8
      out[i] = word
    }
  }
}
