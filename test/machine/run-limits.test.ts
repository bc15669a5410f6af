import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PT_REGS } from '../../src/arch/x86/context-layout.js'
import { createLinux } from '../../src/presets/current.js'

const HELLO = readFileSync('fixtures/bin/x86_64/hello-asm')

async function runBy(maxInstructions: number): Promise<{ rips: number; status: number | null; total: number }> {
  const machine = createLinux()
  const task = machine.spawn(HELLO)
  const seen = new Set<number>()
  let total = 0
  for (let runs = 0; runs < 100; runs++) {
    seen.add(machine.memory.u32[(task.regs + PT_REGS.rip) >> 2]!)
    const { reason, status, instructions } = await machine.run({ maxInstructions })
    expect(instructions).toBeLessThanOrEqual(maxInstructions)
    total += instructions
    if (reason === 'exit') return { rips: seen.size, status, total }
    expect({ reason, status }).toEqual({ reason: 'instructions', status: null })
  }
  throw new Error('no end after 100 runs')
}

test('a run of one instruction makes one instruction, and many of them the whole program', async () => {
  const whole = await runBy(1_000_000)
  expect(whole.rips).toBe(1)
  expect(whole.status).toBe(0)
  const single = await runBy(1)
  expect(single).toEqual({ rips: whole.total, status: 0, total: whole.total })
  expect(await runBy(3)).toMatchObject({ status: 0, total: whole.total })
})
