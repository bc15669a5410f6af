import type { Cpu } from '../arch/cpu-port.js'
import type { CpuState } from '../arch/x86/cpu-state.js'
import type { Clock } from '../base/clock.js'
import { KernelPanic } from '../base/errors.js'
import type { Random } from '../base/random.js'
import type { AddressSpace } from '../memory/address-space.js'
import type { PhysicalMemory } from '../memory/physical.js'
import { PAGE_SIZE } from '../memory/layout.js'
import { credsOf, type Creds } from './creds.js'
import { EventHub } from './events.js'
import type { NtpState } from './ntp.js'
import type { BinaryFormats } from './ports/binfmt.js'
import type { Service, Subsystem } from './ports/subsystem.js'
import type { SignalPort } from './ports/signals.js'
import { Scheduler } from './scheduler.js'
import { Task, WORK } from './task.js'
import { INIT_PID, ThreadGroup } from './thread-group.js'
import { TimerQueue } from './timers.js'

/** Frames of a task's context: 16 KiB of kernel stack and the thread area's page. */
const CONTEXT_FRAMES = 5
/** Highest pid + 1 (kernel.pid_max on 64-bit machines starts here for few CPUs). */
const PID_MAX = 32768

/** Facts about the machine that guests can ask for (uname, sysinfo, limits). */
export interface SystemFacts {
  sysname: string
  nodename: string
  release: string
  version: string
  /** Machine as uname -m says: 'x86_64' or 'i686'. */
  machine: string
  domainname: string
  /** Most tasks at a time; clone fails with EAGAIN beyond. */
  maxTasks: number
  cpus: number
}

/** What {@link Kernel} is made of. */
export interface KernelOptions {
  memory: PhysicalMemory
  cpu: Cpu
  cpuState: CpuState
  /** Kinds of executables; null for none. */
  formats: BinaryFormats | null
  clock: Clock
  random: Random
  system: SystemFacts
  /** Offset of the register file from the first byte of a task's context frames. */
  regsOffset: number
  subsystems: readonly Subsystem[]
}

/** The kernel's core: tasks, scheduling, time, and the services composed into it. Linux: kernel/fork.c, kernel/exit.c, init/main.c. */
export class Kernel {
  readonly memory: PhysicalMemory
  /** What executes user code, and the registers and tables of the one logical CPU. */
  readonly cpu: Cpu
  readonly cpuState: CpuState
  /** Kinds of executables; null for none. */
  readonly formats: BinaryFormats | null
  readonly clock: Clock
  readonly random: Random
  readonly system: SystemFacts
  readonly scheduler = new Scheduler()
  readonly timers = new TimerQueue()
  readonly events = new EventHub()
  /** Living and zombie tasks by pid. */
  readonly tasks = new Map<number, Task>()
  /** What it was composed of. */
  readonly subsystems: readonly Subsystem[]
  /** Services by key, in order of composition. */
  readonly services = new Map<string, Service<unknown>>()
  /** The signals subsystem registers itself here. */
  signals: SignalPort | null = null
  /** Calls parked for the host. */
  hostWaits = 0
  /** Objects outside that may still wake somebody, such as an open standard input. */
  hostSources = 0
  /** Set by the machine: something happened outside of its run loop. */
  wakeHost: () => void = () => {}
  private readonly regsOffset: number
  private readonly freeContexts: number[] = []
  /** Wall clock at start; `setRealtime` moves it. */
  wallStart: { readonly seconds: number; readonly nanoseconds: number }
  /** Pid 1 is init's. Nobody runs as it: what it does, adopting orphans and waiting for them, the kernel does itself. */
  private lastPid = INIT_PID
  private nextId = 1

  constructor(options: KernelOptions) {
    this.memory = options.memory
    this.cpu = options.cpu
    this.cpuState = options.cpuState
    this.formats = options.formats
    this.clock = options.clock
    this.wallStart = options.clock.bootTime
    this.random = options.random
    this.system = options.system
    this.regsOffset = options.regsOffset
    this.timers.handle('wake', (pid, timer) => {
      this.tasks.get(pid)?.timeout(timer)
    })
    this.subsystems = options.subsystems
    for (const subsystem of options.subsystems) this.services.set(subsystem.key, subsystem.create(this))
  }

  /** A number that no other object of this kernel has: inodes, files, mappings. */
  newId(): number {
    return this.nextId++
  }

  /** Realtime: seconds since 1970 and nanoseconds. */
  realtime(): { seconds: number; nanoseconds: number } {
    const total = this.wallStart.nanoseconds + this.clock.monotonic()
    return { seconds: this.wallStart.seconds + Math.floor(total / 1e9), nanoseconds: Math.floor(total % 1e9) }
  }

  /** Realtime at the last tick of the monotonic clock, every `tick` nanoseconds. Linux: ktime_get_coarse_real_ts64. */
  realtimeCoarse(tick: number): { seconds: number; nanoseconds: number } {
    const { seconds, nanoseconds } = this.realtime()
    const atTick = nanoseconds - (this.clock.monotonic() % tick)
    return atTick < 0 ? { seconds: seconds - 1, nanoseconds: atTick + 1e9 } : { seconds, nanoseconds: atTick }
  }

  /** Runs the call that restart_syscall goes on with; the machine's. */
  restartCall: (task: Task) => number = () => -4
  /** A task has used the processor; the timers replace it to look at CPU-time timers and RLIMIT_CPU. */
  onCpuTime: (task: Task) => void = () => {}
  /** Called after the wall clock was set (clock_was_set). */
  readonly onClockSet: (() => void)[] = []
  /** settimeofday's time zone. */
  timeZone = { minutesWest: 0, dstTime: 0 }
  /** What adjtimex(2) has set; null while nobody asked. */
  ntp: NtpState | null = null
  /** Seconds that CLOCK_TAI is ahead of the wall clock. */
  taiOffset = 0

  /** A number that names no task, and no group or session of one; 0 for none. */
  private allocatePid(): number {
    const taken = new Set([...this.tasks.values()].flatMap(({ pid, group }) => [pid, group.pgid, group.sid]))
    for (let tries = 0; tries < PID_MAX; tries++) {
      this.lastPid = this.lastPid + 1 >= PID_MAX ? 300 : this.lastPid + 1
      if (!taken.has(this.lastPid)) return this.lastPid
    }
    return 0
  }

  /**
   * A new task without registers; the caller fills them and makes it runnable by {@link start}. Linux: copy_process.
   *
   * @param options `space` is its address space, of which the task becomes a user
   * @returns the task, or -EAGAIN (too many tasks) or -ENOMEM
   */
  createTask(options: { parent: Task | null; group: ThreadGroup | null; space: AddressSpace; flags: number; creds?: Creds }): Task | number {
    if (this.tasks.size >= this.system.maxTasks) return -11
    const pid = this.allocatePid()
    if (pid === 0) return -11
    const frame = this.freeContexts.pop() ?? this.memory.allocateRun(CONTEXT_FRAMES)
    if (frame === 0) return -12
    const group = options.group ?? new ThreadGroup(pid, options.parent?.group ?? null)
    const creds = options.creds ?? options.parent?.creds ?? credsOf(0)
    const task = new Task(this, pid, group, options.space, creds, frame, frame * PAGE_SIZE + this.regsOffset)
    group.tasks.push(task)
    this.tasks.set(pid, task)
    for (const [key, service] of this.services) Reflect.set(task, key, service.attach(task, options.parent, options.flags))
    if (this.events.on['task:new'].length > 0) this.events.emit('task:new', { task, parent: options.parent })
    return task
  }

  /** Makes a new task runnable. Linux: wake_up_new_task. */
  start(task: Task): void {
    task.state = 'running'
    this.scheduler.enqueue(task)
  }

  /**
   * Ends one task. The last of a group makes the process a zombie for its parent. Linux: do_exit.
   *
   * @param status wait status: code << 8, or signal, + 0x80 with a core
   */
  exitTask(task: Task, status: number): void {
    if (task.state === 'zombie' || task.state === 'dead') return
    task.finishCall()
    task.exitStatus = task.group.exiting ?? status
    for (const service of [...this.services.values()].reverse()) service.exit?.(task)
    task.state = 'zombie'
    task.work |= WORK.gone
    const { mm, group } = task
    if (--mm.users === 0) mm.dispose()
    if (this.events.on['task:exit'].length > 0) this.events.emit('task:exit', { task, status: task.exitStatus })
    const living = group.tasks.filter((t) => t.state !== 'zombie' && t.state !== 'dead')
    if (living.length === 0) this.exitGroupDone(group)
    else if (task !== group.leader) this.reap(task)
  }

  /** Ends every task of a process. Linux: do_group_exit. */
  exitGroup(group: ThreadGroup, status: number): void {
    group.exiting ??= status
    for (const task of [...group.tasks].reverse()) this.exitTask(task, group.exiting)
  }

  private exitGroupDone(group: ThreadGroup): void {
    for (const task of group.tasks.slice(1)) this.reap(task)
    group.exitStatus = group.exiting ?? group.leader.exitStatus
    this.onGroupExit(group)
  }

  /** What happens when a process has ended; the process subsystem replaces it to tell the parent. */
  onGroupExit: (group: ThreadGroup) => void = () => {}
  /** A process was stopped or continued; the process subsystem tells the parent. */
  onChildStatus: (group: ThreadGroup, what: 'stopped' | 'continued') => void = () => {}

  /** A task got a new address space in place of `old`: the machine switches to it; a vfork's parent goes on. */
  onExec: (task: Task, old: AddressSpace) => void = () => {}

  /** Forgets an ended task and takes its context back. Linux: release_task. */
  reap(task: Task): void {
    if (task.state !== 'zombie') throw new KernelPanic(`pid ${task.pid}: reaped in state ${task.state}`)
    task.state = 'dead'
    this.tasks.delete(task.pid)
    const at = task.group.tasks.indexOf(task)
    if (at > 0) {
      task.group.tasks.splice(at, 1)
      const { deadTimes } = task.group
      deadTimes.user += task.userTime
      deadTimes.system += task.systemTime
    }
    const start = task.contextFrame * PAGE_SIZE
    this.memory.u8.fill(0, start, start + CONTEXT_FRAMES * PAGE_SIZE)
    this.freeContexts.push(task.contextFrame)
  }

  /** Fires due timers; call it whenever time may have passed. */
  tick(): void {
    if (this.timers.next <= this.clock.monotonic()) this.timers.run(this.clock.monotonic())
  }
}
