import { ABI, ABI_NAMES, type NumberRow } from '../abi/number-table.js'
import { PT_REGS } from '../arch/x86/context-layout.js'
import type { ArchKernel } from '../arch/x86/kernel.js'
import { ARGS_I386, ARGS_X86_64, type ArgSlots, type SyscallEntry as EnteredCall } from '../arch/x86/ways.js'
import type { Clock } from '../base/clock.js'
import type { EventHub, SyscallEvent } from '../kernel/events.js'
import type { Kernel } from '../kernel/kernel.js'
import { BLOCKED, REGS_SET } from '../kernel/results.js'
import type { Task } from '../kernel/task.js'
import type { PhysicalMemory } from '../memory/physical.js'
import { callSyscall, decodeArgs, resumeSyscall } from '../syscalls/call.js'
import type { AnySyscall } from '../syscalls/define.js'
import type { SyscallEntry } from '../syscalls/table.js'
import { SyscallTables, type Abi } from './dispatch.js'
import type { Profile } from './profile.js'

const RAX = PT_REGS.rax >> 2
const ENOSYS = -38
const EINTR = -4
/** Virtual time that a call takes: about what it takes on hardware. */
const CALL_TIME = 100

/** Runs handlers: the first time, and again after a wait; tells tracers of one enter and one exit for each call. */
export class SyscallRunner {
  /** Replace a table to interpose on it. */
  readonly tables: SyscallTables
  /** Calls that were asked for and are not implemented: `name` or `abi#number`, with how often. */
  readonly unimplemented = new Map<string, number>()
  private readonly kernel: Kernel
  private readonly events: EventHub
  private readonly memory: PhysicalMemory
  private readonly clock: Clock
  private readonly arch: ArchKernel
  private readonly args = new Int32Array(12)

  constructor(kernel: Kernel, { arch, release }: Profile, abis: readonly Abi[], definitions: readonly AnySyscall[]) {
    this.kernel = kernel
    this.events = kernel.events
    this.memory = kernel.memory
    this.clock = kernel.clock
    this.arch = arch
    kernel.restartCall = (task) => this.restart(task)
    this.tables = new SyscallTables(abis, release, definitions)
  }

  /** What comes before the handler: what the task serves, who watches, and the time that it takes. */
  start(task: Task, call: Readonly<EnteredCall>): void {
    task.syscallNr = call.nr
    task.abi = call.abi
    task.inSyscall = true
    if (this.events.callListeners > 0) this.tellEnter(task)
    this.clock.advance(CALL_TIME) // a real one ignores it
  }

  /** Calls the handler, if there is one. */
  run(task: Task, { abi, nr, args }: Readonly<EnteredCall>): number {
    const entry = this.tables.entry(abi, nr)
    return entry === null ? this.missing(abi, nr) : callSyscall(entry, task, this.memory, args)
  }

  /** Serves a waiting call again. */
  resume(task: Task): number {
    return this.finish(task, this.runAgain(task, this.tables.entry(task.abi, task.syscallNr)!))
  }

  /** restart_syscall: the interrupted call's handler goes on where it stood; its registers are as they were. */
  private restart(task: Task): number {
    const { restart } = task
    const entry = restart === null ? null : this.tables.entry(task.abi, restart.nr)
    if (restart === null || entry === null) return EINTR
    if (task.progress === null) task.goOn(restart.progress)
    return this.runAgain(task, entry)
  }

  private runAgain(task: Task, entry: SyscallEntry): number {
    return resumeSyscall(entry, task, decodeArgs(entry, task, this.memory, this.argsOf(task)))
  }

  /** Ends a call, unless it waits: its result goes to rax. Returns what the handler returned. */
  finish(task: Task, result: number): number {
    if (result <= BLOCKED || result !== (result | 0) || task.entangled) return this.finishRare(task, result)
    const w = this.memory.wordsAt(task.regs)
    w[RAX] = result
    w[RAX + 1] = result >> 31
    task.inSyscall = false
    return result
  }

  /** A call that waits, waited or is watched, that wrote the registers itself, or whose result is an address. */
  private finishRare(task: Task, result: number): number {
    if (result === BLOCKED) return BLOCKED
    task.finishCall()
    if (result !== REGS_SET) {
      const w = this.memory.wordsAt(task.regs)
      w[RAX] = result
      w[RAX + 1] = Math.floor(result / 4294967296)
    }
    this.tellExit(task, result)
    return result
  }

  private tellEnter(task: Task): void {
    task.entangled = true
    this.events.emit('syscall:enter', this.describe(task, null))
  }

  private tellExit(task: Task, result: number): void {
    if (this.events.callListeners > 0 && task.state !== 'zombie' && task.state !== 'dead') this.events.emit('syscall:exit', this.describe(task, result))
    if (result === REGS_SET) task.syscallNr = -1 // registers of another moment: nothing to restart
  }

  private missing(abi: number, nr: number): number {
    const row = this.rowOf(abi, nr)
    if (row === undefined || row.entry !== null) {
      const name = row?.name ?? `${ABI_NAMES[abi]}#${nr}`
      if (this.unimplemented.size < 1024) this.unimplemented.set(name, (this.unimplemented.get(name) ?? 0) + 1)
    }
    return ENOSYS
  }

  /** Where the arguments of the call are that a task is in. */
  private argsOf(task: Task): ArgSlots {
    return this.arch.argsOf?.(this.kernel.cpuState, task.regs) ?? (task.abi === ABI.i386 ? ARGS_I386 : ARGS_X86_64)
  }

  private rowOf(abi: number, nr: number): NumberRow | undefined {
    const numbers = this.tables.of(abi)?.numbers
    return numbers?.byNumber.get(nr + numbers.bit)
  }

  private describe(task: Task, result: number | null): SyscallEvent {
    const { args } = this
    const { i32 } = this.memory
    this.argsOf(task).forEach((offset, i) => {
      const at = (task.regs + offset) >> 2
      args[2 * i] = i32[at]!
      args[2 * i + 1] = task.is64 ? i32[at + 1]! : 0
    })
    const { abi, syscallNr: nr } = task
    const row = this.rowOf(abi, nr)
    const entry = this.tables.entry(abi, nr)
    const regsSet = result === REGS_SET
    return {
      task, abi: task.syscallAbi, nr, entry: entry?.def.name ?? row?.entry ?? null, name: entry?.name ?? row?.name ?? null, def: entry?.def ?? null, args,
      sp: this.registerOf(task, PT_REGS.rsp, abi === ABI.i386), result: regsSet ? this.registerOf(task, PT_REGS.rax, false) : result, regsSet,
    }
  }

  /** A register as a number: of 32-bit programs an unsigned word where it is an address, a signed one where it is a result. */
  private registerOf(task: Task, offset: number, word: boolean): number {
    const { i32 } = this.memory
    const at = (task.regs + offset) >> 2
    const low = i32[at]!
    if (word) return low >>> 0
    return task.abi === ABI.i386 ? low : i32[at + 1]! * 4294967296 + (low >>> 0)
  }
}
