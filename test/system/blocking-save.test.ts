import { describe, expect, test } from 'vitest'
import { checkInvariants } from '../../src/kernel/invariants.js'
import { saveMachine, type SavedMachine } from '../../src/machine/save.js'
import { blockingPrograms, type BlockingName } from './blocking-programs.js'
import { Guest } from './guest.js'

const points = (Object.keys(blockingPrograms) as BlockingName[]).flatMap((name) => blockingPrograms[name].waits.map((call) => [name, call] as const))

/** Two machines are in the same state: every byte in use, every object. */
function expectSame(got: SavedMachine, wanted: SavedMachine): void {
  expect({ ...got, memory: { ...got.memory, bytes: got.memory.bytes.length } }).toStrictEqual({ ...wanted, memory: { ...wanted.memory, bytes: wanted.memory.bytes.length } })
  expect(Buffer.compare(got.memory.bytes, wanted.memory.bytes)).toBe(0)
}

describe('a machine that is saved while a call waits', () => {
  test.each(points)('%s, in %s: the restored one goes on byte for byte', async (name, call) => {
    const { elf } = blockingPrograms[name]
    const guest = Guest.start(elf)
    await guest.runTo(call)
    const saved = structuredClone(saveMachine(guest.machine))
    const restored = Guest.restore(elf, saved, guest)
    expect(restored.waitsIn(call)).toBe(true)
    expect(checkInvariants(restored.machine.kernel)).toEqual([])
    expectSame(saveMachine(restored.machine), saved)

    const before = { lines: guest.watch.lines.length, output: guest.watch.output.length, calls: guest.watch.calls.length }
    const result = await guest.finish()
    expect(await restored.finish()).toEqual(result)
    // strace that joins when the call was interrupted already, as the restored machine's does, cannot know which it was
    const seen = guest.watch.lines.slice(before.lines).map((line) => (call === 'restarted' ? line.replace(/resuming interrupted \w+ /, 'resuming interrupted system call ') : line))
    expect(restored.watch.lines).toEqual(seen)
    expect(restored.watch.output).toBe(guest.watch.output.slice(before.output))
    expect(restored.watch.calls).toEqual(guest.watch.calls.slice(before.calls))
    expect(restored.watch.lines.at(-1)).toMatch(/^\+\+\+ exited with \d \+\+\+$/)
    expectSame(saveMachine(restored.machine), saveMachine(guest.machine))
  })
})
