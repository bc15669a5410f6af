/** The writer of `src/abi/generated`: from `.tbl` rows to TypeScript. It has no side effects; scripts/generate-tables.mjs writes the files. */
import { SyscallkitError } from '../base/errors.js'
import { numberTable, type NumberRow, type NumberTable, type PackedTable, type SyscallAbi } from './number-table.js'
import { parseTbl, type TblRow } from './tbl.js'

/** Which `abi` columns make up an ABI, and the bit that its numbers carry. */
const ABIS: Record<SyscallAbi, { readonly columns: readonly string[]; readonly bit: number; readonly base: string }> = {
  x86_64: { columns: ['common', '64'], bit: 0, base: '2.6' },
  x32: { columns: ['common', 'x32'], bit: 0x40000000, base: '3.4' },
  i386: { columns: ['i386'], bit: 0, base: '1.0' },
}

/**
 * The table of one ABI from the rows of a `.tbl` file.
 *
 * @throws SyscallkitError `ERR_SYSCALLKIT_TABLE` when two rows of the ABI share a number or a name, or none belongs to it
 */
export function tableFromRows(rows: readonly TblRow[], abi: SyscallAbi, file: string): NumberTable {
  const { columns, bit } = ABIS[abi]
  const out: NumberRow[] = []
  const seen = new Map<string | number, number>()
  for (const row of rows) {
    if (!columns.includes(row.abi)) continue
    for (const key of [row.nr, row.name]) {
      const other = seen.get(key)
      if (other !== undefined) throw new SyscallkitError('ERR_SYSCALLKIT_TABLE', `${file}:${row.line}: ${key} is already on line ${other} for ${abi}`)
      seen.set(key, row.line)
    }
    out.push({ nr: row.nr + bit, name: row.name, entry: row.entry, compat: row.compat ?? row.entry, since: row.since })
  }
  if (out.length === 0) throw new SyscallkitError('ERR_SYSCALLKIT_TABLE', `${file}: no row of the abi ${columns.join(' or ')}`)
  return numberTable(abi, bit, out.sort((a, b) => a.nr - b.nr))
}

function packCall(row: NumberRow, base: string): string {
  let s = row.name
  if (row.entry === null) return `${s}=`
  const compat = row.compat === row.entry ? '' : `:${row.compat}`
  if (row.entry !== row.name || compat !== '') s += `=${row.entry === row.name ? '' : row.entry}${compat}`
  return row.since === null || row.since === base ? s : `${s}@${row.since}`
}

/** Packs a table; {@link unpackTable} undoes it. */
export function packTable(table: NumberTable): PackedTable {
  const { base } = ABIS[table.abi]
  const lines: string[] = []
  let line = '', length = 0, next = -1
  for (const row of table.rows) {
    if (row.nr !== next || length === 8) {
      if (line !== '') lines.push(line)
      line = String(row.nr - table.bit)
      length = 0
    }
    line += ` ${packCall(row, base)}`
    length++
    next = row.nr + 1
  }
  lines.push(line)
  return { abi: table.abi, bit: table.bit, base, rows: lines.join('\n') }
}

const union = (names: readonly string[]): string => [...names].sort().map((name) => `\n  | '${name}'`).join('')

/**
 * The TypeScript module of a table.
 *
 * @param source the file that the table was read from, for the header
 * @param importFrom where the module finds the type PackedTable
 */
export function tableModule(table: NumberTable, source: string, importFrom = '../number-table.js'): string {
  const packed = packTable(table)
  const suffix = table.abi[0]!.toUpperCase() + table.abi.slice(1)
  return `// Generated from ${source}; do not edit.
import type { PackedTable } from '${importFrom}'

/** The system calls of ${table.abi}: ${table.rows.length} numbers, NR_syscalls ${table.nrSyscalls}; for unpackTable. */
export const table${suffix}: PackedTable = {
  abi: '${packed.abi}', bit: ${packed.bit}, base: '${packed.base}',
  rows: \`${packed.rows}\`,
}

/** The names that ${table.abi} programs use. */
export type SyscallName${suffix} =${union(table.rows.map((row) => row.name))}
`
}

/** All entry points of `tables`, sorted. */
function entryPoints(tables: readonly NumberTable[]): string[] {
  const names = new Set<string>()
  for (const table of tables) for (const row of table.rows) for (const name of [row.entry, row.compat]) if (name !== null) names.add(name)
  return [...names].sort()
}

/** The TypeScript module with the union of all entry points of `tables`. */
export function entryPointModule(tables: readonly NumberTable[], sources: string): string {
  return `// Generated from ${sources} by scripts/generate-tables.mjs; do not edit.
/** Entry points of the kernel: without \`sys_\`, but with \`compat_sys_\`. */
export type EntryPoint =${union(entryPoints(tables))}
`
}

/** Argument types and names of an entry point. */
type PrototypeArgs = readonly (readonly [type: string, name: string])[]

const quote = (text: string): string => (text.includes("'") ? JSON.stringify(text) : `'${text}'`)

/**
 * The TypeScript module with the prototypes of all entry points.
 *
 * @param prototypes arguments by entry point
 * @throws SyscallkitError `ERR_SYSCALLKIT_TABLE` when an entry point of the tables has none, or one belongs to none
 */
export function prototypeModule(tables: readonly NumberTable[], prototypes: ReadonlyMap<string, PrototypeArgs>, sources: string): string {
  const names = entryPoints(tables)
  const missing = names.filter((name) => !prototypes.has(name)), extra = [...prototypes.keys()].filter((name) => !names.includes(name))
  if (missing.length + extra.length > 0)
    throw new SyscallkitError('ERR_SYSCALLKIT_TABLE', `${sources}: no prototype of ${missing.join(', ') || '(none)'}; not in a table: ${extra.join(', ') || '(none)'}`)
  const lines = names.map((name) => `  ${name}: [${(prototypes.get(name) ?? []).map(([type, arg]) => `[${quote(type)}, ${quote(arg)}]`).join(', ')}],\n`)
  return `// Generated from ${sources} by scripts/generate-tables.mjs; do not edit.
import type { EntryPoint } from './entry-points.js'

/** Types and names of the arguments of every entry point, as the kernel declares them. */
export const PROTOTYPES: Readonly<Record<EntryPoint, readonly (readonly [type: string, name: string])[]>> = {
${lines.join('')}}
`
}

/**
 * The TypeScript module with the category of each entry point, from the text of facts/categories.txt: headings in
 * brackets, names below them.
 *
 * @throws SyscallkitError `ERR_SYSCALLKIT_TABLE` when an entry point stands in none or in two
 */
export function categoryModule(tables: readonly NumberTable[], text: string, source: string): string {
  const lists = new Map<string, string[]>()
  let list: string[] = []
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('[')) lists.set(line.slice(1, -1), (list = []))
    else list.push(...line.split(' '))
  }
  const all = [...lists.values()].flat(), names = entryPoints(tables)
  const wrong = [...names.filter((name) => !all.includes(name)), ...all.filter((name, i) => !names.includes(name) || all.indexOf(name) !== i)]
  if (wrong.length > 0) throw new SyscallkitError('ERR_SYSCALLKIT_TABLE', `${source}: in no category, in two, or in no table: ${wrong.join(', ')}`)
  return `// Generated from ${source} by scripts/generate-tables.mjs; do not edit.
/** What a system call is for. */
export type Category =${[...lists.keys()].map((name) => `\n  | '${name}'`).join('')}

/** Entry points by category, separated by spaces. */
export const CATEGORIES: Readonly<Record<Category, string>> = {
${[...lists].map(([name, members]) => `  '${name}': \`${wrap(members)}\`,\n`).join('')}}
`
}

function wrap(words: readonly string[]): string {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line.length + word.length > 140) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, line].join('\n')
}

/**
 * A typed module from a `.tbl` file of one's own, such as another kernel's `syscall_64.tbl`. Its table goes through
 * {@link unpackTable} into a machine.
 *
 * @param text the file's contents
 * @param file its name, for messages and the header
 * @throws SyscallkitError `ERR_SYSCALLKIT_TABLE`: file, line and reason
 * @example
 * const source = generateTable('0 common read sys_read\n', 'mine.tbl', 'x86_64')
 */
export function generateTable(text: string, file: string, abi: SyscallAbi): string {
  return tableModule(tableFromRows(parseTbl(text, file), abi, file), file, 'syscallkit/abi')
}
