import type { Cpu, CpuHost, Trap } from '../arch/cpu-port.js'
import { TRAP } from '../arch/cpu-port.js'
import { bootCpu } from '../arch/x86/boot.js'
import { CpuState } from '../arch/x86/cpu-state.js'
import { THREAD_SIZE } from '../arch/x86/architecture.js'
import { PT_REGS } from '../arch/x86/context-layout.js'
import type { ArchKernel } from '../arch/x86/kernel.js'
import { EXIT, WAY } from '../arch/x86/ways.js'
import { VirtualClock } from '../base/clock.js'
import { SyscallkitError } from '../base/errors.js'
import { SeededRandom } from '../base/random.js'
import type { KernelEvent, KernelEvents } from '../kernel/events.js'
import { Kernel } from '../kernel/kernel.js'
import type { Subsystem } from '../kernel/ports/subsystem.js'
import { BLOCKED } from '../kernel/results.js'
import type { Scheduler } from '../kernel/scheduler.js'
import type { Task } from '../kernel/task.js'
import type { ThreadGroup } from '../kernel/thread-group.js'
import type { AddressSpace, Access } from '../memory/address-space.js'
import { PhysicalMemory } from '../memory/physical.js'
import type { AnySyscall } from '../syscalls/define.js'
import { check, checkOptions } from './check-options.js'
import type { NeedsSubsystems } from './composition.js'
import { defaultHostLoop, type HostLoop } from './host.js'
import type { CheckedOptions, MachineOptions, RunOptions, RunResult, SpawnOptions } from './options.js'
import { spawn } from './spawn.js'
import type { MachineStep, StepOptions, StepTarget, Walk } from './stepping.js'
import type { Profile } from './profile.js'
import { SyscallRunner } from './syscall-runner.js'

/** Instructions between looks at the host: about 10 ms of work. */
const HOST_SLICE = 4_000_000
/** Signals that exceptions kill with where no signals are composed, by vector; SIGSEGV for the others. */
const FATAL: Readonly<Record<number, number>> = { 0: 8, 1: 5, 3: 5, 6: 4, 11: 7, 12: 7, 16: 8, 17: 7, 19: 8 }

class MachineCore implements StepTarget {
  readonly kernel: Kernel
  readonly memory: PhysicalMemory
  readonly cpu: Cpu
  /** Registers and tables of the one logical CPU. */
  readonly cpuState: CpuState
  /** The system call tables and what was asked of them. */
  readonly calls: SyscallRunner
  /** The fast paths in and out. */
  private readonly arch: ArchKernel
  private readonly scheduler: Scheduler
  private readonly hostLoop: HostLoop
  readonly timeSlice: number
  readonly profile: Profile
  private readonly walk: Walk | null
  catcher: StepTarget['catcher'] = null
  private running = false
  private first: ThreadGroup | null = null
  private loaded: AddressSpace | null = null
  private current: Task | null = null
  private left = 0
  private hostWake: AbortController | null = null

  constructor(options: CheckedOptions) {
    checkOptions(options)
    this.memory = new PhysicalMemory(options.memory)
    this.cpu = options.cpu
    this.hostLoop = options.hostLoop ?? defaultHostLoop()
    this.timeSlice = options.timeSlice ?? 1_000_000
    const { profile } = options
    this.profile = profile
    this.arch = profile.arch
    check('arch', options.arch.name, options.arch.name === profile.arch.profile.kernel, `the architecture of profile ${profile.name}, ${profile.arch.profile.kernel}`)
    this.cpuState = new CpuState(this.memory, profile.arch.profile, options.cpuRules)
    this.walk = options.stepping?.(this) ?? null
    if (this.walk === null) bootCpu(this.cpuState, profile.arch.boot)
    this.kernel = new Kernel({
      memory: this.memory, cpu: this.cpu, cpuState: this.cpuState, formats: options.formats ?? null,
      clock: options.clock ?? new VirtualClock(),
      random: options.random ?? new SeededRandom(1),
      system: { ...profile.system, nodename: options.hostname ?? 'localhost', domainname: '(none)', maxTasks: options.maxTasks ?? 4096 },
      regsOffset: options.arch.regsOffset,
      subsystems: options.subsystems ?? [],
    })
    this.scheduler = this.kernel.scheduler
    this.kernel.onExec = (task) => {
      if (task === this.current) this.load(task.mm)
    }
    this.kernel.wakeHost = () => this.hostWake?.abort()
    this.calls = new SyscallRunner(this.kernel, profile, options.abis, options.syscalls)
    this.cpu.attach(this.host())
  }

  /** What the CPU asks of this machine. */
  private host(): CpuHost {
    const { kernel, arch, cpuState } = this
    return {
      memory: this.memory,
      translate: (page: number, access: number) => this.loaded!.translate(page, access as Access),
      trap: this.trap,
      readDescriptor: (selector, out) => arch.readDescriptor?.(cpuState, selector, out) ?? false,
      readTsc: (out) => {
        const now = kernel.clock.monotonic()
        out[0] = now
        out[1] = now / 4294967296
      },
    }
  }

  /** Loads a program and makes its first task. See {@link Machine.spawn}. */
  spawn(program: Uint8Array | null, options: SpawnOptions = {}): Task {
    const task = spawn(this.kernel, program, options)
    this.first ??= task.group
    return task
  }

  on<K extends KernelEvent>(kind: K, listener: (event: KernelEvents[K]) => void): () => void {
    return this.kernel.events.subscribe(kind, listener)
  }

  /**
   * See {@link Machine.trap}. A function of this machine alone, which the CPU calls itself: V8 compiles what belongs to the machine
   * as constants, and all that most system calls pass into one function (docs/benchmarks.md, "A system call").
   */
  readonly trap = (trap: Readonly<Trap>): boolean => {
    const task = this.current
    if (task === null) throw new SyscallkitError('ERR_SYSCALLKIT_TRAP', 'machine.trap: no task is running')
    if (trap.kind >= TRAP.budget) return false
    if (this.catcher !== null) {
      this.catcher(trap)
      return false
    }
    const { arch, cpuState, calls } = this
    const way = arch.takeTrap(cpuState, task.regs, trap, this.readUser32)
    if (way === WAY.exception) this.exception(task, trap)
    else if (way > 0) {
      const call = cpuState.entry
      calls.start(task, call)
      const entry = calls.tables.entry(call.abi, call.nr)
      if (calls.finish(task, entry?.arity === 0 && entry.hooks === null ? entry.run(task) : calls.run(task, call)) === BLOCKED) return false
    }
    if (task.work !== 0 || arch.exitToUser(cpuState, task.regs) === EXIT.fault) return this.leave(task) // which is refused again
    return task === this.current && !this.scheduler.needResched
  }

  private readonly readUser32 = (address: number): number => this.current!.memory.getU32(address)

  exception(task: Task, trap: Readonly<Trap>): void {
    if (this.kernel.events.on.fault.length > 0) this.kernel.events.emit('fault', { task, trap })
    task.syscallNr = -1
    const { signals } = this.kernel
    const { exception } = this.cpuState
    if (signals === null) this.kernel.exitGroup(task.group, FATAL[exception.vector] ?? 11)
    else signals.exception(task, exception, trap.kind === TRAP.int)
  }

  /** The work on the way out, then the way out itself. True: the task runs on. */
  private leave(task: Task): boolean {
    while ((task.work !== 0 && !this.doWork(task)) || this.arch.exitToUser(this.cpuState, task.regs) === EXIT.fault) {
      if (task.state !== 'running') return false
      this.refused(task)
    }
    return task === this.current && !this.scheduler.needResched
  }

  /** Signals and the rest of the work on the way out. False: the task does not go on. */
  private doWork(task: Task): boolean {
    if (task.state === 'running') this.kernel.signals?.exitToUser(task)
    if (this.kernel.signals === null) task.work = 0
    return task.state === 'running'
  }

  /** IRET refused the frame: handled as an exception of user code whose frame it is, flags as they were. */
  private refused(task: Task): void {
    const { vector, errorCode, address } = this.cpuState.exception
    this.exception(task, { kind: TRAP.fault, vector, errorCode, address, length: 0, software: 'int' })
  }

  /** Makes `task` the one that the CPU and the TLBs work for. Linux: context_switch. */
  switchTo(task: Task): void {
    if (this.current !== task) {
      if (this.kernel.events.on.switch.length > 0) this.kernel.events.emit('switch', { from: this.current, to: task })
      this.current = task
      this.arch.switchTo(this.cpuState, task.regs, task.contextFrame * 4096 + THREAD_SIZE)
    }
    this.load(task.mm)
  }

  private load(space: AddressSpace): void {
    if (this.loaded === space) return
    space.mmu ??= this.cpu
    space.activate()
    this.loaded = space
  }

  /** Runs tasks until the first process ends, nobody can run, or `budget` is used up. */
  private slice(budget: number): 'exit' | 'idle' | 'more' {
    this.left = budget
    const { kernel } = this
    while (this.left > 0) {
      kernel.tick()
      if (this.done()) return 'exit'
      const task = kernel.scheduler.pick()
      if (task === null) {
        if (kernel.clock.virtual && kernel.timers.next < Infinity && kernel.hostWaits === 0) {
          kernel.clock.advance(kernel.timers.next - kernel.clock.monotonic())
          this.left-- // a periodic timer that nobody waits for must not keep the host out
          continue
        }
        return 'idle'
      }
      this.runTask(task)
    }
    return this.done() ? 'exit' : 'more'
  }

  private runTask(task: Task): void {
    this.switchTo(task)
    const retired = this.settle(task) ? this.execute(task, Math.min(this.timeSlice, this.left)) : 0
    this.left -= Math.max(retired, 1) // a task that only traps must not run for ever
  }

  /** Brings a task that waited, or has work to do, to user code; false when it does not get there. */
  settle(task: Task): boolean {
    if (task.inSyscall) return this.calls.resume(task) !== BLOCKED && this.leave(task)
    return task.work === 0 || this.leave(task)
  }

  execute(task: Task, budget: number): number {
    const cs = this.memory.u16[(task.regs + PT_REGS.cs) >> 1]!
    const { userCs } = this.cpuState.selectors
    const start = this.kernel.clock.monotonic()
    const retired = this.cpu.run(task.regs, cs === userCs && userCs !== 0, budget)
    task.retired += retired
    if (this.kernel.clock.virtual) this.kernel.clock.advance(retired)
    task.userTime += this.kernel.clock.monotonic() - start
    this.kernel.onCpuTime(task)
    return retired
  }

  done(): boolean {
    return this.first !== null && this.first.exitStatus !== null
  }

  step(options: StepOptions = {}): MachineStep | null {
    if (this.walk === null) throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', 'machine.step: compose the machine with `stepping: createStepping(currentPaths)`')
    if (this.running) throw reentrant('step')
    return this.walk.next(options.maxInstructions ?? 1)
  }

  async run(options: RunOptions = {}): Promise<RunResult> {
    if (this.running) throw reentrant('run')
    this.walk?.finish()
    this.running = true
    const limit = options.maxInstructions ?? Infinity
    let used = 0
    const end = (reason: RunResult['reason']): RunResult => {
      const ended = this.first?.exitStatus ?? null
      const signal = ended === null || (ended & 0x7f) === 0 ? null : ended & 0x7f
      return { reason, status: ended === null || signal !== null ? null : (ended >> 8) & 0xff, signal, instructions: used }
    }
    try {
      for (;;) {
        if (options.signal?.aborted === true) return end('aborted')
        const budget = Math.min(HOST_SLICE, limit - used)
        if (budget <= 0) return end('instructions')
        const state = this.slice(budget)
        used += budget - this.left
        if (state === 'exit') return end('exit')
        if (state === 'more') await this.hostLoop.yield()
        else if (!(await this.waitForHost(options.signal))) return end('deadlock')
      }
    } finally {
      this.running = false
    }
  }

  /** Sleeps until a timer is due or the host wakes the machine. False: neither can happen. */
  private async waitForHost(signal: AbortSignal | undefined): Promise<boolean> {
    const { kernel } = this
    const next = kernel.clock.virtual ? Infinity : kernel.timers.next
    if (next === Infinity && kernel.hostWaits === 0 && kernel.hostSources === 0) return false
    const wake = new AbortController()
    this.hostWake = wake
    signal?.addEventListener('abort', () => wake.abort(), { signal: wake.signal })
    await this.hostLoop.sleep(next - kernel.clock.monotonic(), wake.signal)
    wake.abort() // takes the listener along
    this.hostWake = null
    return true
  }

  dispose(): void {
    for (const task of [...this.kernel.tasks.values()].reverse()) this.kernel.exitTask(task, 9)
    this.loaded = null
    this.current = null
    this.cpu.dispose()
  }
}

const reentrant = (method: string): SyscallkitError =>
  new SyscallkitError('ERR_SYSCALLKIT_REENTRANT', `machine.${method}: the machine is running already; await that run`)

/** A composed machine: programs are spawned into it and run. Tracing, saving and debugging are functions that take one. */
export interface Machine {
  /** Its kernel: tasks, time, services and events. */
  readonly kernel: Kernel
  readonly memory: PhysicalMemory
  readonly cpu: Cpu
  readonly cpuState: CpuState
  /** The system call tables and what was asked of them. */
  readonly calls: SyscallRunner
  /**
   * Loads a program and makes its first task; it runs with the next {@link run}.
   *
   * @param program bytes of an executable, or null for a task whose registers and memory the caller sets up
   * @throws SyscallkitError when the program cannot be loaded, saying why
   */
  spawn(program: Uint8Array | null, options?: SpawnOptions): Task
  /**
   * Runs until the first process ends. Not re-entrant.
   *
   * @returns its exit status or signal, and why the run ended
   */
  run(options?: RunOptions): Promise<RunResult>
  /**
   * Does the next step: one of the kernel's boot, an instruction of user code, or a step of the way through the kernel
   * and back. `run` goes on from there. Blocking calls wait in their step while other tasks are walked.
   *
   * @returns what it did; null when the first process has ended, or nobody can run before the host does something
   * @throws SyscallkitError when the machine was composed without `stepping`, or runs
   */
  step(options?: StepOptions): MachineStep | null
  /**
   * Answers a trap of the running task: for CPUs of one's own.
   *
   * @returns whether the CPU goes on with this task
   */
  trap(trap: Readonly<Trap>): boolean
  /** Subscribes to an event; the result unsubscribes. */
  on<K extends KernelEvent>(kind: K, listener: (event: KernelEvents[K]) => void): () => void
  /** Ends all tasks and frees what the CPU took. */
  dispose(): void
}

/** Constructor of {@link Machine}; its type parameters only check that the composition is whole. */
export interface MachineConstructor {
  new <const C extends readonly AnySyscall[], const P extends readonly Subsystem[] = []>(options: MachineOptions<C, P> & NeedsSubsystems<C>): Machine
}

/** A Linux machine made of the parts that it is given. */
export const Machine: MachineConstructor = MachineCore
