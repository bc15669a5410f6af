import { closeSync, openSync, readSync } from 'node:fs'
import type { Random } from '../base/random.js'

/** Fills from the system's device: loading node:crypto takes longer than a small program runs (5 ms, measured). False where there is none. */
function fillFromDevice(out: Uint8Array): boolean {
  let device: number
  try {
    device = openSync('/dev/urandom', 'r')
  } catch {
    return false
  }
  try {
    let done = 0
    while (done < out.length) {
      const read = readSync(device, out, done, out.length - done, null)
      if (read === 0) return false
      done += read
    }
    return true
  } finally {
    closeSync(device)
  }
}

function fill(out: Uint8Array): void {
  if (!fillFromDevice(out)) process.getBuiltinModule('node:crypto').randomFillSync(out)
}

/** The host's generator of random numbers. */
export const hostRandom: Random = {
  u32: () => {
    const word = new Uint32Array(1)
    fill(new Uint8Array(word.buffer))
    return word[0]!
  },
  fill,
}
