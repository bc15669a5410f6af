import { ABI, ABI_NAMES, unpackTable, type NumberTable, type PackedTable } from '../abi/number-table.js'
import type { AnySyscall } from '../syscalls/define.js'
import { checkDefinitions, createSyscallTable, lookupSyscall, type SyscallEntry, type SyscallTable } from '../syscalls/table.js'

/** A system call ABI of a machine: its numbers. `abi64`, `compat32`, `x32` and `native32` are ready-made. */
export interface Abi {
  readonly name: 'x86_64' | 'x32' | 'i386'
  readonly table: PackedTable
  /** Numbers lead to the compat entry points: 32-bit programs on a 64-bit kernel. */
  readonly compat: boolean
}

/** Tables that were built before, by definitions and numbers, plain and compat: they never change, so machines share them. */
const built = /* @__PURE__ */ new WeakMap<readonly AnySyscall[], [plain: Map<NumberTable, SyscallTable>, compat: Map<NumberTable, SyscallTable>]>()

/**
 * The table of an ABI with definitions; the same one again for the same array of them.
 *
 * @param release leaves out numbers that came later than this kernel
 * @throws SyscallkitError `ERR_SYSCALLKIT_SYSCALL`, see createSyscallTable
 */
export function dispatchTable({ table: packed, compat }: Abi, release: string | undefined, definitions: readonly AnySyscall[]): SyscallTable {
  let kinds = built.get(definitions)
  if (kinds === undefined) built.set(definitions, (kinds = [new Map(), new Map()]))
  const tables = kinds[compat ? 1 : 0]
  const numbers = unpackTable(packed, release)
  let table = tables.get(numbers)
  if (table === undefined) tables.set(numbers, (table = createSyscallTable({ numbers, definitions, compat })))
  return table
}

/**
 * The tables of a machine by ABI; undefined for an ABI that it has not. Each is built when it is first asked for (1 ms
 * of a small program's start, measured), unless there are calls of one's own, whose numbers are checked at once.
 */
export class SyscallTables {
  private readonly build: (abi: number) => SyscallTable | undefined
  /** By ABI; null: not built yet. */
  private readonly tables: (SyscallTable | null | undefined)[] = [null, null, null]
  /** Their entries, all that a call looks at; empty where there is no table yet. */
  private readonly entries: SyscallTable['entries'][] = [[], [], []]

  constructor(abis: readonly Abi[], release: string | undefined, definitions: readonly AnySyscall[]) {
    this.build = (wanted) => {
      const abi = abis.find(({ name }) => name === ABI_NAMES[wanted])
      return this.use(wanted, abi && dispatchTable(abi, release, definitions))
    }
    if (!built.has(definitions) && checkDefinitions(definitions)) for (const abi of abis) dispatchTable(abi, release, definitions)
  }

  /** The entry of a number, without x32's bit; null for -ENOSYS. */
  entry(abi: number, nr: number): SyscallEntry | null {
    const entries = this.entries[abi]!
    return nr >= 0 && nr < entries.length ? entries[nr]! : this.search(abi, nr)
  }

  /** A number that its table, which may not be built yet, might not have. */
  private search(abi: number, nr: number): SyscallEntry | null {
    const table = this.of(abi)
    return table === undefined ? null : lookupSyscall(table, nr)
  }

  private use(abi: number, table: SyscallTable | undefined): SyscallTable | undefined {
    this.tables[abi] = table
    this.entries[abi] = table?.entries ?? []
    return table
  }

  /** The table of one of ABI. */
  of(abi: number): SyscallTable | undefined {
    const table = this.tables[abi]
    return table === null ? this.build(abi) : table
  }

  get x86_64(): SyscallTable | undefined {
    return this.of(ABI.x86_64)
  }
  set x86_64(table) {
    this.use(ABI.x86_64, table)
  }
  get x32(): SyscallTable | undefined {
    return this.of(ABI.x32)
  }
  set x32(table) {
    this.use(ABI.x32, table)
  }
  get i386(): SyscallTable | undefined {
    return this.of(ABI.i386)
  }
  set i386(table) {
    this.use(ABI.i386, table)
  }
}
