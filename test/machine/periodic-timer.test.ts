import { expect, test } from 'vitest'
import type { Cpu, CpuHost } from '../../src/arch/cpu-port.js'
import { TRAP } from '../../src/arch/cpu-port.js'
import { PT_REGS } from '../../src/arch/x86/context-layout.js'
import { createLinux } from '../../src/presets/current.js'

/** A CPU whose program does nothing but pause(2). */
function pausing(): Cpu {
  let host: CpuHost
  return {
    name: 'pause', modes: ['x86_64'], limits: [],
    attach: (given) => void (host = given),
    run(regs) {
      for (const [at, value] of [[PT_REGS.rax, 34], [PT_REGS.rip, 0x401000], [PT_REGS.cs, 0x33], [PT_REGS.ss, 0x2b], [PT_REGS.rflags, 0x202], [PT_REGS.rsp, 0x10000]] as const) {
        host.memory.i32[(regs + at) >> 2] = value
        host.memory.i32[(regs + at + 4) >> 2] = 0
      }
      host.trap({ kind: TRAP.syscall, vector: 0, errorCode: 0, address: 0, length: 2, software: 'int' })
      return 1
    },
    flush() {}, invalidate() {}, codeWritten() {}, saveFpu(_regs, out) { out.fill(0) }, loadFpu() {}, setBreakpoints() {}, dispose() {},
  }
}

test('run ends at its instruction limit though a periodic timer goes on and nobody can run', async () => {
  const machine = createLinux({ cpu: pausing() })
  let ticks = 0
  machine.kernel.timers.handle('tick', () => {
    ticks++
    machine.kernel.timers.add(machine.kernel.clock.monotonic() + 1000, 'tick', 0)
  })
  machine.kernel.timers.add(1000, 'tick', 0)
  machine.spawn(null)
  expect(await machine.run({ maxInstructions: 5000 })).toMatchObject({ reason: 'instructions', status: null, instructions: 5000 })
  expect(ticks).toBeGreaterThan(4000)
})

test('run gives way to the host then, so that it can be aborted', async () => {
  const abort = new AbortController()
  const machine = createLinux({ cpu: pausing(), hostLoop: { yield: () => Promise.resolve(abort.abort()), sleep: () => Promise.resolve() } })
  machine.kernel.timers.handle('tick', () => void machine.kernel.timers.add(machine.kernel.clock.monotonic() + 1000, 'tick', 0))
  machine.kernel.timers.add(1000, 'tick', 0)
  machine.spawn(null)
  expect((await machine.run({ signal: abort.signal })).reason).toBe('aborted')
})
