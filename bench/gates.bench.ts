/** getpid by each gate, and many handlers in turn; see gates.ts. */
import { TRAP } from '../src/arch/cpu-port.js'
import { gate } from './gates.js'
import { measure } from './measure.js'

const bare = { handlers: [(): number => 1, (): number => 2] as (() => number)[] }

await measure('System calls: the whole modelled path', [
  { name: 'a bare indirect call', run(n) {
    let sum = 0
    for (let i = 0; i < n; i++) sum += bare.handlers[i & 1]!()
    return sum
  } },
  await gate('SYSCALL, getpid', TRAP.syscall, 0x33, 39, 0, 40),
  await gate('INT 0x80 from 64-bit code, getpid', TRAP.int, 0x33, 20, 0, 40),
  await gate('INT 0x80 from 32-bit code, getpid', TRAP.int, 0x23, 20, 0, 40),
  await gate('SYSENTER, getpid', TRAP.sysenter, 0x23, 20, 0, 40),
  await gate('SYSCALL, 8 handlers in turn', TRAP.syscall, 0x33, 39, 8, 40),
  await gate('SYSCALL, 380 handlers in turn', TRAP.syscall, 0x33, 39, 380, 40),
])
