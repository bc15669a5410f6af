/** The support table: what is there, what is not, from the definitions and the generated facts. It holds all prototypes, so it stays out of machines. */
import { CATEGORIES, type Category } from '../abi/generated/categories.js'
import { PROTOTYPES } from '../abi/generated/prototypes.js'
import type { NumberTable, SyscallAbi } from '../abi/number-table.js'
import type { SupportLevel, AnySyscall } from './define.js'
import { createSyscallTable } from './table.js'
import { UNPROVED } from './unproved.js'

/** A line of the support table. */
export interface SupportRow {
  /** The number that programs use, x32's with bit 30. */
  readonly nr: number
  /** The name that programs use. */
  readonly name: string
  /** Entry point without `sys_`; null when the number never has one. */
  readonly entry: string | null
  readonly abi: SyscallAbi
  readonly category: Category
  readonly args: readonly { readonly type: string; readonly name: string }[]
  readonly level: SupportLevel | 'none'
  readonly note: string
}

/** Options of {@link supportTable}. */
export interface SupportOptions {
  readonly numbers: NumberTable
  readonly definitions: readonly AnySyscall[]
  /** i386 numbers of a 64-bit kernel: compat entry points where they differ. */
  readonly compat?: boolean
}

function categoryMap(): ReadonlyMap<string, Category> {
  const map = new Map<string, Category>()
  for (const [category, names] of Object.entries(CATEGORIES)) for (const name of names.split(/\s/)) map.set(name, category as Category)
  return map
}

/**
 * A call is `full` when its definition says so and a golden of native Linux shows every errno of its manual page and
 * every flag of its codecs; else it is `partial`, with what is missing.
 */
function proved(def: AnySyscall): Pick<SupportRow, 'level' | 'note'> {
  const missing = UNPROVED[def.name]
  if (def.level === 'full' && missing === undefined) return { level: 'full', note: def.note }
  const compared = missing === undefined ? 'not declared complete' : `not compared with Linux yet: ${missing}`
  return { level: 'partial', note: def.note === '' ? compared : `${def.note}; ${compared}` }
}

/**
 * Every number of an ABI with its prototype and how far it is supported; calls of one's own stand among them.
 *
 * @throws SyscallkitError as {@link createSyscallTable}
 */
export function supportTable({ numbers, definitions, compat = false }: SupportOptions): SupportRow[] {
  const { entries } = createSyscallTable({ numbers, definitions, compat })
  const categories = categoryMap()
  const prototypes: Readonly<Record<string, readonly (readonly [string, string])[]>> = PROTOTYPES
  const rows: SupportRow[] = []
  const { abi, bit } = numbers
  const last = Math.max(entries.length, numbers.nrSyscalls)
  for (let index = 0; index < last; index++) {
    const nr = index + bit
    const row = numbers.byNumber.get(nr), found = entries[index] ?? null
    const own = found !== null && found.def.nr >= 0
    const entry = own ? found.def.name : row === undefined ? null : compat ? row.compat : row.entry
    if (found !== null) {
      const { def } = found
      const args = def.args.map(([name, codec]) => ({ type: codec.type, name }))
      const category = own ? def.category ?? 'system control' : categories.get(def.name) ?? 'system control'
      rows.push({ nr, name: found.name, entry, abi, category, args, ...(own ? { level: def.level, note: def.note } : proved(def)) })
    } else if (row !== undefined) {
      const args = (entry === null ? [] : prototypes[entry] ?? []).map(([type, name]) => ({ type, name }))
      const never = entry === null || entry === 'ni_syscall'
      rows.push({
        nr, name: row.name, entry, abi, category: categories.get(entry ?? '') ?? 'system control', args, level: 'none',
        note: never ? 'Linux has no entry point; always -ENOSYS' : '',
      })
    }
  }
  return rows
}

/** The support table as text: aligned columns and a line of totals. */
export function formatSupport(rows: readonly SupportRow[]): string {
  const cells = rows.map((row) => [
    String(row.nr), row.name, row.entry ?? '-', row.level, row.category,
    `(${row.args.map(({ type, name }) => (type.endsWith('*') ? `${type}${name}` : `${type} ${name}`)).join(', ')})${row.note === '' ? '' : `  ${row.note}`}`,
  ])
  const table = [['NR', 'NAME', 'ENTRY', 'LEVEL', 'CATEGORY', 'ARGUMENTS'], ...cells]
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...table.map((line) => line[i]!.length)))
  const lines = table.map((line) => line.map((cell, i) => (i === 0 ? cell.padStart(widths[0]!) : i < 5 ? cell.padEnd(widths[i]!) : cell)).join('  ').trimEnd())
  const count = (level: string): number => rows.filter((row) => row.level === level).length
  return `${lines.join('\n')}\n\n${rows.length} numbers: ${count('full')} full, ${count('partial')} partial, ${count('none')} none\n`
}
