import type { SyscallAbi } from '../abi/number-table.js'
import type { ArchDifferences } from '../arch/x86/profile.js'
import type { AnySyscall } from './define.js'

/** What the kernel knows about a call: `struct syscall_metadata` (include/trace/syscall.h), which tracing shows. */
export interface SyscallMetadata {
  /** Symbol, such as `sys_listen`. */
  readonly name: string
  /** -1 until a table is built. */
  readonly syscallNr: number
  readonly nbArgs: number
  /** C types of the arguments. */
  readonly types: readonly string[]
  /** Names of the arguments. */
  readonly args: readonly string[]
}

/** Symbol of a definition without a profile's prefix: `sys_listen`, `compat_sys_open`. */
export function symbolOf(def: AnySyscall): string {
  return def.name.startsWith('compat_sys_') ? def.name : `sys_${def.name}`
}

/**
 * The metadata of a definition.
 *
 * @param nr its number in a table; entries of a built table give it
 */
export function syscallMetadata(def: AnySyscall, nr = -1): SyscallMetadata {
  return { name: symbolOf(def), syscallNr: nr, nbArgs: def.args.length, types: def.args.map(([, codec]) => codec.type), args: def.args.map(([name]) => name) }
}

/**
 * Symbol of the routine that a table's slot leads to, as a kernel's own symbol table has it: what one sets a breakpoint
 * on. `SyS_` takes registers and casts them; a call without arguments has none. Since 4.17 64-bit kernels have a routine
 * for each convention.
 *
 * @param entry entry point without `sys_`, compat ones with their prefix; null for an empty slot
 * @example
 * routineSymbol('__x64_sys_', 'i386', 'compat_sys_open', 3) // '__ia32_compat_sys_open'
 */
export function routineSymbol(prefix: ArchDifferences['symbolPrefix'], abi: SyscallAbi, entry: string | null, nbArgs: number): string {
  const compat = entry?.startsWith('compat_sys_') === true
  const name = entry === null ? 'ni_syscall' : compat ? entry.slice('compat_sys_'.length) : entry
  const between = compat ? 'compat_' : ''
  if (prefix === '__x64_sys_') return `__${abi === 'i386' ? 'ia32' : 'x64'}_${between}sys_${name}`
  return `${between}${nbArgs === 0 || entry === null ? 'sys_' : prefix}${name}`
}
