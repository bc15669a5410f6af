/** Decoding the arguments of a call by its codecs, against the same written by hand. */
import { ARGS_X86_64 } from '../src/arch/x86/ways.js'
import { unpackTable } from '../src/abi/number-table.js'
import { tableX86_64 } from '../src/abi/generated/table-x86_64.js'
import { callSyscall } from '../src/syscalls/call.js'
import { int, loffT, sizeT, ufd } from '../src/syscalls/codecs.js'
import { bytesIn } from '../src/syscalls/codecs-pointers.js'
import { defineSyscall } from '../src/syscalls/define.js'
import { createSyscallTable, lookupSyscall } from '../src/syscalls/table.js'
import { measure } from './measure.js'

const regs = 512
const buffer = new ArrayBuffer(4096)
const view = { u32: new Uint32Array(buffer), i32: new Int32Array(buffer) }
const task = { regs }
let sum = 0

const definitions = [
  defineSyscall('getpid', { args: [], run: () => 1 }),
  defineSyscall('close', { args: [['fd', ufd]], run: (_t, fd) => (sum = (sum + fd) | 0) }),
  defineSyscall('write', { args: [['fd', ufd], ['buf', bytesIn], ['count', sizeT]], run: (_t, fd, buf, count) => (sum = (sum + fd + buf + count) | 0) }),
  defineSyscall('pwrite64', { args: [['fd', ufd], ['buf', bytesIn], ['count', sizeT], ['pos', loffT]], run: (_t, fd, buf, count, pos) => (sum = (sum + fd + buf + count + pos) | 0) }),
  defineSyscall('listen', { args: [['fd', int], ['backlog', int]], run: (_t, fd, backlog) => (sum = (sum + fd + backlog) | 0) }),
]
const table = createSyscallTable({ numbers: unpackTable(tableX86_64), definitions })
const [rdi, rsi, rdx, r10] = ARGS_X86_64.map((offset) => (regs + offset) >> 2) as [number, number, number, number]
view.u32[rdi] = 3
view.u32[rsi] = 0x401000
view.u32[rdx] = 100
view.u32[r10] = 7

const through = (nr: number) => (n: number): number => {
  for (let i = 0; i < n; i++) callSyscall(lookupSyscall(table, nr)!, task, view as never, ARGS_X86_64)
  return sum
}
const byHand = (n: number): number => {
  const { u32, i32 } = view
  const entry = lookupSyscall(table, 1)!
  for (let i = 0; i < n; i++) entry.run(task, u32[rdi]!, i32[rsi + 1]! * 4294967296 + u32[rsi]!, u32[rdx + 1]! * 4294967296 + u32[rdx]!)
  return sum
}

await measure('Decoding arguments', [
  { name: 'write(fd, buf, count), decoded by hand', run: byHand },
  { name: 'write(fd, buf, count), by codecs', run: through(1) },
  { name: 'getpid()', run: through(39) },
  { name: 'close(fd)', run: through(3) },
  { name: 'listen(fd, backlog)', run: through(50) },
  { name: 'pwrite64(fd, buf, count, pos)', run: through(18) },
])
