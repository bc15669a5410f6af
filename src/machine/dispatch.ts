import { unpackTable, type PackedTable } from '../abi/number-table.js'
import { SyscallkitError } from '../base/errors.js'
import type { AnySyscall } from '../syscalls/define.js'

/** A system call ABI of a machine: its numbers. `abi64`, `compat32` and `x32` are ready-made. */
export interface Abi {
  readonly name: 'x86_64' | 'x32' | 'i386'
  readonly table: PackedTable
  /** Numbers lead to the compat entry points: 32-bit programs on a 64-bit kernel. */
  readonly compat: boolean
}

/** What a number leads to. */
export interface DispatchRow {
  /** Entry point, or the name of a user-defined call; null: the number has none. */
  readonly entry: string | null
  /** The name that programs use. */
  readonly name: string
  /** The definition; null when this machine does not implement it. */
  def: AnySyscall | null
}

/** Calls by number, dense from 0. */
export type DispatchTable = (DispatchRow | undefined)[]

/**
 * Builds the table of an ABI from definitions.
 *
 * @param release leaves out numbers that came later than this kernel
 * @throws SyscallkitError ERR_SYSCALLKIT_NUMBER when a user-defined call takes a number that is in use
 */
export function dispatchTable(abi: Abi, release: string | undefined, definitions: readonly AnySyscall[]): DispatchTable {
  const byName = new Map(definitions.filter((d) => d.nr < 0).map((d) => [d.name, d]))
  const table: DispatchTable = []
  for (const row of unpackTable(abi.table, release).rows) {
    const entry = abi.compat ? row.compat : row.entry
    table[row.nr - abi.table.bit] = { entry, name: row.name, def: (entry === null ? undefined : byName.get(entry)) ?? null }
  }
  for (const def of definitions) {
    if (def.nr < 0) continue
    const taken = table[def.nr]
    if (taken !== undefined && taken.entry !== null)
      throw new SyscallkitError('ERR_SYSCALLKIT_NUMBER', `syscall '${def.name}': number ${def.nr} of ${abi.name} is ${taken.name}`, { hint: 'Choose a free number: `syscallkit syscalls` lists those in use.' })
    table[def.nr] = { entry: def.name, name: def.name, def }
  }
  return table
}
