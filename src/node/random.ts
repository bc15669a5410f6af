import { randomFillSync } from 'node:crypto'
import type { Random } from '../base/random.js'

/** The host's generator of random numbers. */
export const hostRandom: Random = {
  u32: () => randomFillSync(new Uint32Array(1))[0]!,
  fill: (out) => {
    randomFillSync(out)
  },
}
