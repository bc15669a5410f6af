/** Run by allocation.test.ts in a process of its own: prints the bytes of V8's heap that traps of each kind took. */
import { TRAP } from '../../../src/arch/cpu-port.js'
import { PT_REGS } from '../../../src/arch/x86/context-layout.js'
import { gate } from '../../../bench/gates.js'
import { insertMapping } from '../../../src/memory/mappings.js'
import { createLinux } from '../../../src/presets/current.js'

const ROUNDS = 6, TRAPS = 250_000
const taken: Record<string, number> = {}

/** The least of some rounds: V8 compiles during the first ones, while what a trap allocates is in each. */
async function measure(name: string, run: (n: number) => unknown): Promise<void> {
  let least = Infinity
  for (let i = 0; i < ROUNDS; i++) {
    globalThis.gc!()
    const { heapUsed } = process.memoryUsage()
    await run(TRAPS)
    least = Math.min(least, process.memoryUsage().heapUsed - heapUsed)
  }
  taken[name] = least
}

/** A guest that makes nothing but system calls: `mov $nr, %eax`, the gate, a jump back. */
async function guest(name: string, nr: number, gateBytes: readonly number[], cs: number): Promise<void> {
  const machine = createLinux()
  const task = machine.spawn(null)
  insertMapping(task.mm, { start: 0x10000, end: 0x11000, prot: 7, maxProt: 7, flags: 0, backing: null, offset: 0, label: null })
  task.memory.copyTo(0x10000, Uint8Array.of(0xb8, nr, 0, 0, 0, ...gateBytes, 0xeb, 0xf7), 0, 9)
  for (const [slot, value] of [[PT_REGS.rip, 0x10000], [PT_REGS.cs, cs], [PT_REGS.ss, 0x2b], [PT_REGS.rflags, 0x202]] as const) {
    machine.memory.u32[(task.regs + slot) >> 2] = value
  }
  await measure(name, (n) => machine.run({ maxInstructions: 3 * n }))
  if (machine.memory.u32[(task.regs + PT_REGS.rip) >> 2] !== 0x10000) throw new Error(`${name}: the guest left its loop`)
}

for (const [name, kind, cs, nr, count] of [
  ['SYSCALL', TRAP.syscall, 0x33, 39, 0], ['INT 0x80 of 64-bit code', TRAP.int, 0x33, 20, 0], ['INT 0x80', TRAP.int, 0x23, 20, 0],
  ['SYSENTER', TRAP.sysenter, 0x23, 20, 0], ['8 handlers in turn', TRAP.syscall, 0x33, 39, 8], ['380 handlers in turn', TRAP.syscall, 0x33, 39, 380],
] as const) await measure(name, (await gate(name, kind, cs, nr, count)).run)
await guest('SYSCALL of a guest', 39, [0x0f, 0x05], 0x33)
await guest('INT 0x80 of a guest', 20, [0xcd, 0x80], 0x23)
console.log(JSON.stringify(taken))
