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
