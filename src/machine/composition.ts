import type { Subsystem } from '../kernel/ports/subsystem.js'
import type { Token } from '../kernel/ports/token.js'
import type { AnySyscall, ArgList, SyscallDef } from '../syscalls/define.js'

/** Keys of the subsystems that definitions use. */
export type NeededKeys<C extends readonly AnySyscall[]> =
  C[number] extends infer D ? (D extends SyscallDef<string, ArgList, infer U> ? (U[number] extends Token<infer K, unknown> ? K : never) : never) : never

/** Nothing when every subsystem is there; else a type that names one that is missing, which no array has. */
export type Check<C extends readonly AnySyscall[], P extends readonly Subsystem[]> =
  [Exclude<NeededKeys<C>, P[number]['key']>] extends [never] ? unknown : { readonly missingSubsystem: Exclude<NeededKeys<C>, P[number]['key']> }
