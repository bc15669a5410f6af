// What decoding arguments costs: callSyscall over a table entry against a hand-written decoder that calls the same handler.
// Run: node bench/decode.mjs
import { build } from 'esbuild'
import { Bench } from 'tinybench'

const { outputFiles } = await build({
  stdin: {
    contents: `export { callSyscall } from './src/syscalls/call.js'
      export { syscallEntry } from './src/syscalls/table.js'
      export { defineSyscall } from './src/syscalls/define.js'
      export * from './src/syscalls/codecs.js'
      export * from './src/syscalls/codecs-pointers.js'`,
    resolveDir: new URL('..', import.meta.url).pathname,
  },
  bundle: true, write: false, format: 'esm',
})
const { callSyscall, syscallEntry, defineSyscall, int, ufd, sizeT, address, ulong, bytesIn, pid, atFd, path, mode } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
)

const memory = new ArrayBuffer(1 << 16)
const view = { i32: new Int32Array(memory), u32: new Uint32Array(memory) }
const task = { regs: 0x8000, sum: 0 }
const ORDER = [112, 104, 96, 56, 72, 64]
ORDER.forEach((offset, i) => { view.i32[(task.regs + offset) >>> 2] = 3 + i * 4096 })

const handlers = {
  getpid: [], close: [['fd', ufd]], kill: [['pid', pid], ['sig', int]], write: [['fd', ufd], ['buf', bytesIn], ['count', sizeT]],
  openat: [['dfd', atFd], ['filename', path], ['flags', int], ['mode', mode]],
  mmap: [['addr', address], ['len', ulong], ['prot', ulong], ['flags', ulong], ['fd', ulong], ['off', ulong]],
}
const runs = [
  (t) => (t.sum = (t.sum + 1) | 0), (t, a) => (t.sum = (t.sum + a) | 0), (t, a, b) => (t.sum = (t.sum + a + b) | 0),
  (t, a, b, c) => (t.sum = (t.sum + a + b + c) | 0), (t, a, b, c, d) => (t.sum = (t.sum + a + b + c + d) | 0),
  (t, a, b, c, d, e, f) => (t.sum = (t.sum + a + b + c + d + e + f) | 0),
]
const entries = Object.entries(handlers).map(([name, args], i) => syscallEntry(defineSyscall(name, { args, run: runs[i] }), i, name, false))
const base = task.regs
const at = ORDER.map((offset) => (base + offset) >>> 2)
const { i32, u32 } = view
const canonical = (i) => { const h = i32[i + 1]; return h >= -0x8000 && h <= 0x7fff ? h * 4294967296 + u32[i] : 0x1000000000000 + u32[i] }
const size = (i) => u32[i + 1] * 4294967296 + u32[i]
const byHand = [
  () => runs[0](task), () => runs[1](task, u32[at[0]]), () => runs[2](task, i32[at[0]], i32[at[1]]),
  () => runs[3](task, u32[at[0]], canonical(at[1]), size(at[2])),
  () => runs[4](task, i32[at[0]], canonical(at[1]), i32[at[2]], u32[at[3]] & 0xffff),
  () => runs[5](task, canonical(at[0]), size(at[1]), size(at[2]), size(at[3]), size(at[4]), size(at[5])),
]

const N = 1000
const bench = new Bench({ time: 500, warmupTime: 200 })
const names = Object.keys(handlers)
const bare = (run) => () => { for (let i = 0; i < N; i++) run(task, 1, 2, 3) }
bench.add('bare write', bare(runs[3]))
for (const i of [0, 3, 5]) {
  bench.add(`by hand ${names[i]}`, () => { const f = byHand[i]; for (let n = 0; n < N; n++) f() })
  bench.add(`decoded ${names[i]}`, () => { const e = entries[i]; for (let n = 0; n < N; n++) callSyscall(e, task, view, ORDER) })
}
bench.add('by hand all in turn', () => { for (let n = 0; n < N; n++) byHand[n % 6]() })
bench.add('decoded all in turn', () => { for (let n = 0; n < N; n++) callSyscall(entries[n % 6], task, view, ORDER) })
await bench.run()
const ns = new Map(bench.tasks.map((t) => [t.name, (t.result.latency.p50 * 1e6) / N]))
for (const [name, value] of ns) {
  const hand = name.startsWith('decoded') ? ns.get(name.replace('decoded', 'by hand')) : undefined
  console.log(`${name.padEnd(24)} ${value.toFixed(1).padStart(7)} ns${hand === undefined ? '' : `   ${(value - hand).toFixed(1)} over hand-written`}`)
}
