import { PhysicalMemory } from '../src/memory/physical.js'
import { measure } from './measure.js'

const memory = new PhysicalMemory()
const first = memory.allocate()
const second = memory.allocate()

await measure('Memory', [
  { name: 'a 32-bit load from a typed array', run: (n) => {
    const words = memory.u32
    let sum = 0
    for (let i = 0; i < n; i++) sum = (sum + words[(first << 10) + (i & 1023)]!) | 0
    return sum
  } },
  { name: 'copy of 4 KiB, frame to frame', aim: 120, run: (n) => {
    for (let i = 0; i < n; i++) memory.u8.copyWithin(second << 12, first << 12, (first + 1) << 12)
  } },
  { name: 'frame allocated and released', run: (n) => {
    for (let i = 0; i < n; i++) memory.release(memory.allocate())
  } },
])
