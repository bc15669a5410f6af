import { PT_REGS } from '../arch/x86/context-layout.js'
import { ARGS_I386, ARGS_X86_64, type SyscallEntry } from '../arch/x86/ways.js'
import type { SyscallEvent } from '../kernel/events.js'
import type { Kernel } from '../kernel/kernel.js'
import { BLOCKED, REGS_SET } from '../kernel/results.js'
import type { Task } from '../kernel/task.js'
import { callSyscall } from '../syscalls/call.js'
import type { AnySyscall } from '../syscalls/define.js'
import { dispatchTable, type Abi, type DispatchRow, type DispatchTable } from './dispatch.js'

const ENOSYS = -38

/** Runs handlers: the first time, and again after a wait; tells tracers of one enter and one exit for each call. */
export class SyscallRunner {
  /** Calls by number, for each ABI; undefined for an ABI that the machine has not. */
  readonly tables: { x86_64: DispatchTable | undefined; x32: DispatchTable | undefined; i386: DispatchTable | undefined } = { x86_64: undefined, x32: undefined, i386: undefined }
  /** Numbers that were asked for and are not implemented: name or number, with how often. */
  readonly unimplemented = new Map<string, number>()
  private readonly kernel: Kernel
  private readonly event: SyscallEvent

  constructor(kernel: Kernel, abis: readonly Abi[], release: string | undefined, definitions: readonly AnySyscall[]) {
    this.kernel = kernel
    for (const abi of abis) this.tables[abi.name] = dispatchTable(abi, release, definitions)
    this.event = { task: null!, abi: 'x86_64', nr: 0, entry: null, args: new Int32Array(12), result: null }
  }

  /** Serves a call that has just come in. Returns BLOCKED when it waits, else anything. */
  enter(task: Task, entry: SyscallEntry): number {
    task.syscallNr = entry.nr
    task.syscallAbi = entry.abi
    task.inSyscall = true
    const row = this.tables[entry.abi]?.[entry.nr]
    if (this.kernel.events.on['syscall:enter'].length > 0) this.kernel.events.emit('syscall:enter', this.describe(task, row))
    if (this.kernel.clock.virtual) this.kernel.clock.advance(100)
    if (row === undefined || row.def === null) return this.finish(task, row, this.missing(entry, row))
    return this.call(task, row, row.def)
  }

  /** Serves a waiting call again. */
  resume(task: Task): number {
    const row = this.tables[task.syscallAbi]![task.syscallNr]!
    return this.call(task, row, row.def!)
  }

  private call(task: Task, row: DispatchRow, def: AnySyscall): number {
    const i386 = task.syscallAbi === 'i386'
    const result = callSyscall(def, task, this.kernel.memory, i386 ? ARGS_I386 : ARGS_X86_64, i386)
    return result === BLOCKED ? BLOCKED : this.finish(task, row, result)
  }

  private finish(task: Task, row: DispatchRow | undefined, result: number): number {
    task.finishCall()
    if (task.state === 'running' && result !== REGS_SET) {
      const at = (task.regs + PT_REGS.rax) >> 2
      const { i32 } = this.kernel.memory
      i32[at] = result
      i32[at + 1] = Math.floor(result / 4294967296)
    }
    if (this.kernel.events.on['syscall:exit'].length > 0 && task.state !== 'zombie' && task.state !== 'dead') {
      const event = this.describe(task, row)
      event.result = result === REGS_SET ? null : result
      this.kernel.events.emit('syscall:exit', event)
    }
    return result
  }

  private missing(entry: SyscallEntry, row: DispatchRow | undefined): number {
    if (row?.entry !== null) {
      const name = row?.name ?? `${entry.abi}#${entry.nr}`
      if (this.unimplemented.size < 1024) this.unimplemented.set(name, (this.unimplemented.get(name) ?? 0) + 1)
    }
    return ENOSYS
  }

  private describe(task: Task, row: DispatchRow | undefined): SyscallEvent {
    const { event } = this
    const offsets = task.syscallAbi === 'i386' ? ARGS_I386 : ARGS_X86_64
    event.task = task
    event.abi = task.syscallAbi
    event.nr = task.syscallNr
    event.entry = row?.entry ?? null
    event.result = null
    for (let i = 0; i < 6; i++) {
      const at = (task.regs + offsets[i]!) >> 2
      event.args[2 * i] = this.kernel.memory.i32[at]!
      event.args[2 * i + 1] = task.syscallAbi === 'i386' ? 0 : this.kernel.memory.i32[at + 1]!
    }
    return event
  }
}
