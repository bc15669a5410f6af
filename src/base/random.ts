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
    const s0 = s[0]!, s1 = s[1]!, s2 = s[2]!, s3 = s[3]!
    const x = Math.imul(s1, 5)
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0
    const t = s1 << 9
    const a2 = s2 ^ s0, a3 = s3 ^ s1
    s[1] = s1 ^ a2
    s[0] = s0 ^ a3
    s[2] = a2 ^ t
    s[3] = (a3 << 11) | (a3 >>> 21)
    return result
  }
  fill = (out: Uint8Array): void => {
    for (let i = 0; i < out.length; i += 4) {
      const word = this.u32()
      for (let j = 0; j < 4 && i + j < out.length; j++) out[i + j] = word >>> (8 * j)
    }
  }
}
