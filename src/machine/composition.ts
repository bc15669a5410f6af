import type { Subsystem } from '../kernel/ports/subsystem.js'
import type { AnySyscall } from '../syscalls/define.js'

/** Keys of the subsystems that definitions use. */
export type NeededKeys<C extends readonly AnySyscall[]> = C[number]['uses'][number]['key']

/** Whether `subsystems` may be left out. */
export type NeedsSubsystems<C extends readonly AnySyscall[]> = [NeededKeys<C>] extends [never] ? unknown : { readonly subsystems: readonly Subsystem[] }

/** Nothing when every subsystem is there; else a type that names one that is missing, which no array has. */
export type Check<C extends readonly AnySyscall[], P extends readonly Subsystem[]> =
  [Exclude<NeededKeys<C>, P[number]['key']>] extends [never] ? unknown : { readonly missingSubsystem: Exclude<NeededKeys<C>, P[number]['key']> }
