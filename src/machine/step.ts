import { ABI, ABI_NAMES } from '../abi/number-table.js'
import { TRAP, type Trap } from '../arch/cpu-port.js'
import type { KernelProgram } from '../arch/stepping/program.js'
import { Stepper } from '../arch/stepping/stepper.js'
import { type BootRecord, bootSteps } from '../arch/x86/boot.js'
import { PT_REGS, THREAD } from '../arch/x86/context-layout.js'
import { CPU } from '../arch/x86/cpu-layout.js'
import { slotAddress } from '../arch/x86/words.js'
import { BLOCKED } from '../kernel/results.js'
import type { Task } from '../kernel/task.js'
import { routineSymbol } from '../syscalls/metadata.js'
import type { MachineStep, Stepping, StepTarget, Walk } from './stepping.js'

const FILE_SIZE = THREAD.fpu
const KINDS: Readonly<Record<number, string>> = { [TRAP.syscall]: 'SYSCALL', [TRAP.sysenter]: 'SYSENTER' }

/**
 * Lets a machine be walked with `machine.step()`: a kernel's entry and exit paths, one step at a time.
 *
 * @param paths the paths of the machine's profile, such as `currentPaths`
 * @example
 * const machine = new Machine({ …, profile: current, stepping: createStepping(currentPaths) })
 */
export function createStepping(paths: () => KernelProgram): Stepping {
  return (target) => new MachineWalk(target, paths())
}

/** A task on its way through the kernel. */
interface Journey {
  readonly stepper: Stepper
  readonly trap: Trap
  /** The register set in the kernel, while another task uses the CPU's. */
  file: Uint8Array | null
  waiting: boolean
}

class MachineWalk implements Walk {
  private readonly target: StepTarget
  private readonly program: KernelProgram
  private readonly boot: BootRecord[]
  private readonly journeys = new Map<Task, Journey>()
  /** Whose register set is in the CPU. */
  private owner: Journey | null = null
  /** Instructions of user code since the scheduler chose. */
  private slice = 0
  /** The service routine that the step at hand has called. */
  private routine: string | null = null

  constructor(target: StepTarget, program: KernelProgram) {
    this.target = target
    this.program = program
    this.boot = [...bootSteps(target.cpuState, target.profile.arch.boot)]
  }

  next(maxInstructions: number): MachineStep | null {
    const booted = this.boot.shift()
    if (booted !== undefined) return { kind: 'boot', task: null, symbol: booted.symbol, what: booted.what, cpl: 0, gsBase: 0, rsp: 0, pushed: new Uint8Array(0), waiting: false, writes: booted.writes }
    const task = this.choose()
    if (task === null) return null
    const journey = this.journeys.get(task)
    if (journey !== undefined) return this.walk(task, journey)
    if (!this.target.settle(task)) return this.record('kernel', task, 'syscall_exit_to_user_mode', 'a task that `run` left in the kernel goes on, by the fast path')
    return this.user(task, maxInstructions)
  }

  finish(): void {
    this.boot.length = 0
    for (const [task, journey] of this.journeys) // nobody else runs before the one who is on his way arrives
      while (this.journeys.get(task) === journey && !journey.waiting && alive(task)) this.walk(task, journey)
    this.journeys.clear()
    this.owner = null
  }

  /** The task whose step is next: the one in the middle of the kernel, or else by the scheduler. Null: nobody can go on. */
  private choose(): Task | null {
    const { kernel } = this.target
    if (this.target.done()) return null
    for (const task of this.journeys.keys()) if (!alive(task)) this.journeys.delete(task)
    const current = kernel.scheduler.current
    const journey = current === null ? undefined : this.journeys.get(current)
    if (current !== null && journey !== undefined && !journey.waiting) return current
    kernel.tick()
    if (current !== null && current.state === 'running' && !kernel.scheduler.needResched && this.slice < this.target.timeSlice) return this.switchTo(current)
    this.slice = 0
    for (;;) {
      const task = kernel.scheduler.pick()
      if (task !== null) return this.switchTo(task)
      if (!kernel.clock.virtual || kernel.timers.next === Infinity || kernel.hostWaits > 0) return null
      kernel.clock.advance(kernel.timers.next - kernel.clock.monotonic())
      kernel.tick()
    }
  }

  private switchTo(task: Task): Task {
    this.target.switchTo(task)
    return task
  }

  /** User code, up to its next trap. */
  private user(task: Task, maxInstructions: number): MachineStep {
    const { target } = this
    const { memory } = target.kernel
    const from = slotAddress(memory, task.regs + PT_REGS.rip)
    const trap = this.trapOf(task, maxInstructions)
    this.slice += maxInstructions
    if (trap === null) return this.record('user', task, 'user', `user code from ${hex(from)} on`)
    const stepper = new Stepper(target.cpuState, this.program, {
      dispatch: () => this.dispatch(task),
      exitWork: () => this.exitWork(task),
      workPending: () => task.work !== 0,
      readUser32: (address) => task.memory.getU32(address),
    })
    const journey: Journey = { stepper, trap, file: null, waiting: false }
    this.take(journey)
    target.cpuState.exception.vector = -1
    const at = slotAddress(memory, task.regs + PT_REGS.rip)
    const record = this.record('user', task, 'user', `user code from ${hex(from)} to ${nameOf(trap)} at ${hex(at)}`)
    stepper.begin(task.regs, journey.trap)
    this.journeys.set(task, journey)
    return record
  }

  /** Runs user code; returns the trap that ended it, not yet answered, or null. */
  private trapOf(task: Task, maxInstructions: number): Trap | null {
    const caught: Trap[] = []
    this.target.catcher = (trap) => void caught.push({ ...trap })
    this.target.execute(task, maxInstructions)
    this.target.catcher = null
    return caught[0] ?? null
  }

  private walk(task: Task, journey: Journey): MachineStep {
    this.take(journey)
    this.routine = null
    const record = journey.stepper.next()!
    journey.waiting = record.waiting
    if (record.cpl === 3) this.journeys.delete(task) // user code's registers are back
    const step: MachineStep = { ...record, kind: record.symbol === 'hardware' ? 'hardware' : 'kernel', task }
    return this.routine === null ? step : { ...step, routine: this.routine }
  }

  /** The name of the routine of the call that a task is about to make. */
  private routineOf(abi: number, nr: number): string {
    const { calls, profile: { arch: { profile } } } = this.target
    const table = calls.tables.of(abi)
    const def = calls.tables.entry(abi, nr)?.def
    const row = table?.numbers.byNumber.get(nr + table.numbers.bit)
    const entry = def !== undefined && def.nr >= 0 ? def.name : profile.kernel === 'i386' || abi !== ABI.i386 ? row?.entry : row?.compat
    return routineSymbol(profile.differences.symbolPrefix, ABI_NAMES[abi]!, entry ?? null, def?.args.length ?? 1)
  }

  /** Puts a journey's register set into the CPU, and keeps another's. */
  private take(journey: Journey): void {
    if (this.owner === journey) return
    const { memory, base } = this.target.cpuState
    const at = base + CPU.file
    if (this.owner !== null) this.owner.file = memory.u8.slice(at, at + FILE_SIZE)
    if (journey.file !== null) memory.u8.set(journey.file, at)
    this.owner = journey
  }

  /** The kernel's C code: the call or the exception that entry code ended in. False: the task waits, or has ended. */
  private dispatch(task: Task): boolean {
    const { target } = this
    const { calls } = target
    const { exception, entry } = target.cpuState
    if (exception.vector >= 0) {
      const { trap } = this.journeys.get(task)!
      const first = trap.kind === TRAP.int || trap.vector === exception.vector
      target.exception(task, first ? trap : { kind: TRAP.fault, vector: exception.vector, errorCode: exception.errorCode, address: exception.address, length: 0, software: 'int' })
      exception.vector = -1
      return alive(task)
    }
    this.routine = task.inSyscall ? this.routineOf(task.abi, task.syscallNr) : this.routineOf(entry.abi, entry.nr)
    if (task.inSyscall) return calls.resume(task) !== BLOCKED && alive(task)
    calls.start(task, entry)
    return calls.finish(task, calls.run(task, entry)) !== BLOCKED && alive(task)
  }

  private exitWork(task: Task): boolean {
    if (task.state !== 'running') return false
    if (task.work !== 0) {
      const { signals } = this.target.kernel
      if (signals === null) task.work = 0
      else signals.exitToUser(task)
    }
    return task.state === 'running'
  }

  private record(kind: MachineStep['kind'], task: Task, symbol: string, what: string): MachineStep {
    const { memory } = this.target.kernel
    return {
      kind, task, symbol, what, cpl: kind === 'user' ? 3 : 0, gsBase: slotAddress(memory, task.regs + THREAD.gsBase), rsp: slotAddress(memory, task.regs + PT_REGS.rsp),
      pushed: new Uint8Array(0), waiting: false,
    }
  }
}

const alive = (task: Task): boolean => task.state !== 'zombie' && task.state !== 'dead'
const hex = (address: number): string => `0x${(address < 0 ? 2n ** 64n + BigInt(address) : BigInt(address)).toString(16)}`
const nameOf = (trap: Readonly<Trap>): string => KINDS[trap.kind] ?? (trap.kind === TRAP.int ? `INT 0x${trap.vector.toString(16)}` : `exception ${trap.vector}`)
