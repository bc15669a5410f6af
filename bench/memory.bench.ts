import { AddressSpace } from '../src/memory/address-space.js'
import { PhysicalMemory } from '../src/memory/physical.js'
import { UserMemory } from '../src/memory/user-memory.js'
import { measure } from './measure.js'
import { insertMapping } from '../src/memory/mappings.js'

const memory = new PhysicalMemory()
const first = memory.allocate()
const second = memory.allocate()


/** An address as those of stacks and mappings are: no small integer. The loops of words have their own, so that they measure no look into this module. */
const BASE = 0x7ffff7000000
const space = new AddressSpace(memory, { limit: 0x7ffffffff000, mmapBase: 0x7ffff7fff000 })
insertMapping(space, { start: BASE, end: BASE + (1 << 20), prot: 3, maxProt: 7, flags: 0, backing: null, offset: 0, label: null })
space.activate()
const user = new UserMemory(space)
const page = new Uint8Array(4096)
for (let at = BASE; at < BASE + (1 << 20); at += 4096) user.copyTo(at, page)

await measure('Memory', [
  { name: 'a 32-bit load from a typed array', run: (n) => {
    const words = memory.u32
    let sum = 0
    for (let i = 0; i < n; i++) sum = (sum + words[(first << 10) + (i & 1023)]!) | 0
    return sum
  } },
  { name: 'the same, pages in turn', run: (n) => {
    const words = memory.u32
    let sum = 0
    for (let i = 0; i < n; i++) sum = (sum + words[((first << 12) + (((i & 0x3ffff) * 4100) & 0xffffc)) >>> 2]!) | 0
    return sum
  } },
  { name: '32-bit load of user memory, pages in turn', aim: 3, run: (n) => {
    const base = 0x7ffff7000000
    let sum = 0
    for (let i = 0; i < n; i++) sum = (sum + user.getU32(base + (((i & 0x3ffff) * 4100) & 0xffffc))) | 0
    return sum
  } },
  { name: '32-bit store to user memory, pages in turn', aim: 3, run: (n) => {
    const base = 0x7ffff7000000
    for (let i = 0; i < n; i++) user.putU32(base + (((i & 0x3ffff) * 4100) & 0xffffc), i)
  } },
  { name: 'copy of 4 KiB from user memory', aim: 120, run: (n) => {
    for (let i = 0; i < n; i++) user.copyFrom(BASE + ((i & 127) << 12), page)
  } },
  { name: 'copy of 4 KiB to user memory', aim: 120, run: (n) => {
    for (let i = 0; i < n; i++) user.copyTo(BASE + ((i & 127) << 12), page)
  } },
  { name: 'copy of 16 bytes from user memory', run: (n) => {
    for (let i = 0; i < n; i++) user.copyFrom(BASE + ((i & 127) << 12), page, 0, 16)
  } },
  { name: 'copy of 4 KiB, frame to frame', aim: 120, run: (n) => {
    for (let i = 0; i < n; i++) memory.u8.copyWithin(second << 12, first << 12, (first + 1) << 12)
  } },
  { name: 'frame allocated and released', run: (n) => {
    for (let i = 0; i < n; i++) memory.release(memory.allocate())
  } },
])
