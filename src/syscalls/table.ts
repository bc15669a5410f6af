import { SyscallkitError } from '../base/errors.js'
import type { NumberTable } from '../abi/number-table.js'
import { decodeCode32, type DecodeCode } from './decode.js'
import type { AnySyscall } from './define.js'

/** What a call needs of a task before its handler runs; every kernel task has it. */
export interface TaskRegisters {
  /** Byte offset of the task's registers. */
  readonly regs: number
}

/** Decoded arguments of a call. */
export type SyscallArgs = (number | bigint)[]

/** What stands around a handler; `interpose` makes it. */
export interface EntryHooks {
  /** The first run of a call. */
  start(entry: SyscallEntry, task: TaskRegisters, args: SyscallArgs): number
  /** The handler of a call that had blocked runs again. */
  resume(entry: SyscallEntry, task: TaskRegisters, args: SyscallArgs): number
}

/** A number of a table that has a handler. */
export interface SyscallEntry {
  /** The number that programs use. */
  readonly nr: number
  /** The name that programs use. */
  readonly name: string
  readonly def: AnySyscall
  /** Number of arguments. */
  readonly arity: number
  /** How each argument is read in this ABI. */
  readonly c0: DecodeCode
  readonly c1: DecodeCode
  readonly c2: DecodeCode
  readonly c3: DecodeCode
  readonly c4: DecodeCode
  readonly c5: DecodeCode
  /** Null for none. */
  readonly hooks: EntryHooks | null
  /** The handler, with decoded arguments. */
  run(task: TaskRegisters, ...args: SyscallArgs): number
}

/** The system calls of one ABI: what `sys_call_table` is to Linux. Immutable. */
export interface SyscallTable {
  readonly numbers: NumberTable
  /** Entries by number, without x32's bit; null: -ENOSYS. */
  readonly entries: readonly (SyscallEntry | null)[]
}

/** Options of {@link createSyscallTable}. */
export interface SyscallTableOptions {
  /** The ABI's numbers, cut by profile. */
  readonly numbers: NumberTable
  readonly definitions: readonly AnySyscall[]
  /** i386 numbers of a 64-bit kernel: compat entry points where they differ. */
  readonly compat?: boolean
}

/** The largest number that a call of one's own can have. */
export const MAX_USER_NR = 4095

/** The entry of a definition at a number. */
export function syscallEntry(def: AnySyscall, nr: number, name: string, is32: boolean): SyscallEntry {
  const code = (i: number): DecodeCode => {
    const arg = def.args[i]
    return arg === undefined ? 0 : is32 ? decodeCode32(arg[1].code) : arg[1].code
  }
  return {
    nr, name, def, arity: def.args.length, hooks: null, run: def.run,
    c0: code(0), c1: code(1), c2: code(2), c3: code(3), c4: code(4), c5: code(5),
  }
}

function refuse(name: string, reason: string, hint?: string): never {
  throw new SyscallkitError('ERR_SYSCALLKIT_SYSCALL', `system call ${name}: ${reason}`, { hint })
}

/** A call of one's own, or one that is trying to be. */
const isOwn = (def: AnySyscall): boolean => def.nr >= 0 || def.abi !== undefined || !Number.isInteger(def.nr)

/**
 * Checks what definitions can be checked for without a table.
 *
 * @returns whether there are calls of one's own, whose numbers a table has to check
 * @throws SyscallkitError `ERR_SYSCALLKIT_SYSCALL` when two of the kernel's share a name or one has more than six arguments
 */
export function checkDefinitions(definitions: readonly AnySyscall[]): boolean {
  const names = new Set<string>()
  let own = false
  for (const def of definitions) {
    if (def.args.length > 6) refuse(def.name, `${def.args.length} arguments, at most 6`)
    if (isOwn(def)) own = true
    else if (names.has(def.name)) refuse(def.name, 'two definitions', 'List it once; interpose changes a call.')
    else names.add(def.name)
  }
  return own
}

/**
 * Builds the table of one ABI. Definitions that the ABI has no number for are left out; numbers without a definition
 * give -ENOSYS.
 *
 * @throws SyscallkitError `ERR_SYSCALLKIT_SYSCALL` when two definitions share a name, a definition has more than six
 *   arguments, or a user-defined call's number is taken or out of range
 */
export function createSyscallTable({ numbers, definitions, compat = false }: SyscallTableOptions): SyscallTable {
  const is32 = numbers.abi === 'i386'
  checkDefinitions(definitions)
  const byEntry = new Map<string, AnySyscall>()
  const own: AnySyscall[] = []
  for (const def of definitions) {
    if (!isOwn(def)) byEntry.set(def.name, def)
    else if (def.abi === undefined || def.abi === numbers.abi) own.push(def)
  }
  const entries: (SyscallEntry | null)[] = Array.from({ length: numbers.nrSyscalls }, () => null)
  for (const row of numbers.rows) {
    const name = compat ? row.compat : row.entry
    const def = name === null ? undefined : byEntry.get(name)
    if (def !== undefined) entries[row.nr - numbers.bit] = syscallEntry(def, row.nr, row.name, is32)
  }
  for (const def of own) {
    const { nr } = def
    const row = numbers.byNumber.get(nr + numbers.bit)
    const other = row !== undefined && row.entry !== null ? row : entries[nr]
    const wrong = !Number.isInteger(nr) || nr < 0 || nr > MAX_USER_NR ? `the number is ${nr}, expected an integer from 0 to ${MAX_USER_NR}`
      : other !== undefined && other !== null ? `number ${nr} of ${numbers.abi} is ${other.name}` : null
    if (wrong !== null) refuse(def.name, wrong, 'Choose a free number, or limit the call to another ABI with `abi`.')
    while (entries.length <= nr) entries.push(null)
    entries[nr] = syscallEntry(def, nr + numbers.bit, def.name, is32)
  }
  return { numbers, entries }
}

/**
 * The entry of a number, or null for -ENOSYS. Numbers outside the table, -1 among them, have none.
 *
 * @param nr without x32's bit
 */
export function lookupSyscall(table: SyscallTable, nr: number): SyscallEntry | null {
  const { entries } = table
  return nr >= 0 && nr < entries.length ? entries[nr]! : null
}
