import { unpackTable, type PackedTable } from '../abi/number-table.js'
import type { AnySyscall } from '../syscalls/define.js'
import { createSyscallTable, type SyscallTable } from '../syscalls/table.js'

/** A system call ABI of a machine: its numbers. `abi64`, `compat32`, `x32` and `native32` are ready-made. */
export interface Abi {
  readonly name: 'x86_64' | 'x32' | 'i386'
  readonly table: PackedTable
  /** Numbers lead to the compat entry points: 32-bit programs on a 64-bit kernel. */
  readonly compat: boolean
}

/**
 * Builds the table of an ABI from definitions.
 *
 * @param release leaves out numbers that came later than this kernel
 */
export function dispatchTable(abi: Abi, release: string | undefined, definitions: readonly AnySyscall[]): SyscallTable {
  return createSyscallTable({ numbers: unpackTable(abi.table, release), definitions, compat: abi.compat })
}
