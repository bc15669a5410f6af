import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { VirtualClock } from '../../src/base/clock.js'
import { createLinux } from '../../src/presets/current.js'

/** Programs, and the system calls that strace saw them make natively. */
const recorded: Record<'32' | '64', { program: string; calls: string[] }> = JSON.parse(readFileSync(join(import.meta.dirname, 'native/vdso.json'), 'utf8'))

test.each(['64', '32'] as const)('a %s-bit program reads the kernel\'s clocks without system calls', async (bits) => {
  const clock = new VirtualClock(1_700_000_000)
  clock.advance(5_123_456_789)
  const output: Uint8Array[] = []
  const machine = createLinux({ clock, stdout: (bytes) => output.push(bytes.slice()) })
  const calls: string[] = []
  machine.on('syscall:enter', ({ name }) => calls.push(name ?? 'unknown'))
  machine.spawn(Buffer.from(recorded[bits].program, 'base64'))
  const run = await machine.run({ maxInstructions: 1_000_000 })
  expect(run).toMatchObject({ reason: 'exit', status: 0, signal: null })
  expect(calls).toEqual(recorded[bits].calls)
  const bytes = Buffer.concat(output)
  const [realSec, realNs, monoSec, monoNs, coarseSec, coarseNs, todSec, todUs, now, cpu] = Array.from({ length: 10 }, (_, i) => Number(bytes.readBigInt64LE(i * 8)))
  // the machine's clock moves a nanosecond for each instruction at most, and few were executed
  expect([realSec, monoSec, todSec, now, cpu]).toEqual([1_700_000_005, 5, 1_700_000_005, 1_700_000_005, 0])
  for (const ns of [realNs!, monoNs!, todUs! * 1000]) {
    expect(ns).toBeGreaterThanOrEqual(123_456_000)
    expect(ns).toBeLessThan(123_556_789)
  }
  expect(realNs).toBeGreaterThanOrEqual(123_456_789)
  expect([coarseSec, coarseNs]).toEqual([5, 120_000_000])
})

test('the coarse wall clock stands at the last tick of the monotonic clock, wherever the seconds of the wall begin', () => {
  const TICK = 4_000_000
  const clock = new VirtualClock(1_700_000_000)
  const { kernel } = createLinux({ clock })
  kernel.wallStart = { seconds: 1_700_000_000, nanoseconds: 1_500_000 } // as after clock_settime
  for (const at of [0, 1, TICK - 1, TICK, 997_000_000, 998_499_999, 998_500_000, 1_000_000_001]) {
    clock.now = at
    const fine = kernel.realtime(), coarse = kernel.realtimeCoarse(TICK)
    expect((fine.seconds - coarse.seconds) * 1e9 + fine.nanoseconds - coarse.nanoseconds).toBe(at % TICK)
    expect(coarse.nanoseconds).toBeLessThan(1e9)
  }
})
