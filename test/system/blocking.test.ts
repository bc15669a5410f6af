import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { blockingPrograms, type BlockingName } from './blocking-programs.js'
import { Guest } from './guest.js'
import { renamed } from './rename.js'

interface Golden {
  readonly status: number
  readonly stdout: string
  readonly strace: string[]
}

/** What Linux 6.18 did with the same programs; record-native.mjs renews it. */
const goldens: Record<BlockingName, Golden> = JSON.parse(readFileSync(new URL('goldens/blocking.json', import.meta.url), 'utf8'))
const names = Object.keys(blockingPrograms) as BlockingName[]

/**
 * What strace gets to see because it is a tracer (ptrace stops, signals that the process ignores), and its memory of
 * which call a restart goes on with; attachStrace shows neither.
 */
function withoutTracer(lines: readonly string[]): string[] {
  return lines.filter((line) => !/^--- (stopped by|SIGCONT)/.test(line)).map((line) => line.replace(/(resuming interrupted) \w+( call)? \.\.\./, '$1 ...'))
}

/** What the guest did, as the golden has it. */
async function outcome(guest: Guest): Promise<Golden> {
  const { status, reason } = await guest.finish()
  expect(reason).toBe('exit')
  return { status: status!, stdout: guest.watch.output, strace: withoutTracer(renamed(guest.watch.lines.slice(1))) }
}

const golden = (name: BlockingName): Golden => ({ ...goldens[name], strace: withoutTracer(goldens[name].strace) })

/** Each call that came in ended once, before the next one came; the last one ended the process. */
function expectPairs(calls: readonly string[]): void {
  const begins = calls.filter((call) => call.startsWith('>')).map((call) => call.slice(1))
  expect(calls).toEqual(begins.flatMap((nr, i) => (i === begins.length - 1 ? [`>${nr}`] : [`>${nr}`, `<${nr}`])))
}

/** Overwrites what the waiting call was given, takes ids that are free, and wakes it for nothing. */
async function disturb(guest: Guest, name: BlockingName, call: string, round: number): Promise<void> {
  const { task } = guest
  const { kernel } = guest.machine
  const before = [...guest.watch.calls]
  for (const [address, length] of blockingPrograms[name].frozen) task.memory.write(address, new Uint8Array(length).fill(0xa5 + round))
  const other = { pipeRead: 5, ppollSignal: 0 }[name as string]
  if (other !== undefined) task.files.replace(3, task.files.get(other)!, false)
  kernel.newId()
  expect(task.wake()).toBe(true)
  for (let i = 0; i < 3 && !guest.waitsIn(call); i++) await guest.machine.run({ maxInstructions: 1 })
  expect(guest.waitsIn(call)).toBe(true)
  expect(guest.watch.calls).toEqual(before)
}

describe('a call that waits is one call', () => {
  test.each(names)('%s: as on Linux', async (name) => {
    const guest = Guest.start(blockingPrograms[name].elf)
    expect(await outcome(guest)).toEqual(golden(name))
    expectPairs(guest.watch.calls)
  })

  test.each(names)('%s: spurious wakes, and memory, descriptors and ids scrambled meanwhile, change nothing', async (name) => {
    const guest = Guest.start(blockingPrograms[name].elf)
    for (const call of blockingPrograms[name].waits) {
      await guest.runTo(call)
      for (let round = 0; round < 3; round++) await disturb(guest, name, call, round)
    }
    expect(await outcome(guest)).toEqual(golden(name))
    expectPairs(guest.watch.calls)
  })
})
