import { THREAD_AREA } from '../arch/x86/context-layout.js'
import { ABI, ABI_NAMES, type SyscallAbi } from '../abi/number-table.js'
import type { AddressSpace } from '../memory/address-space.js'
import { UserMemory } from '../memory/user-memory.js'
import type { Creds } from './creds.js'
import type { Kernel } from './kernel.js'
import type { Pinned, Progress, ProgressTypes } from './progress.js'
import { BLOCKED, ERESTART } from './results.js'
import type { ThreadGroup } from './thread-group.js'
import type { Timer } from './timers.js'
import type { WaitQueue } from './wait-queue.js'

/** Why a task must do something on its way to user mode (Linux: thread_info flags). */
export const WORK = { signal: 1, resched: 2, trace: 4, notify: 8, gone: 16 } as const

/** State of a task; the letters of /proc/PID/stat. */
export type TaskState = 'running' | 'sleeping' | 'stopped' | 'zombie' | 'dead'

/** Options of {@link Task.block}. */
export interface BlockOptions {
  /** Monotonic nanoseconds at which the handler is run again in any case. */
  deadline?: number
  /** Waits in turn: one wake-up wakes one such waiter. A map says on which queues, and the ranks there. */
  exclusive?: boolean | ReadonlyMap<WaitQueue, number>
  /** Poll bits this waiter is interested in; 0 for all. */
  key?: number
  /** Result when a signal is pending; default -ERESTARTSYS. */
  interrupted?: number
  /** Signals do not end the wait (TASK_UNINTERRUPTIBLE). */
  uninterruptible?: boolean
  /** Only a fatal signal ends the wait (TASK_KILLABLE), such as vfork's parent. */
  killable?: boolean
}

/**
 * A thread as the kernel knows it (Linux: task_struct). Subsystems hang their state on it under their token's key.
 * Its registers are bytes in the machine's memory at `regs` (arch/x86/context-layout.ts).
 */
export class Task {
  readonly kernel: Kernel
  readonly pid: number
  readonly group: ThreadGroup
  /** Byte offset of the register file; the thread area follows. */
  readonly regs: number
  /** First of the task's 5 context frames. */
  readonly contextFrame: number
  /** User memory; its space is replaced by execve. */
  readonly memory: UserMemory
  /** Name of the executable, at most 15 bytes. */
  comm = ''
  state: TaskState = 'running'
  /** WORK bits. */
  work = 0
  creds: Creds
  /** Whether the image is a 64-bit one; false for compat tasks and i386 kernels. Its code may switch modes by far branches: cs says what runs. */
  is64 = true
  /** The call that waits, where it stands; null otherwise. */
  progress: Progress | null = null
  /** The call being served: its number; -1 outside of calls. */
  syscallNr = -1
  /** The table of that number: one of ABI. */
  abi: number = ABI.x86_64
  /** Set while a handler of a blocking call has not finished. */
  inSyscall = false
  /** What restart_syscall goes on with: the interrupted call's number and where it stood. Linux: restart_block. */
  restart: { readonly nr: number; readonly progress: Progress } | null = null
  /** Address that exit clears and wakes (set_tid_address, CLONE_CHILD_CLEARTID); 0 for none. */
  clearChildTid = 0
  /** Address of `struct robust_list_head` and its size class. */
  robustList = 0
  compatRobustList = 0
  /** Registered restartable-sequences area, or null. */
  rseq: { address: number; length: number; signature: number; flags: number } | null = null
  /** The task's last exception: what a signal frame says of it (thread.trap_nr, error_code, cr2). */
  lastFault = { trapNr: 0, errorCode: 0, cr2: 0 }
  /** Status as wait reports it; set when the task has ended. */
  exitStatus = 0
  /** The task that waits in vfork until this one has execed or ended. */
  vforkParent: Task | null = null
  /** prctl: timer slack in nanoseconds, that which 0 brings back, signal at the parent's death. */
  timerSlack = 50_000
  defaultTimerSlack = 50_000
  parentDeathSignal = 0
  /** Scheduling policy (SCHED_*) and real-time priority; kept and shown. */
  policy = 0
  rtPriority = 0
  /** Nanoseconds of user and system time. */
  userTime = 0
  systemTime = 0
  /** Instructions retired. */
  retired = 0
  /** Monotonic time of its start. */
  readonly startTime: number
  private readonly queues: WaitQueue[] = []
  private timer: Timer | null = null
  private readonly pins: Pinned[] = []
  private uninterruptible = false
  /** The current call has waited or pinned something, or is watched: its end has something to do. */
  entangled = false

  constructor(kernel: Kernel, pid: number, group: ThreadGroup, space: AddressSpace, creds: Creds, contextFrame: number, regs: number) {
    this.kernel = kernel
    this.pid = pid
    this.group = group
    this.memory = new UserMemory(space)
    this.creds = creds
    this.contextFrame = contextFrame
    this.regs = regs
    this.startTime = kernel.clock.monotonic()
  }

  /** Process id as the guest sees it: the thread group's. */
  get tgid(): number {
    return this.group.tgid
  }

  /** Name of the table of the call being served. */
  get syscallAbi(): SyscallAbi {
    return ABI_NAMES[this.abi]!
  }

  /** The address space. */
  get mm(): AddressSpace {
    return this.memory.space
  }

  /** Byte offset of the thread area. */
  get threadArea(): number {
    return this.regs + THREAD_AREA
  }

  /** Data of this call's progress, or null at its first run. */
  progressOf<K extends keyof ProgressTypes>(call: K): ProgressTypes[K] | null {
    const { progress } = this
    return progress !== null && progress.call === call ? (progress.data as ProgressTypes[K]) : null
  }

  /** Sets where the current call stands. */
  goOn(progress: Progress): void {
    this.progress = progress
    this.entangled = true
  }

  /**
   * Makes the current call wait: records where it stands and puts the task on `queues`. A handler returns the result.
   * Called again by the same call, the task keeps its place in queues it is on already.
   *
   * @returns BLOCKED, or the `interrupted` code when a signal is pending
   */
  block<K extends keyof ProgressTypes>(call: K, data: ProgressTypes[K], queues: readonly WaitQueue[], options: BlockOptions = {}): number {
    this.goOn({ call, data } as Progress)
    const deaf = options.uninterruptible === true || options.killable === true
    if (!deaf && this.signalPending()) return options.interrupted ?? ERESTART.sys
    this.uninterruptible = deaf
    for (const queue of queues) {
      if (!this.queues.includes(queue)) this.queues.push(queue)
      const { exclusive } = options
      queue.add(this, typeof exclusive === 'object' ? (exclusive.get(queue) ?? -1) : exclusive === true ? Infinity : -1, options.key ?? 0)
    }
    if (options.deadline !== undefined && options.deadline !== Infinity && this.timer === null)
      this.timer = this.kernel.timers.add(options.deadline, 'wake', this.pid)
    this.state = 'sleeping'
    return BLOCKED
  }

  /** Keeps an object alive until the current call ends. */
  pin(object: Pinned): void {
    object.hold()
    this.pins.push(object)
    this.entangled = true
  }

  /** Ends the wait of the current call: leaves queues, stops its timer, drops pins and progress. The machine calls it once per call. */
  finishCall(): void {
    this.inSyscall = false
    if (this.entangled) this.letGo() // a call in many
  }

  private letGo(): void {
    this.entangled = false
    this.progress = null
    for (const queue of this.queues.splice(0)) queue.remove(this)
    if (this.timer !== null) this.kernel.timers.cancel(this.timer)
    this.timer = null
    for (const pin of this.pins.splice(0)) pin.release()
  }

  /** Makes a sleeping task runnable; its handler will look again. False when it did not sleep. */
  wake(): boolean {
    if (this.state !== 'sleeping') return false
    this.state = 'running'
    if (this.timer !== null && this.timer.at <= this.kernel.clock.monotonic()) {
      this.kernel.timers.cancel(this.timer) // due, but somebody else was faster
      this.timer = null
    }
    this.kernel.scheduler.enqueue(this)
    return true
  }

  /** The deadline of its wait has come; it may have been woken before, and not have run since. */
  timeout(timer: Timer): void {
    if (this.timer === timer) this.timer = null
    this.wake()
  }

  /** A signal has come: ends an interruptible wait by running its handler, whose block() then sees the signal. */
  interrupt(): void {
    this.work |= WORK.signal
    if (!this.uninterruptible || this.fatalPending()) this.wake()
  }

  /** What its wait hangs on: queues, the timer of its deadline, and what the call keeps alive; for checks. */
  get held(): { readonly queues: readonly WaitQueue[]; readonly timer: Timer | null; readonly pins: readonly Pinned[] } {
    return { queues: this.queues, timer: this.timer, pins: this.pins }
  }

  /** Whether a signal is pending that this task does not block. */
  signalPending(): boolean {
    return this.kernel.signals !== null && this.kernel.signals.pending(this)
  }

  /** Whether the task is about to die. */
  fatalPending(): boolean {
    return this.group.exiting !== null
  }
}
