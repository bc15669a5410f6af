/**
 * The `.tbl` format of Linux (`arch/x86/entry/syscalls/syscall_64.tbl`, `scripts/syscalltbl.sh`): one call per line,
 * columns separated by white space, `-` for a blank one, `#` starts a comment:
 *
 *   number abi name [entry-point [compat-entry-point [noreturn [since]]]]
 *
 * `since` is this project's own column: the release that first had the number. Unmodified kernel tables are read too.
 */
import { SyscallkitError } from '../base/errors.js'

/** One line of a `.tbl` file. Entry points are without `sys_`, but keep `compat_sys_`. */
export interface TblRow {
  /** The system call number, without `__X32_SYSCALL_BIT`. */
  readonly nr: number
  /** `common`, `64`, `x32`, `i386`, or another name that the file uses. */
  readonly abi: string
  /** The name in `unistd.h`, without `__NR_`. */
  readonly name: string
  /** The kernel's entry point, or null when the number has none. */
  readonly entry: string | null
  /** The entry point of 32-bit tasks on a 64-bit kernel where it differs, else null. */
  readonly compat: string | null
  /** The call never returns to its caller. */
  readonly noreturn: boolean
  /** Release that first had the number, such as `2.6.27`; null when unknown. */
  readonly since: string | null
  /** Line in the file, from 1. */
  readonly line: number
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const RELEASE = /^\d+(\.\d+)+$/

function entryPoint(column: string | undefined): string | null {
  if (column === undefined || column === '-') return null
  return column.startsWith('sys_') ? column.slice(4) : column
}

/**
 * Reads the text of a `.tbl` file.
 *
 * @param text the file's contents
 * @param file its name, for messages
 * @returns the rows in the order of the file
 * @throws SyscallkitError `ERR_SYSCALLKIT_TABLE` for the first bad line: `file:line: reason`
 * @example
 * parseTbl('0 common read sys_read\n', 'mine.tbl')[0]?.entry // 'read'
 */
export function parseTbl(text: string, file: string): TblRow[] {
  const rows: TblRow[] = []
  const seen = new Map<string, number>()
  const lines = text.split(/\r?\n/)
  for (let i = 0; i < lines.length; i++) {
    const content = lines[i]!.replace(/#.*$/, '').trim()
    if (content === '') continue
    const bad = (reason: string): never => {
      throw new SyscallkitError('ERR_SYSCALLKIT_TABLE', `${file}:${i + 1}: ${reason}`, {
        hint: 'Expected: number abi name [entry-point [compat-entry-point [noreturn [since]]]], blank columns as "-".',
      })
    }
    const columns = content.split(/\s+/)
    const [number = '', abi, name, entry, compat, noreturn, since] = columns
    if (!/^(0|[1-9]\d*)$/.test(number)) bad(`the number is "${number}", expected a decimal integer`)
    const nr = Number(number)
    if (nr > 0x3fffffff) bad(`the number ${number} is too large; at most ${0x3fffffff} (bit 30 marks x32)`)
    if (abi === undefined || name === undefined) return bad(`${columns.length} column${columns.length === 1 ? '' : 's'}, expected at least 3`)
    if (columns.length > 7) bad(`${columns.length} columns, expected at most 7`)
    if (!/^[a-z0-9_]+$/.test(abi)) bad(`the abi is "${abi}", expected lower-case letters and digits`)
    if (!NAME.test(name)) bad(`the name is "${name}", expected a C identifier`)
    for (const column of [entry, compat]) {
      if (column === undefined || column === '-') continue
      if (!NAME.test(column) || !/^(compat_)?sys_/.test(column)) bad(`the entry point is "${column}", expected sys_… or compat_sys_… or "-"`)
    }
    if (compat !== undefined && compat !== '-' && entry === '-') bad('a compat entry point without an entry point')
    if (noreturn !== undefined && noreturn !== '-' && noreturn !== 'noreturn') bad(`the sixth column is "${noreturn}", expected "noreturn" or "-"`)
    if (since !== undefined && since !== '-' && !RELEASE.test(since)) bad(`since is "${since}", expected a release such as 2.6.27 or "-"`)
    for (const key of [`${nr} ${abi}`, `${abi} ${name}`]) {
      const other = seen.get(key)
      if (other !== undefined) bad(`${key} is already on line ${other}`)
      seen.set(key, i + 1)
    }
    rows.push({
      nr, abi, name, entry: entryPoint(entry), compat: entryPoint(compat), noreturn: noreturn === 'noreturn',
      since: since === undefined || since === '-' ? null : since, line: i + 1,
    })
  }
  return rows
}

/** Orders two releases such as `2.6.9` and `2.6.27`: negative, zero or positive. */
export function compareReleases(a: string, b: string): number {
  const x = a.split('.'), y = b.split('.')
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const d = Number(x[i] ?? 0) - Number(y[i] ?? 0)
    if (d !== 0) return d
  }
  return 0
}
