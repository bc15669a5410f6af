import { ABI, ABI_NAMES } from '../abi/number-table.js'
import { PT_REGS } from '../arch/x86/context-layout.js'
import { ARGS_I386, ARGS_X86_64, type SyscallEntry as EnteredCall } from '../arch/x86/ways.js'
import type { SyscallEvent } from '../kernel/events.js'
import type { Kernel } from '../kernel/kernel.js'
import { BLOCKED, REGS_SET } from '../kernel/results.js'
import type { Task } from '../kernel/task.js'
import { callSyscall, decodeArgs, resumeSyscall, type ArgOrder } from '../syscalls/call.js'
import type { AnySyscall } from '../syscalls/define.js'
import { lookupSyscall, type SyscallTable } from '../syscalls/table.js'
import { dispatchTable, type Abi } from './dispatch.js'

const ENOSYS = -38
const EINTR = -4

/** The tables of a machine by ABI; undefined for an ABI that it has not. */
export interface SyscallTables {
  x86_64: SyscallTable | undefined
  x32: SyscallTable | undefined
  i386: SyscallTable | undefined
}

/** Runs handlers: the first time, and again after a wait; tells tracers of one enter and one exit for each call. */
export class SyscallRunner {
  /** Replace a table to interpose on it. */
  readonly tables: SyscallTables = { x86_64: undefined, x32: undefined, i386: undefined }
  /** Calls that were asked for and are not implemented: `name` or `abi#number`, with how often. */
  readonly unimplemented = new Map<string, number>()
  private readonly kernel: Kernel
  private readonly args = new Int32Array(12)

  constructor(kernel: Kernel, abis: readonly Abi[], release: string | undefined, definitions: readonly AnySyscall[]) {
    this.kernel = kernel
    kernel.restartCall = (task) => this.restart(task)
    for (const abi of abis) this.tables[abi.name] = dispatchTable(abi, release, definitions)
  }

  /** Serves a call that has just come in. Returns BLOCKED when it waits, else anything. */
  enter(task: Task, call: EnteredCall): number {
    const { kernel } = this
    task.syscallNr = call.nr
    task.abi = call.abi
    task.inSyscall = true
    const table = tableOf(this.tables, call.abi)
    const entry = table === undefined ? null : lookupSyscall(table, call.nr)
    if (kernel.events.tracesCalls) kernel.events.emit('syscall:enter', this.describe(task, table, null))
    if (kernel.clock.virtual) kernel.clock.advance(100)
    const result = entry === null ? this.missing(table, call) : callSyscall(entry, task, kernel.memory, order(task))
    return result === BLOCKED ? BLOCKED : this.finish(task, table, result)
  }

  /** Serves a waiting call again. */
  resume(task: Task): number {
    const table = tableOf(this.tables, task.abi)!
    const entry = lookupSyscall(table, task.syscallNr)!
    const result = resumeSyscall(entry, task, decodeArgs(entry, task, this.kernel.memory, order(task)))
    return result === BLOCKED ? BLOCKED : this.finish(task, table, result)
  }

  /** restart_syscall: the interrupted call's handler goes on where it stood; its registers are as they were. */
  private restart(task: Task): number {
    const { restart } = task
    const entry = restart === null ? null : lookupSyscall(tableOf(this.tables, task.abi)!, restart.nr)
    if (restart === null || entry === null) return EINTR
    if (task.progress === null) task.goOn(restart.progress)
    return resumeSyscall(entry, task, decodeArgs(entry, task, this.kernel.memory, order(task)))
  }

  private finish(task: Task, table: SyscallTable | undefined, result: number): number {
    task.finishCall()
    if (result !== REGS_SET) {
      const at = (task.regs + PT_REGS.rax) >> 2
      const { i32 } = this.kernel.memory
      i32[at] = result
      i32[at + 1] = result === (result | 0) ? result >> 31 : Math.floor(result / 4294967296)
    }
    if (this.kernel.events.tracesCalls && task.state !== 'zombie' && task.state !== 'dead')
      this.kernel.events.emit('syscall:exit', this.describe(task, table, result))
    if (result === REGS_SET) task.syscallNr = -1 // registers of another moment: nothing to restart
    return result
  }

  private missing(table: SyscallTable | undefined, call: EnteredCall): number {
    const row = table?.numbers.byNumber.get(call.nr + table.numbers.bit)
    if (row === undefined || row.entry !== null) {
      const name = row?.name ?? `${ABI_NAMES[call.abi]}#${call.nr}`
      if (this.unimplemented.size < 1024) this.unimplemented.set(name, (this.unimplemented.get(name) ?? 0) + 1)
    }
    return ENOSYS
  }

  private describe(task: Task, table: SyscallTable | undefined, result: number | null): SyscallEvent {
    const { args } = this
    const { i32 } = this.kernel.memory
    const offsets = order(task)
    for (let i = 0; i < 6; i++) {
      const at = (task.regs + offsets[i]!) >> 2
      args[2 * i] = i32[at]!
      args[2 * i + 1] = task.is64 ? i32[at + 1]! : 0
    }
    const nr = task.syscallNr
    const row = table?.numbers.byNumber.get(nr + table.numbers.bit)
    const entry = table === undefined ? null : lookupSyscall(table, nr)
    return { task, abi: task.syscallAbi, nr, entry: entry?.def.name ?? row?.entry ?? null, name: entry?.name ?? row?.name ?? null, def: entry?.def ?? null, args, result }
  }
}

/** By name: a keyed access with several names costs 10 ns. */
function tableOf(tables: SyscallTables, abi: number): SyscallTable | undefined {
  return abi === ABI.x86_64 ? tables.x86_64 : abi === ABI.i386 ? tables.i386 : tables.x32
}

function order(task: Task): ArgOrder {
  return task.abi === ABI.i386 ? ARGS_I386 : ARGS_X86_64
}
