import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/base/clock.js'
import { createHostStream } from '../../src/fs/console.js'
import type { Subsystem } from '../../src/kernel/ports/subsystem.js'
import type { Task } from '../../src/kernel/task.js'
import type { Machine } from '../../src/machine/machine.js'
import { restoreMachine, saveMachine } from '../../src/machine/save.js'
import { createLinux, type LinuxOptions } from '../../src/presets/current.js'
import { Program } from './assembler.js'
import { blockingPrograms, PLACE } from './blocking-programs.js'
import { Guest } from './guest.js'
import { waitHost } from '../../src/kernel/wait-host.js'

const OPEN = 2, PAUSE = 34
const bare: LinuxOptions = { memory: { limit: 32 << 20 } }
const refused = (message: RegExp): unknown => expect.objectContaining({ code: 'ERR_SYSCALLKIT_SAVE', message: expect.stringMatching(message) })

/** What a function throws. */
function thrown(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return null
}

/** A task of a machine with files. */
function spawned(machine: Machine): Task & { files: { install: (file: ReturnType<ReturnType<typeof createHostStream>['open']>, limit: number) => number } } {
  const task = machine.spawn(null)
  if (!('files' in task)) throw new Error('no files')
  return task as ReturnType<typeof spawned>
}

describe('saveMachine refuses', () => {
  test('a real clock', () => {
    const now = new VirtualClock()
    const machine = createLinux({ ...bare, clock: { monotonic: () => 0, bootTime: now.bootTime, virtual: false, advance: () => {} } })
    expect(thrown(() => saveMachine(machine))).toEqual(refused(/clock: a machine with a real clock cannot be saved/))
  })

  test('a call that is parked for the host', () => {
    const machine = createLinux(bare)
    void waitHost(machine.spawn(null), 'user', {}, new Promise(() => {}), () => {})
    expect(thrown(() => saveMachine(machine))).toEqual(refused(/a call that is parked for the host/))
  })

  test('an open file of /proc, saying where it was found', async () => {
    const program = new Program().put(PLACE.path, '/proc/self/status\0').call(OPEN, PLACE.path, 0, 0).call(PAUSE)
    const guest = Guest.start(program.elf())
    expect((await guest.finish()).reason).toBe('deadlock')
    expect(thrown(() => saveMachine(guest.machine))).toEqual(refused(/fs\.vfs\.files.*class (Proc|Text)\w+ cannot be saved/))
  })

  test('a stream of the host that the machine was not given', () => {
    const machine = createLinux(bare)
    const stream = createHostStream({ kind: 'pipe', write: () => {} })
    spawned(machine).files.install(stream.open(machine.kernel, 1), 10)
    expect(thrown(() => saveMachine(machine))).toEqual(refused(/class HostPipe cannot be saved/))
  })

  test('a subsystem that does not say what it keeps', () => {
    const machine = createLinux(bare)
    const audit: Subsystem<'audit', number[]> = { key: 'audit', version: 1, create: () => ({ attach: () => [] }) }
    machine.kernel.services.set('audit', audit.create(machine.kernel))
    expect(thrown(() => saveMachine(machine))).toEqual(refused(/audit: a subsystem that does not say what it keeps/))
  })

  test('a machine that runs', async () => {
    const guest = Guest.start(blockingPrograms.vforkParent.elf)
    let error: unknown = null
    guest.machine.on('syscall:enter', () => {
      error = thrown(() => saveMachine(guest.machine))
    })
    await guest.finish()
    expect(error).toEqual(expect.objectContaining({ code: 'ERR_SYSCALLKIT_REENTRANT' }))
  })
})

describe('restoreMachine refuses', () => {
  const saved = saveMachine(createLinux(bare))

  test('a machine with tasks', () => {
    const machine = createLinux(bare)
    machine.spawn(null)
    expect(thrown(() => restoreMachine(machine, saved))).toEqual(refused(/the machine has tasks already/))
  })

  test('another format', () => {
    expect(thrown(() => restoreMachine(createLinux(bare), { ...saved, version: 99 }))).toEqual(refused(/the format is syscallkit-machine 99/))
  })

  test('other subsystems, or other versions of them', () => {
    const [[key] = ['']] = saved.subsystems
    expect(thrown(() => restoreMachine(createLinux(bare), { ...saved, subsystems: [[key, 77], ...saved.subsystems.slice(1)] }))).toEqual(refused(/the subsystems are signals 1, .* the saved ones signals 77, /))
  })

  test('a machine without what the saved one had', () => {
    const withStreams = saveMachine(createLinux({ ...bare, stdout: () => {} }))
    expect(thrown(() => restoreMachine(createLinux(bare), withStreams))).toEqual(refused(/this machine has no files\.1\.stream/))
  })

  test('too little memory, before anything has changed', async () => {
    const guest = Guest.start(blockingPrograms.vforkParent.elf)
    await guest.runTo('vfork')
    const big = saveMachine(guest.machine)
    const small = createLinux({ memory: { limit: 1 << 20 }, stdout: () => {}, root: [] })
    expect(thrown(() => restoreMachine(small, big))).not.toBeNull()
    expect(small.kernel.tasks.size).toBe(0)
  })
})
