import { compareReleases } from './tbl.js'

/** The system call ABIs of x86. */
export type SyscallAbi = 'x86_64' | 'x32' | 'i386'

/** ABIs as small integers: what the fast path of a system call stores and compares. */
export const ABI = { x86_64: 0, x32: 1, i386: 2 } as const
/** Names by {@link ABI}. */
export const ABI_NAMES: readonly SyscallAbi[] = ['x86_64', 'x32', 'i386']

/** A number of an ABI. Entry points are without `sys_`; `compat_sys_*` keep their prefix. */
export interface NumberRow {
  /** The number that programs use, x32's with bit 30. */
  readonly nr: number
  /** The name that programs use (`__NR_` is not part of it). */
  readonly name: string
  /** The kernel's entry point; null when the number always gives -ENOSYS. */
  readonly entry: string | null
  /** The entry point that a 64-bit kernel uses for it (i386 only); equal to `entry` where Linux has no other. */
  readonly compat: string | null
  /** Release that first had the number; null when it never had an entry point. */
  readonly since: string | null
}

/** A table as the generator writes it: lines of `number call call …`, a call being `name[=entry[:compat]][@since]`. */
export interface PackedTable {
  readonly abi: SyscallAbi
  /** Added to every number: 0x40000000 for x32. */
  readonly bit: number
  /** Release of calls without `@since`. */
  readonly base: string
  readonly rows: string
}

/** The numbers of one ABI, each way. */
export interface NumberTable {
  readonly abi: SyscallAbi
  /** Added to every number: 0x40000000 for x32, else 0. */
  readonly bit: number
  /** Rows by ascending number. */
  readonly rows: readonly NumberRow[]
  /** One more than the largest number, without x32's bit. */
  readonly nrSyscalls: number
  /** Rows by number. */
  readonly byNumber: ReadonlyMap<number, NumberRow>
  /** Rows by the name that programs use. */
  readonly byName: ReadonlyMap<string, NumberRow>
}

/** Collects rows, which ascend, into a {@link NumberTable}. */
export function numberTable(abi: SyscallAbi, bit: number, rows: readonly NumberRow[]): NumberTable {
  return {
    abi, bit, rows,
    nrSyscalls: rows.length === 0 ? 0 : rows[rows.length - 1]!.nr - bit + 1,
    byNumber: new Map(rows.map((row) => [row.nr, row])),
    byName: new Map(rows.map((row) => [row.name, row])),
  }
}

/** Tables that were unpacked before, by release; machines share them. */
const unpacked = /* @__PURE__ */ new WeakMap<PackedTable, Map<string | undefined, NumberTable>>()

/**
 * Unpacks a generated table; the same one again for the same table and release.
 *
 * @param packed one of `tableX86_64`, `tableX32`, `tableI386`
 * @param release leaves out what came later than this release, such as `3.19`; everything when absent
 * @example
 * unpackTable(tableX86_64).byName.get('stat')?.entry // 'newstat'
 */
export function unpackTable(packed: PackedTable, release?: string): NumberTable {
  let byRelease = unpacked.get(packed)
  if (byRelease === undefined) unpacked.set(packed, (byRelease = new Map()))
  let table = byRelease.get(release)
  if (table === undefined) byRelease.set(release, (table = unpack(packed, release)))
  return table
}

function unpack(packed: PackedTable, release: string | undefined): NumberTable {
  const rows: NumberRow[] = []
  for (const line of packed.rows.split('\n')) {
    const words = line.split(' ')
    let nr = packed.bit + Number(words[0])
    for (let i = 1; i < words.length; i++, nr++) {
      const [call = '', since = packed.base] = words[i]!.split('@')
      const [name = '', entries = name] = call.split('=')
      if (entries === '') {
        rows.push({ nr, name, entry: null, compat: null, since: null })
        continue
      }
      if (release !== undefined && compareReleases(since, release) > 0) continue
      const [entry = entries, compat = entry] = entries.split(':')
      rows.push({ nr, name, entry: entry === '' ? name : entry, compat, since })
    }
  }
  // numbers that never led anywhere came with their neighbours: none stands behind the last call of a kernel's time
  if (release !== undefined) while (rows[rows.length - 1]?.entry === null) rows.pop()
  return numberTable(packed.abi, packed.bit, rows)
}
