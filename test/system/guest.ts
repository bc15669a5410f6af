import { byteStringFromText } from '../../src/base/bytes.js'
import { STAT_MODE } from '../../src/abi/flags/stat.js'
import { execute } from '../../src/fs/exec.js'
import type { FsTask } from '../../src/fs/namei.js'
import type { SyscallEvent } from '../../src/kernel/events.js'
import { REGS_SET } from '../../src/kernel/results.js'
import type { Task } from '../../src/kernel/task.js'
import type { Machine } from '../../src/machine/machine.js'
import { restoreMachine, type SavedMachine } from '../../src/machine/save.js'
import type { RunResult } from '../../src/machine/options.js'
import { createLinux, type LinuxOptions } from '../../src/presets/current.js'
import { attachStrace } from '../../src/trace/strace.js'

const RESTART_SYSCALL = 219
const directory = (path: string, mode: number) => ({ path, mode: STAT_MODE.S_IFDIR | mode })

/** What watches a machine: its output, the strace lines of its first process, and the calls of that process as they came and went. */
export class Watch {
  readonly lines: string[] = []
  readonly calls: string[] = []
  private readonly written: Uint8Array[] = []

  /** Receives what the guest writes to standard output. */
  readonly stdout = (bytes: Uint8Array): void => {
    this.written.push(bytes.slice())
  }

  get output(): string {
    return this.written.map((bytes) => String.fromCharCode(...bytes)).join('')
  }

  /** The last call that came in, as a tracer keeps it until the call ends. */
  last: SyscallEvent | null = null

  /** Begins to watch; the first process to execute something is the one that is traced. */
  attach(machine: Machine, pid: number): void {
    attachStrace(machine, { write: (line) => void this.lines.push(line), quiet: true })
    this.count(machine, pid)
  }

  /** Goes on with a process that another machine saved in the middle of a call: as a tracer, it knows what came in. */
  resume(machine: Machine, task: Task, { last }: Watch): void {
    attachStrace(machine, { write: (line) => void this.lines.push(line), quiet: true, task })
    if (last !== null) machine.kernel.events.emit('syscall:enter', { ...last, task })
    this.count(machine, task.pid)
  }

  private count(machine: Machine, pid: number): void {
    machine.on('syscall:enter', (event) => {
      if (event.task.pid === pid) this.last = { ...event, args: event.args.slice() }
    })
    for (const kind of ['syscall:enter', 'syscall:exit'] as const)
      machine.on(kind, ({ task, nr }) => {
        if (task.pid === pid) this.calls.push(`${kind === 'syscall:enter' ? '>' : '<'}${nr}`)
      })
  }
}

/** Options of the machines of these tests: a root with one program. */
export function guestOptions(elf: Uint8Array, watch: Watch): LinuxOptions {
  return {
    root: [directory('', 0o755), directory('dev', 0o755), directory('proc', 0o555), directory('tmp', 0o1777), { path: 'program', mode: STAT_MODE.S_IFREG | 0o755, data: elf }],
    memory: { limit: 64 << 20 }, stdout: watch.stdout,
  }
}

function hasFiles(task: Task): task is FsTask {
  return 'files' in task && 'fs' in task
}

/** A machine that runs a program whose first process is watched. */
export class Guest {
  readonly machine: Machine
  readonly watch: Watch
  readonly pid: number

  constructor(machine: Machine, watch: Watch, pid: number) {
    this.machine = machine
    this.watch = watch
    this.pid = pid
  }

  static start(elf: Uint8Array, more: LinuxOptions = {}): Guest {
    const watch = new Watch()
    const machine = createLinux({ ...guestOptions(elf, watch), ...more })
    const task = machine.spawn(null, { path: '/program' })
    if (!hasFiles(task)) throw new Error('no files')
    watch.attach(machine, task.pid)
    const result = execute(task, { dirfd: -100, filename: byteStringFromText('/program'), argv: ['/program'], envp: [] })
    if (result !== REGS_SET) throw new Error(`execve: ${result}`)
    return new Guest(machine, watch, task.pid)
  }

  /** A new machine that goes on where a saved one stood, with a watch of its own. */
  static restore(elf: Uint8Array, saved: SavedMachine, { watch: before, pid }: Guest, more: LinuxOptions = {}): Guest {
    const watch = new Watch()
    const guest = new Guest(restoreMachine(createLinux({ ...guestOptions(elf, watch), ...more }), saved), watch, pid)
    watch.resume(guest.machine, guest.task, before)
    return guest
  }

  /** The first process. */
  get task(): FsTask {
    const task = this.machine.kernel.tasks.get(this.pid)
    if (task === undefined || !hasFiles(task)) throw new Error('the first process has ended')
    return task
  }

  /** Whether the first process waits in the call; 'restarted': in restart_syscall. */
  waitsIn(call: string): boolean {
    const { state, progress, syscallNr } = this.task
    if (state !== 'sleeping' || progress === null) return false
    return call === 'restarted' ? syscallNr === RESTART_SYSCALL : progress.call === call && syscallNr !== RESTART_SYSCALL
  }

  /** Runs until the first process waits in a call, an instruction at a time. */
  async runTo(call: string): Promise<void> {
    for (let i = 0; i < 2000; i++) {
      if (this.waitsIn(call)) return
      const { reason } = await this.machine.run({ maxInstructions: 1 })
      if (reason !== 'instructions') throw new Error(`${reason} before the wait`)
    }
    throw new Error(`never waits in ${call}`)
  }

  finish(): Promise<RunResult> {
    return this.machine.run()
  }
}
