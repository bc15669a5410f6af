import type { Cpu } from '../../src/arch/cpu-port.js'
import { current } from '../../src/arch/profiles/current.js'
import { CpuState } from '../../src/arch/x86/cpu-state.js'
import { VirtualClock } from '../../src/base/clock.js'
import { bytesOf } from '../../src/base/bytes.js'
import { SeededRandom } from '../../src/base/random.js'
import { createFiles } from '../../src/fs/file-table.js'
import { createFs, type FsOptions } from '../../src/fs/create-fs.js'
import type { FsTask } from '../../src/fs/namei.js'
import { credsOf } from '../../src/kernel/creds.js'
import { Kernel } from '../../src/kernel/kernel.js'
import { createSignals } from '../../src/kernel/signals/create-signals.js'
import type { TaskSignals } from '../../src/kernel/signals/state.js'
import { ThreadGroup } from '../../src/kernel/thread-group.js'
import type { Task } from '../../src/kernel/task.js'
import { AddressSpace } from '../../src/memory/address-space.js'
import { PhysicalMemory } from '../../src/memory/physical.js'
import { PROT } from '../../src/memory/vma.js'
import { insertMapping } from '../../src/memory/mappings.js'

/** Where the test program's memory starts; 1 MiB, read and write. The page before it faults. */
export const MEMORY = 0x100000
const SIZE = 1 << 20
/** Where paths are put: every path gets fresh bytes. */
const STRINGS = MEMORY + SIZE / 2

/** A task as the handlers of file calls want it. */
export type TestTask = FsTask & { readonly signals: TaskSignals }

function isTestTask(task: Task): task is TestTask {
  return 'fs' in task && 'files' in task && 'signals' in task
}

/** Nothing is executed here. */
const idleCpu: Cpu = {
  name: 'none', modes: [], limits: [], attach: () => {}, run: () => 0, flush: () => {}, invalidate: () => {}, codeWritten: () => {},
  saveFpu: () => {}, loadFpu: () => {}, setBreakpoints: () => {}, dispose: () => {},
}

/** A kernel with files and signals, and a way to call handlers as the machine does. */
export class Bench {
  readonly clock = new VirtualClock(1_700_000_000)
  readonly kernel: Kernel
  private nextString = STRINGS

  constructor(options: FsOptions = {}, memory = new PhysicalMemory({ limit: 1 << 27 })) {
    this.kernel = new Kernel({
      memory, cpu: idleCpu, cpuState: new CpuState(memory, current.profile), formats: null, clock: this.clock, random: new SeededRandom(1), regsOffset: 0,
      system: { sysname: 'Linux', nodename: 'box', release: '6.18.0', version: '#1', machine: 'x86_64', domainname: '(none)', maxTasks: 100, cpus: 1 },
      subsystems: [createSignals({ setup: () => true, restore: () => null, fault: () => ({ signo: 11, code: 0 }) }), createFs(options), createFiles()],
    })
  }

  /** A task of a process of its own, or one that shares what the clone flags say. */
  task(options: { uid?: number; gid?: number; parent?: Task; flags?: number } = {}): TestTask {
    const space = new AddressSpace(this.kernel.memory, { limit: 0x7fffffff000, mmapBase: 0x7ffffff0000 })
    insertMapping(space, { start: MEMORY, end: MEMORY + SIZE, prot: PROT.read | PROT.write, maxProt: 7, flags: 0, backing: null, offset: 0, label: null })
    const parent = options.parent ?? null
    const creds = parent?.creds ?? credsOf(options.uid ?? 0, options.gid ?? options.uid ?? 0)
    const task = this.kernel.createTask({ parent, group: null, space, flags: options.flags ?? 0, creds })
    if (typeof task === 'number' || !isTestTask(task)) throw new Error(`no task: ${String(task)}`)
    if (!(task.group instanceof ThreadGroup)) throw new Error('no group')
    return task
  }

  /** Puts a string with its NUL into the task's memory. */
  string(task: Task, text: string): number {
    const address = this.nextString
    this.nextString += text.length + 1
    if (this.nextString > MEMORY + SIZE - 8192) this.nextString = STRINGS
    task.memory.write(address, bytesOf(`${text}\0`))
    return address
  }

  /** Calls a handler to its end; strings become addresses. A call that waits gives BLOCKED. */
  call<A extends readonly number[]>(task: TestTask, definition: { run(task: TestTask, ...args: A): number }, ...args: { [I in keyof A]: A[I] | string }): number {
    const values = args.map((arg) => (typeof arg === 'string' ? this.string(task, arg) : arg))
    return this.again(task, definition, ...(values as unknown as A))
  }

  /** Runs a handler, once more when it waited. */
  again<A extends readonly number[]>(task: TestTask, definition: { run(task: TestTask, ...args: A): number }, ...args: A): number {
    const result = definition.run(task, ...args)
    if (result !== -0x7fff0001) task.finishCall()
    return result
  }

  /** Text at an address of the task. */
  text(task: Task, address: number, length: number): string {
    return String.fromCharCode(...task.memory.read(address, length))
  }
}
