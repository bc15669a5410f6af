import { unpackTable, type NumberTable, type PackedTable } from '../abi/number-table.js'
import type { AnySyscall } from '../syscalls/define.js'
import { checkDefinitions, createSyscallTable, type SyscallTable } from '../syscalls/table.js'

/** A system call ABI of a machine: its numbers. `abi64`, `compat32`, `x32` and `native32` are ready-made. */
export interface Abi {
  readonly name: 'x86_64' | 'x32' | 'i386'
  readonly table: PackedTable
  /** Numbers lead to the compat entry points: 32-bit programs on a 64-bit kernel. */
  readonly compat: boolean
}

interface Built {
  readonly plain: Map<NumberTable, SyscallTable>
  readonly compat: Map<NumberTable, SyscallTable>
}

/** Tables that were built before, by definitions: they never change, so machines share them. */
const built = /* @__PURE__ */ new WeakMap<readonly AnySyscall[], Built>()

/**
 * The table of an ABI with definitions; the same one again for the same array of them.
 *
 * @param release leaves out numbers that came later than this kernel
 * @throws SyscallkitError `ERR_SYSCALLKIT_SYSCALL`, see createSyscallTable
 */
export function dispatchTable(abi: Abi, release: string | undefined, definitions: readonly AnySyscall[]): SyscallTable {
  let tables = built.get(definitions)
  if (tables === undefined) built.set(definitions, (tables = { plain: new Map(), compat: new Map() }))
  const ofKind = abi.compat ? tables.compat : tables.plain
  const numbers = unpackTable(abi.table, release)
  let table = ofKind.get(numbers)
  if (table === undefined) ofKind.set(numbers, (table = createSyscallTable({ numbers, definitions, compat: abi.compat })))
  return table
}

/**
 * The tables of a machine by ABI; undefined for an ABI that it has not. Each is built when it is first asked for (1 ms
 * of a small program's start, measured), unless there are calls of one's own, whose numbers are checked at once.
 */
export class SyscallTables {
  private readonly build: (name: Abi['name']) => SyscallTable | undefined
  /** null: not built yet. */
  private of64: SyscallTable | null | undefined = null
  private ofX32: SyscallTable | null | undefined = null
  private of32: SyscallTable | null | undefined = null

  constructor(abis: readonly Abi[], release: string | undefined, definitions: readonly AnySyscall[]) {
    this.build = (name) => {
      const abi = abis.find((one) => one.name === name)
      return abi === undefined ? undefined : dispatchTable(abi, release, definitions)
    }
    if (!built.has(definitions) && checkDefinitions(definitions)) for (const abi of abis) dispatchTable(abi, release, definitions)
  }
  get x86_64(): SyscallTable | undefined {
    return this.of64 === null ? (this.of64 = this.build('x86_64')) : this.of64
  }
  set x86_64(table: SyscallTable | undefined) {
    this.of64 = table
  }
  get x32(): SyscallTable | undefined {
    return this.ofX32 === null ? (this.ofX32 = this.build('x32')) : this.ofX32
  }
  set x32(table: SyscallTable | undefined) {
    this.ofX32 = table
  }
  get i386(): SyscallTable | undefined {
    return this.of32 === null ? (this.of32 = this.build('i386')) : this.of32
  }
  set i386(table: SyscallTable | undefined) {
    this.of32 = table
  }
}
