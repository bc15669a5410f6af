import { SyscallkitError } from '../base/errors.js'
import { ENOSYS } from '../abi/errno.js'
import type { AnySyscall, ArgList, ArgValues, SyscallDef, TaskWith, TokenList } from './define.js'
import { BLOCKED } from './results.js'
import { syscallEntry, type EntryHooks, type SyscallArgs, type SyscallEntry, type SyscallTable, type TaskRegisters } from './table.js'

/** Hooks of a call whose definition is known: arguments and task are typed. */
export interface SyscallHooks<A extends ArgList = ArgList, U extends TokenList = []> {
  /** Before the handler, once per call. A number is the result, and the handler does not run; undefined goes on. */
  before?(task: TaskWith<U>, ...args: ArgValues<A>): number | undefined
  /** Instead of the handler. */
  replace?(task: TaskWith<U>, ...args: ArgValues<A>): number
  /** After the handler has ended, once per call, also when it failed. A number replaces the result. */
  after?(task: TaskWith<U>, result: number, ...args: ArgValues<A>): number | undefined
  /** The call fails with this errno (positive) and its handler does not run. */
  deny?: number
}

/** A hook without the types of its arguments. */
interface Hook {
  before?(task: TaskRegisters, ...args: SyscallArgs): number | undefined
  after?(task: TaskRegisters, result: number, ...args: SyscallArgs): number | undefined
}

/** The hooks of an entry, the innermost first. */
class HookStack implements EntryHooks {
  private readonly hooks: readonly Hook[]

  constructor(hooks: readonly Hook[]) {
    this.hooks = hooks
  }

  /** These hooks inside of another one. */
  inside(outer: Hook): HookStack {
    return new HookStack([...this.hooks, outer])
  }

  start(entry: SyscallEntry, task: TaskRegisters, args: SyscallArgs): number {
    for (let i = this.hooks.length - 1; i >= 0; i--) {
      const result = this.hooks[i]!.before?.(task, ...args)
      if (result !== undefined) return this.after(task, args, result, i)
    }
    return this.resume(entry, task, args)
  }

  resume(entry: SyscallEntry, task: TaskRegisters, args: SyscallArgs): number {
    const result = entry.run(task, ...args)
    return result === BLOCKED ? result : this.after(task, args, result, 0)
  }

  private after(task: TaskRegisters, args: SyscallArgs, result: number, from: number): number {
    return this.hooks.slice(from).reduce((last, hook) => hook.after?.(task, last, ...args) ?? last, result)
  }
}

function targetOf(table: SyscallTable, target: AnySyscall | string | number): { readonly indexes: readonly number[]; readonly label: string } {
  const { numbers, entries } = table
  const indexes = new Set<number>()
  if (typeof target === 'number') {
    if (target >= 0 && target < entries.length) indexes.add(target)
  } else {
    const name = typeof target === 'string' ? target : target.name
    entries.forEach((entry, i) => {
      if (entry !== null && (typeof target === 'string' ? entry.name === name || entry.def.name === name : entry.def === target)) indexes.add(i)
    })
    if (typeof target === 'string') for (const row of numbers.rows) if (row.name === name || row.entry === name || row.compat === name) indexes.add(row.nr - numbers.bit)
  }
  return { indexes: [...indexes], label: typeof target === 'object' ? target.name : String(target) }
}

function missing(table: SyscallTable, index: number): SyscallEntry {
  const nr = index + table.numbers.bit
  const row = table.numbers.byNumber.get(nr)
  const def: SyscallDef = {
    name: row?.entry ?? row?.name ?? String(nr), args: [], uses: [], nr: -1, abi: undefined, category: undefined, level: 'partial', note: 'hooks only', strace: undefined,
    notError: false, run: () => -ENOSYS,
  }
  return syscallEntry(def, nr, row?.name ?? String(nr), table.numbers.abi === 'i386')
}

/**
 * Wraps a call of a table. The table itself stays as it is. Hooks on hooks nest: what was added last runs first before
 * the call and last after it. A number without a handler can be hooked too; its hooks then get no arguments.
 *
 * @param target a definition (all its numbers), a name (of a program's or the kernel's), or a number without x32's bit
 * @returns a new table
 * @throws SyscallkitError `ERR_SYSCALLKIT_SYSCALL` when the table does not have the target, or `deny` is no errno
 * @example
 * const table2 = interpose(table, listen, { before: (task, fd, backlog) => (backlog > 128 ? -EINVAL : undefined) })
 */
export function interpose<N extends string, A extends ArgList, U extends TokenList>(table: SyscallTable, target: SyscallDef<N, A, U>, hooks: SyscallHooks<A, U>): SyscallTable
export function interpose(table: SyscallTable, target: string | number, hooks: SyscallHooks): SyscallTable
export function interpose(table: SyscallTable, target: AnySyscall | string | number, hooks: SyscallHooks): SyscallTable {
  const { deny, replace, before, after } = hooks
  const { indexes, label } = targetOf(table, target)
  if (indexes.length === 0) throw new SyscallkitError('ERR_SYSCALLKIT_SYSCALL', `interpose: the ${table.numbers.abi} table has no ${label}`)
  if (deny !== undefined && (!Number.isInteger(deny) || deny < 1 || deny > 4095))
    throw new SyscallkitError('ERR_SYSCALLKIT_SYSCALL', `interpose ${label}: deny is ${deny}, expected an errno from 1 to 4095`)
  const entries = [...table.entries]
  for (const index of indexes) {
    const old = entries[index] ?? missing(table, index)
    const added: Hook = {}
    if (deny !== undefined) added.before = () => -deny
    else if (before !== undefined) added.before = before
    if (after !== undefined) added.after = after
    const hooks = old.hooks instanceof HookStack ? old.hooks : new HookStack([])
    entries[index] = { ...old, hooks: hooks.inside(added), run: replace ?? old.run }
  }
  return { numbers: table.numbers, entries }
}
