import { decodeArg, type RegisterView } from './decode.js'
import type { SyscallArgs, SyscallEntry, TaskRegisters } from './table.js'

/** Where the six arguments are: byte offsets of the registers from `task.regs`. */
export type ArgOrder = readonly [number, number, number, number, number, number]

/**
 * Calls the handler of an entry with arguments decoded from the task's registers; the fast path of every gate.
 *
 * @param view of the memory that holds the registers
 * @param order which registers hold the arguments
 * @returns what the handler returned
 */
export function callSyscall(entry: SyscallEntry, task: TaskRegisters, view: RegisterView, order: ArgOrder): number {
  if (entry.hooks !== null) return entry.hooks.start(entry, task, decodeArgs(entry, task, view, order))
  switch (entry.arity) {
    case 0: return entry.run(task)
    case 1: return call1(entry, task, view, order)
    case 2: return call2(entry, task, view, order)
    case 3: return call3(entry, task, view, order)
    case 4: return call4(entry, task, view, order)
    case 5: return call5(entry, task, view, order)
    default: return call6(entry, task, view, order)
  }
}

// One function per arity: V8 inlines decodeArg into each; all in one function exceed its budget (measured: twice the time).
function call1(entry: SyscallEntry, task: TaskRegisters, view: RegisterView, order: ArgOrder): number {
  const base = task.regs, { u32 } = view
  return entry.run(
    task,
    decodeArg(entry.c0, u32, (base + order[0]) >>> 2),
  )
}

function call2(entry: SyscallEntry, task: TaskRegisters, view: RegisterView, order: ArgOrder): number {
  const base = task.regs, { u32 } = view
  return entry.run(
    task,
    decodeArg(entry.c0, u32, (base + order[0]) >>> 2),
    decodeArg(entry.c1, u32, (base + order[1]) >>> 2),
  )
}

function call3(entry: SyscallEntry, task: TaskRegisters, view: RegisterView, order: ArgOrder): number {
  const base = task.regs, { u32 } = view
  return entry.run(
    task,
    decodeArg(entry.c0, u32, (base + order[0]) >>> 2),
    decodeArg(entry.c1, u32, (base + order[1]) >>> 2),
    decodeArg(entry.c2, u32, (base + order[2]) >>> 2),
  )
}

function call4(entry: SyscallEntry, task: TaskRegisters, view: RegisterView, order: ArgOrder): number {
  const base = task.regs, { u32 } = view
  return entry.run(
    task,
    decodeArg(entry.c0, u32, (base + order[0]) >>> 2),
    decodeArg(entry.c1, u32, (base + order[1]) >>> 2),
    decodeArg(entry.c2, u32, (base + order[2]) >>> 2),
    decodeArg(entry.c3, u32, (base + order[3]) >>> 2),
  )
}

function call5(entry: SyscallEntry, task: TaskRegisters, view: RegisterView, order: ArgOrder): number {
  const base = task.regs, { u32 } = view
  return entry.run(
    task,
    decodeArg(entry.c0, u32, (base + order[0]) >>> 2),
    decodeArg(entry.c1, u32, (base + order[1]) >>> 2),
    decodeArg(entry.c2, u32, (base + order[2]) >>> 2),
    decodeArg(entry.c3, u32, (base + order[3]) >>> 2),
    decodeArg(entry.c4, u32, (base + order[4]) >>> 2),
  )
}

function call6(entry: SyscallEntry, task: TaskRegisters, view: RegisterView, order: ArgOrder): number {
  const base = task.regs, { u32 } = view
  return entry.run(
    task,
    decodeArg(entry.c0, u32, (base + order[0]) >>> 2),
    decodeArg(entry.c1, u32, (base + order[1]) >>> 2),
    decodeArg(entry.c2, u32, (base + order[2]) >>> 2),
    decodeArg(entry.c3, u32, (base + order[3]) >>> 2),
    decodeArg(entry.c4, u32, (base + order[4]) >>> 2),
    decodeArg(entry.c5, u32, (base + order[5]) >>> 2),
  )
}

/** Decodes the arguments of an entry into an array; a call that blocked keeps them until it ends. */
export function decodeArgs(entry: SyscallEntry, task: TaskRegisters, view: RegisterView, order: ArgOrder): SyscallArgs {
  const codes = [entry.c0, entry.c1, entry.c2, entry.c3, entry.c4, entry.c5]
  const out: SyscallArgs = []
  for (let i = 0; i < entry.arity; i++) out.push(decodeArg(codes[i]!, view.u32, (task.regs + order[i]!) >>> 2))
  return out
}

/** First run of a call with decoded arguments: what hooks stand around the handler run too. */
export function startSyscall(entry: SyscallEntry, task: TaskRegisters, args: SyscallArgs): number {
  return entry.hooks === null ? entry.run(task, ...args) : entry.hooks.start(entry, task, args)
}

/** Runs the handler of a call that had blocked again, with the arguments of its first run; no hook before it runs twice. */
export function resumeSyscall(entry: SyscallEntry, task: TaskRegisters, args: SyscallArgs): number {
  return entry.hooks === null ? entry.run(task, ...args) : entry.hooks.resume(entry, task, args)
}
