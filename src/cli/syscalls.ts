import { formatHeader } from '../abi/header.js'
import { unpackTable } from '../abi/number-table.js'
import { abi64, compat32, x32 } from '../machine/abis.js'
import { allSyscalls } from '../syscalls/all.js'
import { formatSupport, supportTable } from '../syscalls/support.js'
import type { SyscallsCommand } from './arguments.js'

const ABIS = { x86_64: abi64, i386: compat32, x32 } as const

/** What `syscallkit syscalls` prints. */
export function syscallsText({ arch, format }: SyscallsCommand): string {
  const { table, compat } = ABIS[arch]
  const numbers = unpackTable(table)
  if (format === 'header') return formatHeader(numbers)
  const rows = supportTable({ numbers, definitions: allSyscalls, compat })
  return format === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : formatSupport(rows)
}
