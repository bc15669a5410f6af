import { VirtualClock } from '../base/clock.js'
import { SyscallkitError } from '../base/errors.js'
import { SeededRandom } from '../base/random.js'
import type { SavableClass } from '../kernel/ports/subsystem.js'
import { Task } from '../kernel/task.js'
import { ThreadGroup } from '../kernel/thread-group.js'
import { WaitQueue } from '../kernel/wait-queue.js'
import { AddressSpace } from '../memory/address-space.js'
import { PageTable } from '../memory/page-table.js'
import { restoreMemory, saveMemory, type SavedMemory } from '../memory/save-memory.js'
import { UserMemory } from '../memory/user-memory.js'
import { SharedAnonymous } from '../syscalls/memory/shared-anonymous.js'
import type { Machine } from './machine.js'
import { cannotSave, HeapReader, HeapWriter, type HeapNames, type SavedObject, type SavedValue } from './saving/heap.js'

/** Raised with every change of {@link SavedMachine}. */
const VERSION = 1

/** A machine as plain data: it can be cloned, sent to a worker or put into a file by any structured serialiser. */
export interface SavedMachine {
  readonly format: 'syscallkit-machine'
  readonly version: number
  /** Keys and versions of the subsystems, in order. */
  readonly subsystems: readonly (readonly [key: string, version: number])[]
  /** What uname says of the kernel. */
  readonly kernel: string
  /** Byte offset of the CPU's registers and tables in memory. */
  readonly cpuState: number
  readonly memory: SavedMemory
  /** Nanoseconds of the virtual clock. */
  readonly clock: number
  /** State of the seeded generator; null when the machine has another source of randomness. */
  readonly random: Uint32Array | null
  readonly objects: readonly SavedObject[]
  /** The run loop's own: first process, current task, and the space that the CPU translates for. */
  readonly loop: Readonly<Record<(typeof LOOP)[number], SavedValue>>
}

/** Fields of the run loop that are state of the guest. */
const LOOP = ['first', 'current', 'loaded'] as const

const CLASSES: Readonly<Record<string, SavableClass>> = { Task, ThreadGroup, WaitQueue, AddressSpace, PageTable, UserMemory, SharedAnonymous }

interface Names extends HeapNames {
  readonly restored: readonly (() => void)[]
}

/** Names everything that a machine of this composition has, and the classes of what it may have. */
function namesOf({ kernel, memory, cpu, cpuState, calls }: Machine): Names {
  const classes = new Map(Object.entries(CLASSES))
  const kept = new Map<string, object>(Object.entries({
    memory, cpu, cpuState, clock: kernel.clock, random: kernel.random, events: kernel.events, services: kernel.services, subsystems: kernel.subsystems, onClockSet: kernel.onClockSet,
  }))
  if (kernel.formats !== null) kept.set('formats', kernel.formats)
  const filled = new Map<string, object>(Object.entries({ kernel, scheduler: kernel.scheduler, timers: kernel.timers, system: kernel.system, unimplemented: calls.unimplemented }))
  const handlers: unknown = Reflect.get(kernel.timers, 'handlers')
  if (typeof handlers === 'object' && handlers !== null) kept.set('timers.handlers', handlers)
  if (kernel.signals !== null) kept.set('signals.port', kernel.signals)
  const restored: (() => void)[] = []
  for (const [key, service] of kernel.services) {
    if (service.saving === undefined) throw cannotSave(key, 'a subsystem that does not say what it keeps (Service.saving)')
    const parts = service.saving()
    for (const [name, value] of Object.entries(parts.classes ?? {})) classes.set(`${key}.${name}`, value)
    for (const [name, object] of Object.entries(parts.filled ?? {})) filled.set(`${key}.${name}`, object)
    for (const [name, object] of Object.entries(parts.kept ?? {})) kept.set(`${key}.${name}`, object)
    if (parts.restored !== undefined) restored.push(parts.restored)
  }
  return { classes, kept, filled, restored }
}

function subsystemsOf({ kernel }: Machine): (readonly [string, number])[] {
  return kernel.subsystems.map(({ key, version }) => [key, version] as const)
}

function describe({ kernel }: Machine): string {
  return `${kernel.system.sysname} ${kernel.system.release} ${kernel.system.machine}`
}

/**
 * Saves a machine between two runs: memory, registers, tasks wherever they wait, files, timers, virtual time. What the
 * host gave it (program options, streams, interposed calls, listeners) is not part of it and comes from the options of
 * the machine that it is restored into.
 *
 * @throws SyscallkitError ERR_SYSCALLKIT_SAVE naming what cannot be saved: a real clock, calls parked for the host, open
 *   files of /proc, streams that were not given as options, subsystems without `saving`
 * @example
 * const saved = saveMachine(machine)
 * const copy = restoreMachine(createLinux(options), structuredClone(saved))
 */
export function saveMachine(machine: Machine): SavedMachine {
  const { kernel, cpu } = machine
  if (Reflect.get(machine, 'running') === true) throw new SyscallkitError('ERR_SYSCALLKIT_REENTRANT', 'saveMachine: the machine is running', { hint: 'Save it when `run` has returned.' })
  if (!(kernel.clock instanceof VirtualClock)) throw cannotSave('clock', 'a machine with a real clock')
  if (kernel.hostWaits > 0) throw cannotSave('tasks', 'a call that is parked for the host')
  const names = namesOf(machine)
  const heap = new HeapWriter(names)
  for (const [name, object] of names.filled) heap.value(object, name)
  const [first, current, loaded] = LOOP.map((field) => heap.value(loopField(machine, field), field))
  heap.drain()
  cpu.release?.()
  return {
    format: 'syscallkit-machine', version: VERSION, subsystems: subsystemsOf(machine), kernel: describe(machine), cpuState: machine.cpuState.base,
    memory: saveMemory(machine.memory), clock: kernel.clock.now,
    random: kernel.random instanceof SeededRandom ? kernel.random.state.slice() : null,
    objects: heap.objects, loop: { first, current, loaded },
  }
}

function loopField(machine: Machine, field: (typeof LOOP)[number]): unknown {
  const value: unknown = Reflect.get(machine, field)
  if (value === undefined) throw new TypeError(`the run loop has no ${field} any more`)
  return value
}

/** What of the two machines is not alike. */
function mismatch(machine: Machine, saved: SavedMachine): string | null {
  if (saved.format !== 'syscallkit-machine' || saved.version !== VERSION) return `the format is ${String(saved.format)} ${String(saved.version)}, expected syscallkit-machine ${VERSION}`
  if (machine.kernel.tasks.size > 0) return 'the machine has tasks already'
  if (describe(machine) !== saved.kernel) return `the kernel is ${describe(machine)}, the saved one ${saved.kernel}`
  const [mine, theirs] = [subsystemsOf(machine), saved.subsystems].map((list) => list.map((entry) => entry.join(' ')).join(', '))
  if (mine !== theirs) return `the subsystems are ${mine}, the saved ones ${theirs}`
  if (machine.cpuState.base !== saved.cpuState) return 'the CPU lies elsewhere in memory'
  if (!(machine.kernel.clock instanceof VirtualClock)) return 'the clock is not a virtual one'
  return saved.random !== null && !(machine.kernel.random instanceof SeededRandom) ? 'the source of randomness is not a seeded one' : null
}

/**
 * Puts a saved machine into a new one that was composed alike and has no tasks yet. Running it goes on where the saved
 * one stood, byte for byte.
 *
 * @returns the same machine
 * @throws SyscallkitError ERR_SYSCALLKIT_SAVE when the two do not match, saying how
 */
export function restoreMachine(machine: Machine, saved: SavedMachine): Machine {
  const different = mismatch(machine, saved)
  if (different !== null) throw new SyscallkitError('ERR_SYSCALLKIT_SAVE', `restoreMachine: ${different}`, { hint: 'Compose the new machine exactly as the saved one was.' })
  const { kernel } = machine
  const names = namesOf(machine)
  const heap = new HeapReader(saved.objects, names)
  restoreMemory(machine.memory, saved.memory)
  heap.fill()
  for (const field of LOOP) Reflect.set(machine, field, heap.value(saved.loop[field]))
  if (kernel.clock instanceof VirtualClock) kernel.clock.now = saved.clock
  if (kernel.random instanceof SeededRandom && saved.random !== null) kernel.random.state.set(saved.random)
  for (const put of names.restored) put()
  const loaded = heap.value(saved.loop.loaded)
  if (loaded instanceof AddressSpace) loaded.activate()
  else machine.cpu.flush()
  return machine
}
