// What it costs to decode arguments and call a handler through a table entry, against the same written by hand.
import { callSyscall, type ArgOrder } from '../src/syscalls/call.js'
import { address, atFd, int, mode, sizeT, ufd, ulong } from '../src/syscalls/codecs.js'
import { bytesIn, path } from '../src/syscalls/codecs-pointers.js'
import { defineSyscall, type AnySyscall } from '../src/syscalls/define.js'
import { syscallEntry } from '../src/syscalls/table.js'
import { measure, type Operation } from './measure.js'

const u32 = new Uint32Array(1 << 14)
const view = { u32 }, task = { regs: 0x8000 }
const ORDER: ArgOrder = [112, 104, 96, 56, 72, 64]
const [a, b, c, d, e, f] = ORDER.map((offset) => (task.regs + offset) >>> 2) as [number, number, number, number, number, number]
for (const [i, index] of [a, b, c, d, e, f].entries()) u32[index] = 3 + i * 4096
let sum = 0

const getpid = defineSyscall('getpid', { args: [], run: () => (sum = (sum + 1) | 0) })
const close = defineSyscall('close', { args: [['fd', ufd]], run: (_task, x) => (sum = (sum + x) | 0) })
const listen = defineSyscall('listen', { args: [['fd', int], ['backlog', int]], run: (_task, x, y) => (sum = (sum + x + y) | 0) })
const write = defineSyscall('write', { args: [['fd', ufd], ['buf', bytesIn], ['count', sizeT]], run: (_task, x, y, z) => (sum = (sum + x + y + z) | 0) })
const openat = defineSyscall('openat', {
  args: [['dfd', atFd], ['filename', path], ['flags', int], ['mode', mode]],
  run: (_task, x, y, z, w) => (sum = (sum + x + y + z + w) | 0),
})
const mmap = defineSyscall('mmap', {
  args: [['addr', address], ['len', ulong], ['prot', ulong], ['flags', ulong], ['fd', ulong], ['off', ulong]],
  run: (_task, x, y, z, w, v, u) => (sum = (sum + x + y + z + w + v + u) | 0),
})

const definitions: readonly AnySyscall[] = [getpid, close, listen, write, openat, mmap]
const entries = definitions.map((def, i) => syscallEntry(def, i, def.name, false))

const wide = (i: number): number => {
  const high = u32[i + 1]! | 0
  return high >= -0x8000 && high <= 0x7fff ? high * 4294967296 + u32[i]! : 0x1000000000000 + u32[i]!
}
const size = (i: number): number => u32[i + 1]! * 4294967296 + u32[i]!
const handlers = definitions.map((def) => syscallEntry(def, 0, def.name, false))
const byHand: readonly (() => number)[] = [
  () => handlers[0]!.run(task),
  () => handlers[1]!.run(task, u32[a]!),
  () => handlers[2]!.run(task, u32[a]! | 0, u32[b]! | 0),
  () => handlers[3]!.run(task, u32[a]!, wide(b), size(c)),
  () => handlers[4]!.run(task, u32[a]! | 0, wide(b), u32[c]! | 0, u32[d]! & 0xffff),
  () => handlers[5]!.run(task, wide(a), size(b), size(c), size(d), size(e), size(f)),
]

const pair = (name: string, which: readonly number[]): Operation[] => [
  { name: `${name}, by hand`, run: (n) => { for (let i = 0; i < n; i++) byHand[which[i % which.length]!]!(); return sum } },
  { name: `${name}, decoded`, run: (n) => { for (let i = 0; i < n; i++) callSyscall(entries[which[i % which.length]!]!, task, view, ORDER); return sum } },
]
await measure('Decoding arguments (at most 10 ns over hand-written)', [
  ...pair('all six in turn', [0, 1, 2, 3, 4, 5]), ...pair('getpid', [0]), ...pair('write', [3]), ...pair('mmap', [5]),
])
