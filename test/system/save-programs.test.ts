import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { saveMachine } from '../../src/machine/save.js'
import { Guest } from './guest.js'

const STEPS = [40_000, 997, 13_000, 5003]
const bin = new URL('../../fixtures/bin/', import.meta.url)
/**
 * Not moved: those that end by a signal, and those that do nothing without arguments; those with sockets of the stack, which
 * are refused by name (save-sockets.test.ts), or with files of /proc open; those whose wait for a child is under way when they move, so that the new
 * machine's strace never saw it begin; and one that executes itself from /bin.
 */
const APART = [
  'faults', 'gates', 'attacks', 'scene-servers', 'scene-sockets', 'scene-connections',
  'scene-control', 'calls-inet', 'calls-groups', 'calls-interfaces', 'calls-socketcall', 'errors-sockets', 'http-client', 'http-server', 'listen', 'queues',
  'families', 'job-control', 'calls-schedule', 'scene-names', 'scene-splice', 'calls-rights',
]
const programs = ['x86_64', 'i386'].flatMap((arch) => readdirSync(new URL(arch, bin)).filter((name) => !APART.includes(name)).map((name) => `${arch}/${name}`))

/** How often a run is stopped. Stops change what time it is, so that both runs have them. */
const STOPS = 12

/** Runs a program with stops; with `moves`, it goes on in a new machine after each. */
async function run(elf: Uint8Array, moves: boolean): Promise<{ end: string; output: string; lines: string[]; moved: number }> {
  let guest = Guest.start(elf)
  let output = ''
  const lines: string[] = []
  for (let moved = 0; ; moved++) {
    const { reason, status, signal } = await guest.machine.run(moved < STOPS ? { maxInstructions: STEPS[moved % STEPS.length]! } : {})
    if (reason !== 'instructions') return { end: `${reason} ${status ?? signal}`, output: output + guest.watch.output, lines: [...lines, ...guest.watch.lines], moved }
    if (!moves) continue
    output += guest.watch.output
    lines.push(...guest.watch.lines)
    guest = Guest.restore(elf, structuredClone(saveMachine(guest.machine)), guest)
  }
}

describe('a program that moves from machine to machine', () => {
  test.each(programs)('%s does what it does in one', async (name) => {
    const elf = readFileSync(new URL(name, bin))
    const alone = await run(elf, false)
    const { moved, ...moving } = await run(elf, true)
    expect({ moved, ...moving }).toEqual(alone)
    expect(alone.end).toMatch(/^exit \d+$/)
    if (!name.endsWith('hello-asm')) expect(moved).toBeGreaterThan(3)
  })
})
